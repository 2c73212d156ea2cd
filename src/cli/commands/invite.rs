//! `publish-plan invite`

use crate::cli::client_settings;
use crate::cli::failure::Failure;
use crate::cli::given::{GivenLab, LabFlags};
use crate::cli::offers::{could_carry, the_provider};
use crate::cli::options::InviteOptions;
use crate::cli::{Exit, Streams, tell, triaged};
use crate::pipeline;
use crate::providers::{CompiledFrom, Invitation, Request};

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
    let provider = the_provider(plan, || could_carry(lab.files, &wanted))?;
    let client_settings = client_settings::for_visitors(&options.client_settings, &wanted, provider.capabilities());
    let request = Request {
        plan,
        lab_context,
        source: &name,
        client_settings: &client_settings,
        folded: &[],
        project: "",
        compiled_from: &CompiledFrom::default(),
        node: None,
        is_pod: false,
    };
    let invitation = Invitation { visitor: &options.visitor, until: options.until.as_deref() };
    let mail = provider.invitation(&request, &invitation).map_err(Failure::Refused)?;
    streams.stdout.write_all(mail.as_bytes())?;
    Ok(Exit::Clean)
}
