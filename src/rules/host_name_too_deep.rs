//! Host names of more than one label below a registered domain, where free certificates cover no more (providers.md,
//! "cloudflared").

use super::Subject;
use super::entries::entry_span;
use crate::base::{Finding, plain};
use crate::capability::Subscription;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let (Some(provider), Subscription::Free) = (subject.capabilities.name, subject.terms.subscription) else { return };
    if !subject.capabilities.free_names_are_flat {
        return;
    }
    let deep: Vec<_> = subject
        .healthy
        .iter()
        .filter_map(|socket| {
            let name = subject.host_name(socket)?;
            let registered = registered_domain(&name)?.to_owned();
            (labels(&name) > labels(&registered) + 1).then_some((socket, registered))
        })
        .collect();
    let Some((one, registered)) = deep.first() else { return };
    let shown = subject.shown_host_name(one);
    let others = match deep.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    findings.push(
        Finding::error(
            "host-name-too-deep",
            format!("no free certificate of {provider} covers `{}`{others}", plain(&shown)),
        )
        .at(entry_span(subject, one.item), format!("expected one label before `{}`", plain(registered)))
        .of_the_file()
        .concerns(deep.iter().map(|(socket, _)| subject.lab.shown(socket.node.name).to_owned()).collect())
        .help(format!(
            "`--domain {}`, with a `template` that has no dot before `{{domain}}`; or say `plan = \"paid\"` if you pay for certificates that cover more",
            plain(registered)
        )),
    );
}

fn labels(name: &str) -> usize {
    name.split('.').count()
}

/// The part of a host name that somebody registered, by the Public Suffix List.
fn registered_domain(name: &str) -> Option<&str> {
    psl::domain_str(name)
}
