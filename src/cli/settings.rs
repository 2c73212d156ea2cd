//! Flags and publish-plan.toml together: what is wanted for a topology. Flags win.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::failure::Failure;
use super::git::Revision;
use super::options::CommonOptions;
use super::settings_file::{self, Owners};
use super::values::{AclWords, LimitClass};
use super::{means, paths};
use crate::capability::{Capabilities, HostNames, Named, TUNNEL_TOKEN, Terms};
use crate::config::{self, Config, Known, Setting, Value};
use crate::emit::manifest::Digested;
use crate::line::{Examined, Settings};
use crate::plan::{End, Plan};
use crate::providers::{self, Provider};
use crate::report::{Look, human};
use crate::rules::RULES;
use crate::suppress::Levels;
use crate::text::Environment;

/// What is wanted for the topologies of one folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) settings: Arc<Settings>,
    /// The configuration as it is.
    pub(super) config: Arc<Config>,
    /// What holds: the flags that all verbs have, over the configuration.
    pub(super) holding: Arc<Config>,
    /// Where it stands; none where there is none.
    pub(super) file: Option<PathBuf>,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub(super) digest: Option<String>,
    /// What the configuration leaves out of folders.
    pub(super) exclude: Option<Gitignore>,
    /// Where the paths of the configuration are seen from.
    pub(super) folder: PathBuf,
}

/// Reads each publish-plan.toml once.
pub(super) struct Wishes<'o> {
    options: &'o CommonOptions,
    /// Without those of environment files.
    variables: Environment,
    environment: Environment,
    look: Look,
    /// Whose files apply without being named.
    owners: Owners,
    /// The files of the run share an account.
    pub(super) one_account: bool,
    by_file: HashMap<Option<PathBuf>, Wanted>,
    /// Of the one revision that a run compares with.
    by_file_of_revision: HashMap<Option<PathBuf>, Wanted>,
}

impl<'o> Wishes<'o> {
    /// With these flags and variables; what is wrong with a configuration is drawn by `look`.
    pub(super) fn new(
        options: &'o CommonOptions,
        variables: Vec<(String, String)>,
        look: Look,
    ) -> Result<Self, Failure> {
        let owners = Owners::of(&variables);
        let variables = if options.no_env { Environment::default() } else { Environment::new(variables) };
        let mut wishes = Self {
            options,
            environment: variables.clone(),
            variables,
            look,
            owners,
            one_account: false,
            by_file: HashMap::new(),
            by_file_of_revision: HashMap::new(),
        };
        wishes.environment = wishes.environment_with(read_text)?;
        Ok(wishes)
    }

    /// The variables with the environment files that `read` gives.
    fn environment_with(&self, read: impl Fn(&Path) -> Result<String, Failure>) -> Result<Environment, Failure> {
        let mut environment = self.variables.clone();
        for path in &self.options.env_file {
            let name = path.to_string_lossy().into_owned();
            environment.add_file(&read(path)?).map_err(|error| Failure::EnvironmentFile { name, error })?;
        }
        Ok(environment)
    }

    /// What is wanted for a topology in `folder`.
    pub(super) fn of(&mut self, folder: &Path) -> Result<&Wanted, Failure> {
        let file = match (&self.options.config, self.options.no_config) {
            (Some(path), _) => Some(path.clone()),
            (None, true) => None,
            (None, false) => settings_file::find(folder, self.owners)?,
        };
        if !self.by_file.contains_key(&file) {
            let wanted = self.read(file.as_deref())?;
            self.by_file.insert(file.clone(), wanted);
        }
        Ok(&self.by_file[&file])
    }

