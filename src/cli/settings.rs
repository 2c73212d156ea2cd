//! Flags and publish-plan.toml together: the settings for a topology. A flag overrides the file.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::failure::Failure;
use super::flags::{AccountOptions, CommonOptions};
use super::git::Revision;
use super::known::{settings, with_known};
use super::provider_settings::{names, of_account, providers_of};
use super::settings_file::{self, Owners};
use super::{Streams, client_settings, paths};
use crate::emit::manifest::Digested;
use crate::pipeline::{Examined, OwnSettings, Settings};
use crate::plan::End;
use crate::provider::{Capabilities, TUNNEL_TOKEN, Value, Values};
use crate::providers;
use crate::render::Look;
use crate::render::findings::human;
use crate::settings::{self as table, Listed};
use crate::text::Environment;
use crate::triage::{Level, Levels};

/// The settings for the topologies of one directory.
#[derive(Clone, Debug, Default)]
pub(super) struct EffectiveSettings {
    pub(super) settings: Arc<Settings>,
    /// What publish-plan.toml says.
    pub(super) config: Arc<Values>,
    /// What applies: publish-plan.toml with the flags over it.
    pub(super) effective: Arc<Values>,
    /// The path of publish-plan.toml; None if there is none.
    pub(super) file: Option<PathBuf>,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub(super) digest: Option<String>,
    /// Its patterns for topologies that are skipped in searches.
    pub(super) exclude: Option<Gitignore>,
    /// The directory that its paths are relative to.
    pub(super) folder: PathBuf,
}

/// Finds and reads settings, each publish-plan.toml once.
pub(super) struct SettingsLoader<'o> {
    options: &'o CommonOptions,
    account: AccountOptions,
    /// The environment without `--env-file`.
    variables: Environment,
    environment: Environment,
    look: Look,
    /// The owners whose settings files apply without being named.
    owners: Owners,
    /// Findings about settings files that do not keep them from being used, as text for standard error.
    warnings: String,
    by_file: HashMap<Option<PathBuf>, EffectiveSettings>,
    /// Those of the one revision that a run compares with.
    by_file_of_revision: HashMap<Option<PathBuf>, EffectiveSettings>,
}

impl<'o> SettingsLoader<'o> {
    /// Settings with these flags and variables. `look` says how findings about a settings file look.
    pub(super) fn new(
        options: &'o CommonOptions,
        account: AccountOptions,
        variables: Vec<(String, String)>,
        look: Look,
    ) -> Result<Self, Failure> {
        let owners = Owners::of(&variables);
        let variables = if options.no_env { Environment::default() } else { Environment::new(variables) };
        let mut loader = Self {
            options,
            account,
            environment: variables.clone(),
            variables,
            look,
            owners,
            warnings: String::new(),
            by_file: HashMap::new(),
            by_file_of_revision: HashMap::new(),
        };
        loader.environment = loader.environment_with(read_text)?;
        Ok(loader)
    }

    /// The environment with the files of `--env-file`, whose text `read` returns.
    fn environment_with(&self, read: impl Fn(&Path) -> Result<String, Failure>) -> Result<Environment, Failure> {
        let mut environment = self.variables.clone();
        for path in &self.options.env_file {
            let name = path.to_string_lossy().into_owned();
            environment.add_file(&read(path)?).map_err(|error| Failure::EnvironmentFile { name, error })?;
        }
        Ok(environment)
    }

