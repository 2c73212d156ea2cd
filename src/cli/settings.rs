//! Flags and publish-plan.toml together: what is wanted for a topology. Flags win.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::Failure;
use super::options::{AclWords, CommonOptions, LimitClass};
use crate::capability::RelayAddress;
use crate::config::{self, Config};
use crate::line::Settings;
use crate::providers::{self, Provider};
use crate::report::human::{self, Look};
use crate::text::Environment;

/// What is wanted for the topologies of one folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) settings: Arc<Settings>,
    pub(super) relay: Option<RelayAddress>,
    pub(super) identity: Option<Located>,
    pub(super) known_hosts: Option<Located>,
}

/// A path as it was written, and the folder from which it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) path: String,
    pub(super) from: PathBuf,
}

/// Reads each publish-plan.toml once.
pub(super) struct Wishes<'o> {
    options: &'o CommonOptions,
    environment: Environment,
    look: Look,
    /// The files of the run share an account.
    pub(super) one_account: bool,
    by_file: HashMap<Option<PathBuf>, Wanted>,
}

impl<'o> Wishes<'o> {
    /// With these flags and variables; what is wrong with a configuration is drawn by `look`.
    pub(super) fn new(
        options: &'o CommonOptions,
        variables: Vec<(String, String)>,
        look: Look,
    ) -> Result<Self, Failure> {
        let mut environment = if options.no_env { Environment::default() } else { Environment::new(variables) };
        for path in &options.env_file {
            let name = path.to_string_lossy().into_owned();
            let text = fs::read_to_string(path).map_err(|error| Failure::Unreadable { name: name.clone(), error })?;
            environment.add_file(&text).map_err(|error| Failure::EnvironmentFile { name, error })?;
        }
        Ok(Self { options, environment, look, one_account: false, by_file: HashMap::new() })
    }

    /// What is wanted for a topology in `folder`.
    pub(super) fn of(&mut self, folder: &Path) -> Result<&Wanted, Failure> {
        let file = match (&self.options.config, self.options.no_config) {
            (Some(path), _) => Some(path.clone()),
            (None, true) => None,
            (None, false) => find(folder),
        };
        if !self.by_file.contains_key(&file) {
            let wanted = self.read(file.as_deref())?;
            self.by_file.insert(file.clone(), wanted);
        }
        Ok(&self.by_file[&file])
    }

    fn read(&self, file: Option<&Path>) -> Result<Wanted, Failure> {
        let Some(path) = file else { return Ok(self.wanted(Config::default(), Path::new("."))) };
        let name = path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned();
        if self.options.config.is_none() && path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::Unreadable { name, error: std::io::Error::other("it is not a file") });
        }
        let text = fs::read_to_string(path).map_err(|error| Failure::Unreadable { name: name.clone(), error })?;
        let names: Vec<&str> = providers::capabilities().iter().filter_map(|provider| provider.name).collect();
        let (source, config) = config::read(&name, &text, &names);
        match config {
            Ok(config) => Ok(self.wanted(config, path.parent().unwrap_or(Path::new(".")))),
            Err(findings) => {
                let report = findings.iter().map(|finding| human::finding(&source, finding, self.look)).collect();
                Err(Failure::Config { report, name })
            }
        }
    }

    /// Flags over configuration.
    fn wanted(&self, config: Config, folder: &Path) -> Wanted {
        let options = self.options;
        let limit = |wanted| options.limit.iter().rev().find(|(class, _)| *class == wanted).map(|(_, most)| *most);
        let provider = options.provider.clone().or(config.provider);
        let located = |path: Option<String>| path.map(|path| Located { path, from: folder.to_owned() });
        Wanted {
            settings: Arc::new(Settings {
                environment: self.environment.clone(),
                provider: provider.and_then(|name| providers::find(&name)).map(Provider::capabilities),
                acl_as_identities: options.acl.map(|words| words == AclWords::Identities).or(config.acl_as_identities),
                tcp_limit: limit(LimitClass::Tcp).or(config.tcp_limit),
                http_limit: limit(LimitClass::Http).or(config.http_limit),
                relay_ports: options.relay_ports.or(config.relay_ports).unwrap_or_default(),
                addresses: options.address.clone(),
                one_account: self.one_account,
            }),
            relay: config.relay_address,
            identity: located(config.identity),
            known_hosts: located(config.known_hosts),
        }
    }
}

/// The publish-plan.toml for a folder: its own, else the nearest above it up to the root of the repository. Outside a
/// repository only the folder itself counts.
fn find(folder: &Path) -> Option<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let own = here.join(config::FILE_NAME);
    if is_there(&own) {
        return Some(own);
    }
    let absolute = std::path::absolute(here).ok().map(|path| super::paths::plain(&path))?;
    let root = absolute.ancestors().find(|folder| folder.join(".git").exists())?;
    let above = absolute.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    let mut files = above.map(|folder| folder.join(config::FILE_NAME));
    files.find(|file| is_there(file))
}

/// Also what cannot be read: a link that leads nowhere must not make the next file hold in its place.
fn is_there(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok()
}
