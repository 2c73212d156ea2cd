//! `publish-plan invite`

use crate::base::{counted, quoted};
use crate::cli::client_settings;
use crate::cli::failure::Failure;
use crate::cli::given::{GivenLab, LabFlags};
use crate::cli::offers::{could_carry, the_provider};
use crate::cli::options::InviteOptions;
use crate::cli::{Exit, Streams, tell, triaged};
use crate::pipeline;
use crate::plan::{LabContext, Plan};
use crate::providers::{ClientSettings, CompiledFrom, Invitation, Refusal, Request};

/// Prints a mail for one visitor: the sockets whose entries name the address, and how to connect to them. Findings go to standard
/// error; as for `compile`, nothing is printed if one of them keeps anything from being opened.
pub(super) fn run(
    options: &InviteOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let path = options.topology.path(streams)?;
    let InviteOptions { common, stdin, entries, account, .. } = options;
    let flags = LabFlags { common, stdin, entries, account };
    let GivenLab { lab, others, wanted, look, .. } = GivenLab::read(&path, flags, variables, streams)?;
    tell::settings(&wanted, None, streams)?;
    let mut examined = pipeline::examine(lab.files.clone(), &wanted.settings, true);
    others.count_with(&mut examined);
    let told = triaged::for_one_plan(&wanted, &examined);
    tell::findings(&told, false, look, streams)?;
    let name = examined.file().name().to_owned();
    if examined.findings().any(|finding| finding.blocks_compile) {
        return Ok(Exit::Findings);
    }
    let (Some(plan), Some(lab_context)) = (&examined.plan, &examined.lab_context) else {
        return Err(Failure::NotATopology { name });
    };
    let parts: Vec<(&Plan, &LabContext)> = match examined.parts.as_slice() {
        [] => vec![(plan, lab_context)],
        parts => parts.iter().map(|(plan, lab_context)| (plan, lab_context)).collect(),
    };
    let invitation = Invitation { visitor: &options.visitor, until: options.until.as_deref() };
    let (visitor, nothing) = (options.visitor.to_ascii_lowercase(), CompiledFrom::default());
    let (mut mails, mut elsewhere, mut refusals) = (String::new(), Vec::new(), Vec::new());
    for (plan, lab_context) in &parts {
        let provider = the_provider(plan, || could_carry(lab.files.clone(), &wanted))?;
        let capabilities = provider.capabilities();
        let client_settings =
            client_settings::for_visitors(&options.client_settings, &wanted.of(capabilities), capabilities);
        let named = plan.sockets.iter().filter(|socket| socket.acl.names(&visitor)).count();
        match provider.invitation(&request((plan, lab_context), &name, &client_settings, &nothing), &invitation) {
            Ok(mail) => mails += &mail,
            // Of several providers, only those that let the visitor in matter.
            Err(_) if named == 0 && parts.len() > 1 => {}
            Err(refusal) => {
                elsewhere.push(format!("{} through {}", counted(named, "socket"), capabilities.title()));
                refusals.push((capabilities.title(), refusal));
            }
        }
    }
    if mails.is_empty() {
        return Err(Failure::Refused(refused(refusals, &options.visitor)));
    }
    streams.stdout.write_all(mails.as_bytes())?;
    if !elsewhere.is_empty() {
        let (visitor, elsewhere) = (quoted(&options.visitor), elsewhere.join(", "));
        writeln!(
            streams.stderr,
            "note: the mail leaves out {elsewhere}, which {visitor} may use too; `publish-plan visit SOCKET` prints how"
        )?;
    }
    Ok(Exit::Clean)
}

/// What a mail is made of.
fn request<'r>(
    (plan, lab_context): (&'r Plan, &'r LabContext),
    source: &'r str,
    client_settings: &'r ClientSettings,
    compiled_from: &'r CompiledFrom,
) -> Request<'r> {
    Request {
        plan,
        lab_context,
        source,
        client_settings,
        folded: &[],
        project: "",
        compiled_from,
        node: None,
        is_pod: false,
        is_part: false,
    }
}

/// Why there is no mail: the reasons of the providers that let the visitor in.
fn refused(refusals: Vec<(&str, Refusal)>, visitor: &str) -> Refusal {
    let is_one = refusals.len() == 1;
    let reason =
        |(provider, Refusal(reason)): (&str, Refusal)| if is_one { reason } else { format!("{provider}: {reason}") };
    let reasons: Vec<String> = refusals.into_iter().map(reason).collect();
    if reasons.is_empty() {
        return Refusal(format!("no entry of this lab names {}", quoted(visitor)));
    }
    Refusal(reasons.join("; "))
}