    /// The settings for the topologies in `folder`.
    pub(super) fn of(&mut self, folder: &Path) -> Result<&EffectiveSettings, Failure> {
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

    fn read(&mut self, file: Option<&Path>) -> Result<EffectiveSettings, Failure> {
        let Some(path) = file else { return self.wanted(Values::default(), Path::new(".")) };
        let name = path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned();
        if self.options.config.is_none() && path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::Unreadable { name, error: std::io::Error::other("it is not a file") });
        }
        let text = fs::read_to_string(path).map_err(|error| Failure::Unreadable { name: name.clone(), error })?;
        let (wanted, warnings) = self.of_text(path, &name, &text)?;
        self.warnings.push_str(&warnings);
        Ok(wanted)
    }

    /// Prints warnings about the settings files that were read since the last call. They are not about a topology, so they are
    /// in no report and change no exit code.
    pub(super) fn tell_warnings(&mut self, streams: &mut Streams<'_>) -> Result<(), Failure> {
        streams.stderr.write_all(std::mem::take(&mut self.warnings).as_bytes())?;
        Ok(())
    }

    /// The settings for the topologies of a directory in a Git revision, with the publish-plan.toml and the environment files
    /// of that revision. A file named by `--config` applies to every revision, and so do the variables of the environment.
    /// `folder` is relative to the root of the repository; None outside of it.
    pub(super) fn of_revision(
        &mut self,
        folder: Option<&Path>,
        revision: &Revision,
        shown: &str,
    ) -> Result<EffectiveSettings, Failure> {
        let is_named = self.options.config.is_some() || self.options.no_config;
        let path = folder.filter(|_| !is_named).and_then(|folder| revision.nearest(folder, table::FILE_NAME));
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
                // The settings of a revision cannot be changed, so there are no warnings about them.
                self.of_text(&revision.repository.top.join(path), &name, &text)?.0
            }
            None if is_named => self.of(Path::new(""))?.clone(),
            None => self.read(None)?,
        };
        let settings = Settings { environment, ..Settings::clone(&wanted.settings) };
        let wanted = EffectiveSettings { settings: Arc::new(settings), ..wanted };
        self.by_file_of_revision.insert(path, wanted.clone());
        Ok(wanted)
    }

    /// One side of a comparison: the plan of a topology in `folder` with the settings `wanted`. None if it has no plan.
    /// `contents` returns what identifies the contents of a file, by an absolute directory and a path relative to it.
    pub(super) fn end(
        &self,
        wanted: &EffectiveSettings,
        folder: &Path,
        examined: &Examined,
        contents: &dyn Fn(&Path, &str) -> String,
    ) -> Result<Option<End>, Failure> {
        let Some(plan) = &examined.plan else { return Ok(None) };
        let (from, folder) = (client_settings::absolute(&wanted.folder)?, client_settings::absolute(folder)?);
        // A file named by `--config` is the same for both sides, whatever the directories of their topologies are.
        let is_named = self.options.config.is_some();
        let seen = |path: &str| {
            let contents = if path.starts_with("~/") { String::new() } else { contents(&from, path) };
            let shown = if is_named || paths::is_fixed(path) {
                path.to_owned()
            } else {
                paths::seen_from(&folder, &from.join(path)).to_string_lossy().into_owned()
            };
            // A file of a repository is identified by its contents, whatever its path is.
            let meaning = if contents.is_empty() { shown.clone() } else { contents };
            (shown, meaning)
        };
        // Of thousands of sockets, and few settings name one.
        let named = LazyCell::new(|| names(plan, &wanted.settings.expose_options.host_names));
        let mut values = Values::clone(&wanted.effective);
        if let Some(name) = plan.provider {
            // It might come from the tunnel node.
            values.set(&table::PROVIDER.setting, Value::Text(name.to_owned()));
        }
        let listed =
            table::of_sockets(&values, settings(), |name| named.0.contains(name), |host| named.1.contains(host));
        let settings = listed.into_iter().filter_map(|listed| listed.into_fact(seen));
        let token = examined.lab_context.as_ref().and_then(|lab_context| lab_context.token.as_ref());
        let of_topology = examined.facts.iter().cloned().map(|fact| match token {
            Some(token) if fact.what == TUNNEL_TOKEN => {
                let contents = contents(&folder, &token.value);
                fact.meaning(if contents.is_empty() { token.value.clone() } else { contents })
            }
            _ => fact,
        });
        let facts = settings.chain(of_topology).collect();
        let stopped = examined.findings().filter(|finding| finding.blocks_compile).count();
        Ok(Some(End::new(plan, providers::of_plan(plan), facts, stopped)))
    }

    /// The settings in the text of a publish-plan.toml at `path`, and the warnings about the text, ready to print.
    fn of_text(&self, path: &Path, name: &str, text: &str) -> Result<(EffectiveSettings, String), Failure> {
        let name = name.to_owned();
        let (source, config, findings) = with_known(|known| table::read(&name, text, known));
        let report = findings.iter().map(|finding| human::finding(&source, finding, self.look)).collect();
        let Some(config) = config else { return Err(Failure::Config { report, name }) };
        let folder = path.parent().unwrap_or(Path::new("."));
        let digest = Some(Digested::new(&name, text.as_bytes()).sha256);
        let exclude = exclude(&config, folder).map_err(|reason| Failure::Exclude { name, reason })?;
        Ok((EffectiveSettings { file: Some(path.to_owned()), digest, exclude, ..self.wanted(config, folder)? }, report))
    }

    fn wanted(&self, config: Values, folder: &Path) -> Result<EffectiveSettings, Failure> {
        let effective = self.account.settings.0.over(config.clone());
        if effective.has(&table::FOLD) && !effective.has(&table::JUMP_HOST) {
            return Err(Failure::NoJumpHost);
        }
        let (provider, routing) = providers_of(&effective, &self.account.settings.0);
        let OwnSettings { tcp_limit, http_limit, expose_options } = of_account(effective.clone());
        let own = effective.own().filter_map(|(name, _)| {
            let name = providers::find(name)?.capabilities().name?;
            Some((name, of_account(effective.of(name))))
        });
        Ok(EffectiveSettings {
            settings: Arc::new(Settings {
                environment: self.environment.clone(),
                provider,
                routing,
                acl_as_identities: effective.get(&table::ACL).map(|words| words == "identities"),
                tcp_limit,
                http_limit,
                expose_options,
                own: own.collect(),
                addresses: self.account.address.clone(),
                one_account: effective.has(&table::ONE_ACCOUNT),
                requires_ignore_reason: effective.has(&table::REQUIRE_IGNORE_REASON),
                node: None,
            }),
            exclude: None,
            folder: folder.to_owned(),
            file: None,
            digest: None,
            config: Arc::new(config),
            effective: Arc::new(effective),
        })
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let name = path.to_string_lossy().into_owned();
    fs::read_to_string(path).map_err(|error| Failure::Unreadable { name, error })
}