    fn read(&self, file: Option<&Path>) -> Result<Wanted, Failure> {
        let Some(path) = file else { return self.wanted(Config::default(), Path::new(".")) };
        let name = path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned();
        if self.options.config.is_none() && path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::Unreadable { name, error: std::io::Error::other("it is not a file") });
        }
        let text = fs::read_to_string(path).map_err(|error| Failure::Unreadable { name: name.clone(), error })?;
        self.of_text(path, &name, &text)
    }

    /// What is wanted for the topologies of a folder of a revision, with the publish-plan.toml and the environment files of that
    /// time where there were any. A flag that names a configuration names it for every revision; variables are those of now.
    /// The folder is one of the repository's, seen from its root; none is outside of it.
    pub(super) fn of_revision(
        &mut self,
        folder: Option<&Path>,
        revision: &Revision,
        shown: &str,
    ) -> Result<Wanted, Failure> {
        let is_named = self.options.config.is_some() || self.options.no_config;
        let path = folder.filter(|_| !is_named).and_then(|folder| revision.nearest(folder, config::FILE_NAME));
        if let Some(wanted) = self.by_file_of_revision.get(&path) {
            return Ok(wanted.clone());
        }
        let environment = self.environment_with(|path| {
            let then = revision.file(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            then.map_or_else(|| read_text(path), Ok)
        })?;
        let wanted = match &path {
            Some(path) => {
                let name = format!("{shown}:{}", path.to_string_lossy());
                let why = "expected a file of the repository in UTF-8, or a symbolic link to one that is not hidden";
                let unreadable = || Failure::Unreadable { name: name.clone(), error: std::io::Error::other(why) };
                let text = revision.text(path)?.ok_or_else(unreadable)?;
                self.of_text(&revision.repository.top.join(path), &name, &text)?
            }
            None if is_named => self.of(Path::new(""))?.clone(),
            None => self.read(None)?,
        };
        let settings = Settings { environment, ..Settings::clone(&wanted.settings) };
        let wanted = Wanted { settings: Arc::new(settings), ..wanted };
        self.by_file_of_revision.insert(path, wanted.clone());
        Ok(wanted)
    }

    /// An end of a comparison: the plan of a topology in `folder` that was made with `wanted`; none where it has no plan.
    /// `contents` tells the contents of a file from others; it is seen from an absolute folder.
    pub(super) fn end(
        &self,
        wanted: &Wanted,
        folder: &Path,
        examined: &Examined,
        contents: &dyn Fn(&Path, &str) -> String,
    ) -> Result<Option<End>, Failure> {
        let Some(plan) = &examined.plan else { return Ok(None) };
        let (from, folder) = (means::absolute(&wanted.folder)?, means::absolute(folder)?);
        // One that a flag names is the same file for both ends, wherever their topologies are.
        let is_named = self.options.config.is_some();
        let seen = |path: &str| {
            let contents = if path.starts_with("~/") { String::new() } else { contents(&from, path) };
            let shown = if is_named || paths::is_fixed(path) {
                path.to_owned()
            } else {
                paths::seen_from(&folder, &from.join(path)).to_string_lossy().into_owned()
            };
            // A file of a repository is what git knows it by, wherever it is seen from.
            let meaning = if contents.is_empty() { shown.clone() } else { contents };
            (shown, meaning)
        };
        let (names, hosts) = names(plan, &wanted.settings.terms.host_names);
        let settings = wanted.holding.settings_for(&names, &hosts).into_iter().map(|setting| match setting.key {
            // Also where the tunnel node says it.
            "provider" => Setting { value: plan.provider.map(|name| Value::Text(name.to_owned())), ..setting },
            _ => setting,
        });
        let settings = settings.filter_map(|setting| setting.into_fact(seen));
        let token = examined.surroundings.as_ref().and_then(|surroundings| surroundings.token.as_ref());
        let of_topology = examined.facts.iter().cloned().map(|fact| match token {
            Some(token) if fact.what == TUNNEL_TOKEN => {
                let contents = contents(&folder, &token.value);
                fact.meaning(if contents.is_empty() { token.value.clone() } else { contents })
            }
            _ => fact,
        });
        let facts = settings.chain(of_topology).collect();
        let provider = plan.provider.and_then(providers::find).map(Provider::capabilities);
        let stopped = examined.findings.iter().filter(|finding| finding.blocks_compile).count();
        Ok(Some(End::new(plan, provider, facts, stopped)))
    }

    fn of_text(&self, path: &Path, name: &str, text: &str) -> Result<Wanted, Failure> {
        let name = name.to_owned();
        let providers: Vec<&str> = providers::capabilities().iter().filter_map(|provider| provider.name).collect();
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        let (source, config) = config::read(&name, text, Known { providers: &providers, rules: &rules });
        match config {
            Ok(config) => {
                let folder = path.parent().unwrap_or(Path::new("."));
                let digest = Some(Digested::new(&name, text.as_bytes()).sha256);
                let exclude = exclude(&config, folder).map_err(|reason| Failure::Exclude { name, reason })?;
                Ok(Wanted { file: Some(path.to_owned()), digest, exclude, ..self.wanted(config, folder)? })
            }
            Err(findings) => {
                let report = findings.iter().map(|finding| human::finding(&source, finding, self.look)).collect();
                Err(Failure::Config { report, name })
            }
        }
    }

    fn wanted(&self, config: Config, folder: &Path) -> Result<Wanted, Failure> {
        let holding = over(self.options, config.clone());
        if holding.folds_always && holding.jump_host.is_none() {
            return Err(Failure::NoJumpHost);
        }
        let provider = holding.provider.as_deref().and_then(providers::find);
        Ok(Wanted {
            settings: Arc::new(Settings {
                environment: self.environment.clone(),
                provider: provider.map(Provider::capabilities),
                acl_as_identities: holding.acl_as_identities,
                tcp_limit: holding.tcp_limit,
                http_limit: holding.http_limit,
                terms: Terms {
                    relay_ports: holding.relay_ports.unwrap_or_default(),
                    pins: holding.pins.clone(),
                    host_names: HostNames {
                        domain: holding.domain.clone(),
                        template: holding.template.clone().unwrap_or_default(),
                    },
                    jump_host: holding.jump_host.clone(),
                    folds_always: holding.folds_always,
                    own_domain: holding.tailnet_domain.clone(),
                    subscription: holding.subscription.unwrap_or_default(),
                },
                addresses: self.options.address.clone(),
                one_account: self.one_account || holding.one_account,
                requires_ignore_reason: holding.requires_ignore_reason,
            }),
            exclude: None,
            folder: folder.to_owned(),
            file: None,
            digest: None,
            config: Arc::new(config),
            holding: Arc::new(holding),
        })
    }
}

