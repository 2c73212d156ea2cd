//! `publish-plan compile`

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::input;
use super::options::{CompileOptions, PlanFormat};
use super::settings::{Located, Wanted, Wishes};
use super::{Exit, Streams, diff, paths, plan_format};
use crate::base::{Severity, whole};
use crate::capability::{Capabilities, RelayAddress};
use crate::emit::folder::{Output, WriteError};
use crate::emit::manifest::Digested;
use crate::line::{self, Examined, Settings};
use crate::plan::{Plan, Surroundings};
use crate::providers::{self, Artifact, Relay, Request};
use crate::report::human::{self, Look, Summary};

/// Turns a topology into the files that run its tunnels.
pub(super) fn run(
    options: &CompileOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let look = input::look(&options.common, &variables, streams.terminal.stderr, streams.terminal);
    let home = variables.iter().find(|(name, _)| name == "HOME").map(|(_, home)| PathBuf::from(home));
    if options.path.as_os_str() == "-" {
        return Err(Failure::NotAFile);
    }
    let topology = TopologyFile::new(&options.path)?;
    let mut wishes = Wishes::new(&options.common, variables, look)?;
    let wanted = wishes.of(&topology.folder)?.clone();
    let bytes = input::read_file(&options.path, &options.common)?;

    let examined = line::examine(&topology.shown, bytes.clone(), &wanted.settings, true);
    let is_blocked = examined.findings.iter().any(|finding| finding.blocks_compile);
    tell_findings(options, &examined, look, streams)?;
    if is_blocked {
        return Ok(Exit::Findings);
    }
    let (Some(mut plan), Some(mut surroundings)) = (examined.plan, examined.surroundings) else {
        return Err(Failure::NotATopology { name: topology.shown });
    };
    let provider = plan.provider.and_then(providers::find);
    let Some(provider) = provider else {
        return Err(Failure::NoProvider { could: could_carry(&topology.shown, &bytes, &wanted) });
    };
    if plan.sockets.is_empty() {
        return Err(Failure::NothingPublished { name: topology.shown });
    }
    let (_, deploy) = line::strip(&topology.shown, bytes.clone(), &wanted.settings);
    let deploy = match deploy {
        Ok(text) => Artifact { name: topology.deploy_name(), text, is_executable: false },
        Err(findings) => {
            for finding in &findings {
                streams.stderr.write_all(human::finding(&examined.file, finding, look).as_bytes())?;
            }
            return Ok(Exit::Findings);
        }
    };

    let folder = options.output.clone().unwrap_or_else(|| topology.folder.join(format!("{}.publish", topology.stem)));
    let seat = Seat { folder: absolute(&folder)?, topology: absolute(&topology.folder)?, home };
    // The same from wherever it is compiled: files are named from the topology's folder on.
    for socket in &mut plan.sockets {
        topology.name.clone_into(&mut socket.origin.file);
    }
    surroundings.token = surroundings.token.map(|token| seat.seen(&token, &seat.topology));
    let relay = relay(options, &wanted, &seat, provider.capabilities())?;
    let artifacts = artifacts(provider, &plan, &surroundings, &topology.name, relay.as_ref())?;
    let source = Digested::new(&topology.name, &bytes);
    let name = provider.capabilities().title();
    let output = Output::new(folder, topology.folder.clone(), source, name, artifacts, deploy)
        .map_err(|error| Failure::Format(error.to_string()))?;
    hand_over(options, &output, provider.capabilities(), look, streams)
}

/// Findings go to standard error; the last line only where there are errors.
fn tell_findings(
    options: &CompileOptions,
    examined: &Examined,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let shown_from = if options.common.verbose { Severity::Info } else { Severity::Warning };
    let mut summary = Summary { files: 1, hides_infos: !options.common.verbose, ..Summary::default() };
    for finding in &examined.findings {
        summary.count(finding.severity);
        if finding.severity >= shown_from || finding.blocks_compile {
            streams.stderr.write_all(human::finding(&examined.file, finding, look).as_bytes())?;
        }
    }
    summary.sockets = examined.plan.as_ref().map_or(0, |plan| plan.sockets.len());
    if examined.findings.iter().any(|finding| finding.blocks_compile) {
        streams.stderr.write_all(summary.line().as_bytes())?;
        streams.stderr.write_all(b"nothing was written\n")?;
    }
    Ok(())
}