/// The `exclude` patterns of the settings file in `folder`. The error names the pattern that cannot be read.
fn exclude(config: &Values, folder: &Path) -> Result<Option<Gitignore>, String> {
    let patterns = config.list(&table::EXCLUDE);
    if patterns.is_empty() {
        return Ok(None);
    }
    let folder = std::path::absolute(folder.join(".")).map_err(|error| error.to_string())?;
    let mut builder = GitignoreBuilder::new(paths::plain(&folder));
    builder.allow_unclosed_class(false);
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|error| error.to_string())?;
    }
    builder.build().map(Some).map_err(|error| error.to_string())
}

impl EffectiveSettings {
    /// The same as they apply to one of the providers.
    pub(super) fn of(&self, provider: &'static Capabilities) -> Self {
        let name = provider.name.unwrap_or_default();
        Self {
            settings: Arc::new(self.settings.alone(provider)),
            config: Arc::new(self.config.of(name)),
            effective: Arc::new(self.effective.of(name)),
            ..self.clone()
        }
    }

    /// The severities of rules in the settings file.
    pub(super) fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        for (rule, level) in self.config.entries(&table::RULES.setting) {
            if let Some(level) = Level::of_word(&level.words()) {
                levels.set(rule, level);
            }
        }
        levels
    }

    /// All settings that are set, as key and value. For a value that is a path, `contents` adds what identifies the file's
    /// contents, by an absolute directory and a path relative to it.
    pub(super) fn known(&self, contents: &dyn Fn(&Path, &str) -> String) -> Result<Vec<(String, String)>, Failure> {
        let from = client_settings::absolute(&self.folder)?;
        let known = |listed: Listed| {
            let name = listed.name();
            let value = listed.value?;
            let contents = if let Value::Path(path) = &value { contents(&from, path) } else { String::new() };
            Some((name, format!("{} {contents}", value.toml())))
        };
        Ok(table::all(&self.effective, settings()).into_iter().filter_map(known).collect())
    }

    /// The settings file, if it says that its topologies share an account.
    pub(super) fn account(&self) -> Option<&Path> {
        self.file.as_deref().filter(|_| self.config.has(&table::ONE_ACCOUNT))
    }

    /// Whether a topology found in a directory is skipped.
    pub(super) fn excludes(&self, path: &Path) -> bool {
        let Some(exclude) = &self.exclude else { return false };
        let Ok(path) = std::path::absolute(path) else { return false };
        let path = paths::plain(&path);
        path.starts_with(exclude.path()) && exclude.matched_path_or_any_parents(&path, false).is_ignore()
    }
}
