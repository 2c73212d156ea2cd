//! The same type and port twice in one list: two sockets with the same name.

use std::collections::HashMap;

use super::RuleContext;
use super::entries::{entry_span, entry_text, removed};
use crate::base::{Finding, Findings, Rule, Severity, plain};

pub(crate) const RULE: &Rule = &Rule::new("duplicate-socket", &[Severity::Error]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for list in &context.lab.topology.lists {
        if !list.has_twins() {
            continue;
        }
        let mut first = HashMap::new();
        for item in &list.items {
            let Some(entry) = item.socket() else { continue };
            match first.get(&(entry.socket_type, entry.port)) {
                None => {
                    first.insert((entry.socket_type, entry.port), item);
                }
                Some(earlier) => {
                    // Both let in the same people, so removing one changes nothing.
                    let is_alike =
                        earlier.socket().is_some_and(|first| context.lab.acl(first) == context.lab.acl(entry));
                    let help = if is_alike {
                        let audience = context.capabilities.audience(&context.lab.shown_acl(item, entry));
                        format!("keep one of them; the port is then published for {}", plain(&audience.to_string()))
                    } else {
                        "keep one of them; put everyone who may connect in its acl, separated by commas".to_owned()
                    };
                    let fix = if is_alike { removed(context, list, item) } else { None };
                    findings.push(
                        Finding::error(
                            RULE,
                            format!("{} has the same type and port as an earlier entry", entry_text(context, item)),
                        )
                        .at(entry_span(context, item), "repeated here")
                        .at(entry_span(context, earlier), "first here")
                        .help(help)
                        .fix(fix),
                    );
                }
            }
        }
    }
}