fn artifacts(
    provider: &dyn providers::Provider,
    plan: &Plan,
    surroundings: &Surroundings,
    source: &str,
    relay: Option<&Relay>,
) -> Result<Vec<Artifact>, Failure> {
    let request = Request { plan, surroundings, source, relay };
    let mut artifacts = provider.artifacts(&request).map_err(Failure::Refused)?;
    artifacts.push(Artifact {
        name: "plan.json".to_owned(),
        text: plan_format::write(plan, PlanFormat::Json, None)?,
        is_executable: false,
    });
    Ok(artifacts)
}

/// The living providers that could carry every entry of the topology.
fn could_carry(name: &str, bytes: &[u8], wanted: &Wanted) -> Vec<&'static str> {
    let could = |provider: &&&'static Capabilities| {
        let mut settings = Settings::clone(&wanted.settings);
        settings.provider = Some(provider);
        let examined = line::examine(name, bytes.to_vec(), &settings, true);
        let is_free = examined.findings.iter().all(|finding| !finding.blocks_compile);
        provider.shut_down.is_none() && is_free && examined.plan.is_some_and(|plan| !plan.sockets.is_empty())
    };
    providers::capabilities().iter().filter(could).filter_map(|provider| provider.name).collect()
}

/// Writes, compares or shows.
fn hand_over(
    options: &CompileOptions,
    output: &Output,
    provider: &Capabilities,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    if let Some(name) = &options.stdout {
        let names = || output.names().into_iter().map(str::to_owned).collect();
        let text = output.text(name).ok_or_else(|| Failure::NoArtifact { name: name.clone(), names: names() })?;
        streams.stdout.write_all(text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    if options.check || options.diff {
        let differences = output.differences().map_err(Failure::Emit)?;
        for difference in &differences {
            if options.diff {
                let color = look.color && streams.terminal.stdout;
                streams.stdout.write_all(diff::unified(difference, color).as_bytes())?;
            } else {
                let what = match (&difference.old, difference.new) {
                    (None, _) => "is missing",
                    (_, None) => "is no longer made",
                    _ => "differs",
                };
                writeln!(streams.stdout, "{} {what}", whole(&difference.path.to_string_lossy()))?;
            }
        }
        return Ok(if differences.is_empty() { Exit::Clean } else { Exit::Findings });
    }
    let done = output.write(options.force).map_err(Failure::Emit)?;
    let stderr = &mut streams.stderr;
    let counted = |count: usize| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let folder = whole(&output.folder().to_string_lossy());
    writeln!(
        stderr,
        "wrote {}, {} unchanged, for {} in {folder}",
        counted(done.new),
        done.unchanged,
        provider.title()
    )?;
    for path in &done.removed {
        writeln!(stderr, "removed {}, which is no longer made", whole(&path.to_string_lossy()))?;
    }
    if let Some(shut_down) = provider.shut_down {
        let alive: Vec<&str> = providers::capabilities()
            .iter()
            .filter(|provider| provider.shut_down.is_none())
            .filter_map(|provider| provider.name)
            .collect();
        writeln!(stderr, "note: the service of {} {shut_down}; these live: {}", provider.title(), alive.join(", "))?;
    }
    if let Some(note) = provider.note {
        writeln!(stderr, "note: {note}")?;
    }
    Ok(Exit::Clean)
}

/// A topology's file and what is named after it.
struct TopologyFile {
    /// As it was given.
    shown: String,
    folder: PathBuf,
    name: String,
    /// The name without `.clab.yml` and the like.
    stem: String,
}

impl TopologyFile {
    fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.to_string_lossy().into_owned();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.filter(|_| !path.is_dir()) else { return Err(Failure::NotAFile) };
        let ends = [".clab.yml", ".clab.yaml", ".yml", ".yaml"];
        let stem = ends.iter().find_map(|end| name.strip_suffix(end)).filter(|stem| !stem.is_empty()).unwrap_or(&name);
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let file = Self { shown, folder, stem: stem.to_owned(), name };
        // containerlab would take it for a topology of its own: `*.clab.y*ml`.
        if file.deploy_name().contains(".clab.y") { Err(Failure::DeployName { name: file.name }) } else { Ok(file) }
    }

    /// The topology for today's containerlab, which resolves the paths in it from its folder.
    fn deploy_name(&self) -> String {
        format!("{}.deploy.yml", self.stem)
    }
}

/// Where the artifacts will stand.
struct Seat {
    folder: PathBuf,
    topology: PathBuf,
    home: Option<PathBuf>,
}

impl Seat {
    /// A path that was seen from `from`, as it is seen from the artifacts.
    fn seen(&self, path: &str, from: &Path) -> String {
        if paths::is_fixed(path) {
            return path.to_owned();
        }
        paths::seen_from(&self.folder, &from.join(path)).to_string_lossy().into_owned()
    }

    /// A path that was seen from `from`, for this run to open.
    fn opened(&self, located: &Located) -> PathBuf {
        match (located.path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => located.from.join(&located.path),
        }
    }
}

/// The relay that flags and configuration name, with the public half of the key.
fn relay(
    options: &CompileOptions,
    wanted: &Wanted,
    seat: &Seat,
    provider: &Capabilities,
) -> Result<Option<Relay>, Failure> {
    let address: Option<RelayAddress> = options.relay.clone().or_else(|| wanted.relay.clone());
    let Some(address) = address.filter(|_| provider.relay) else { return Ok(None) };
    let here = absolute(Path::new("."))?;
    let flag = |path: &Option<String>| path.clone().map(|path| Located { path, from: here.clone() });
    let identity = flag(&options.identity).or_else(|| wanted.identity.clone());
    let known_hosts = flag(&options.known_hosts).or_else(|| wanted.known_hosts.clone());
    let public_key = identity.as_ref().map(|identity| public_key(&seat.opened(identity))).transpose()?;
    let seen = |located: &Located| Ok::<_, Failure>(seat.seen(&located.path, &absolute(&located.from)?));
    Ok(Some(Relay {
        address,
        identity: identity.as_ref().map(seen).transpose()?,
        public_key,
        known_hosts: known_hosts.as_ref().map(seen).transpose()?,
    }))
}

/// The key's type and its digits from the file beside the private key; the comment is nobody's business.
fn public_key(identity: &Path) -> Result<String, Failure> {
    let mut name = identity.as_os_str().to_owned();
    name.push(".pub");
    let name = PathBuf::from(name);
    let shown = || name.to_string_lossy().into_owned();
    let text = fs::read_to_string(&name).map_err(|error| Failure::PublicKey { name: shown(), error: Some(error) })?;
    let mut words = text.split_whitespace();
    let is_word = |word: &&str, marks: &str| {
        !word.is_empty() && word.chars().all(|character| character.is_ascii_alphanumeric() || marks.contains(character))
    };
    let kind = words.next().filter(|word| is_word(word, "-@.") && (word.contains("ssh-") || word.contains("ecdsa-")));
    let digits = words.next().filter(|word| is_word(word, "+/="));
    match (kind, digits) {
        (Some(kind), Some(digits)) => Ok(format!("{kind} {digits}")),
        _ => Err(Failure::PublicKey { name: shown(), error: None }),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let absolute = std::path::absolute(path);
    let name = || path.to_string_lossy().into_owned();
    absolute.map(|path| paths::plain(&path)).map_err(|error| Failure::Unreadable { name: name(), error })
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Emit(error)
    }
}