/// The names and the host names of a plan's sockets. Where no provider is chosen, those that each would give them.
fn names(plan: &Plan, host_names: &HostNames) -> (BTreeSet<String>, HashSet<String>) {
    if plan.provider.is_some() {
        let names = plan.sockets.iter().map(|socket| socket.name.clone()).collect();
        return (names, plan.sockets.iter().filter_map(|socket| socket.host_name.clone()).collect());
    }
    let (mut names, mut hosts) = (BTreeSet::new(), HashSet::new());
    for socket in &plan.sockets {
        let (node, socket_type, port) = (socket.node.as_str(), socket.socket_type, socket.port);
        let of = |provider: &&Capabilities| provider.socket_name(node, &socket.container, socket_type, port);
        names.extend(providers::capabilities().iter().map(of));
        let port = &port.to_string();
        hosts.extend(host_names.of(&Named { lab: &plan.lab, node, socket_type: socket_type.word(), port }));
    }
    (names, hosts)
}

/// Flags over a configuration.
fn over(options: &CommonOptions, config: Config) -> Config {
    let limit = |wanted| options.limit.iter().rev().find(|(class, _)| *class == wanted).map(|(_, most)| *most);
    Config {
        provider: options.provider.clone().or(config.provider),
        acl_as_identities: options.acl.map(|words| words == AclWords::Identities).or(config.acl_as_identities),
        tcp_limit: limit(LimitClass::Tcp).or(config.tcp_limit),
        http_limit: limit(LimitClass::Http).or(config.http_limit),
        relay_ports: options.relay_ports.or(config.relay_ports),
        domain: options.domain.clone().or(config.domain),
        jump_host: options.jump_host.clone().or(config.jump_host),
        folds_always: options.fold || config.folds_always,
        tailnet_domain: options.tailnet_domain.clone().or(config.tailnet_domain),
        subscription: options.plan.map(Into::into).or(config.subscription),
        ..config
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let name = path.to_string_lossy().into_owned();
    fs::read_to_string(path).map_err(|error| Failure::Unreadable { name, error })
}

/// The patterns of a configuration in `folder`; the error says which one cannot be read.
fn exclude(config: &Config, folder: &Path) -> Result<Option<Gitignore>, String> {
    if config.exclude.is_empty() {
        return Ok(None);
    }
    let folder = std::path::absolute(folder.join(".")).map_err(|error| error.to_string())?;
    let mut builder = GitignoreBuilder::new(paths::plain(&folder));
    builder.allow_unclosed_class(false);
    for pattern in &config.exclude {
        builder.add_line(None, pattern).map_err(|error| error.to_string())?;
    }
    builder.build().map(Some).map_err(|error| error.to_string())
}

impl Wanted {
    /// What the configuration wants of rules.
    pub(super) fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        for (rule, level) in &self.config.rules {
            levels.set(rule, *level);
        }
        levels
    }

    /// All that is set, with what the files that are named are known by: `contents` says it, seen from an absolute folder.
    pub(super) fn known(&self, contents: &dyn Fn(&Path, &str) -> String) -> Result<Vec<(String, String)>, Failure> {
        let from = means::absolute(&self.folder)?;
        let known = |setting: Setting| {
            let name = setting.name();
            let value = setting.value?;
            let contents = if let Value::Path(path) = &value { contents(&from, path) } else { String::new() };
            Some((name, format!("{} {contents}", value.toml())))
        };
        Ok(self.holding.settings().into_iter().filter_map(known).collect())
    }

    /// The configuration, where it says that its topologies share an account.
    pub(super) fn account(&self) -> Option<&Path> {
        self.file.as_deref().filter(|_| self.config.one_account)
    }

    /// Whether a topology that was found in a folder is left out.
    pub(super) fn excludes(&self, path: &Path) -> bool {
        let Some(exclude) = &self.exclude else { return false };
        let Ok(path) = std::path::absolute(path) else { return false };
        let path = paths::plain(&path);
        path.starts_with(exclude.path()) && exclude.matched_path_or_any_parents(&path, false).is_ignore()
    }
}
