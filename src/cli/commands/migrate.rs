//! `publish-plan migrate`

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{counted, whole};
use crate::cli::failure::Failure;
use crate::cli::flags::{AccountOptions, EntriesOptions, UNNAMED};
use crate::cli::given::Given;
use crate::cli::lab::{self, FileReader as _, Lab, OnDisk};
use crate::cli::options::MigrateOptions;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::settings::EffectiveSettings;
use crate::cli::topology_file::TopologyFile;
use crate::cli::values::MigrateTo;
use crate::cli::{Exit, Streams, tell};
use crate::emit;
use crate::pipeline::{self, Destination, Migrated, NamedFile, Settings};
use crate::render::diff;
use crate::settings::{self, FILE_NAME};
use crate::text;

/// Moves entries into labels or into an entries file, or from an entries file into labels; and prints, shows, or writes the result.
pub(super) fn run(
    options: &MigrateOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let path = options.topology.path(streams)?;
    let account = AccountOptions { settings: SettingFlags(options.acl.0.clone()), ..AccountOptions::default() };
    let mut given =
        Given::read(&path, (&options.common, &options.stdin, &EntriesOptions::default()), account, variables, streams)?;
    let mut from = Origin::of(&mut given, options, streams)?;
    let entries_path = from.entries_path(options.to)?;
    let (file, migrated) = match (&from.lab.files.entries, &entries_path) {
        (Some(entries), Some(_)) => {
            writeln!(streams.stderr, "`{}` is an entries file already", whole(&entries.name))?;
            return Ok(Exit::Clean);
        }
        (Some(_), None) => pipeline::migrate_back(from.lab.files.clone(), &given.wanted.settings, &from.of_topology),
        (None, to) => {
            let name = to.as_ref().map(|path| path.to_string_lossy().into_owned());
            let shown = from.lab.files.topology.name.clone();
            let topology = Path::new(&shown).file_name().and_then(OsStr::to_str);
            let topology = topology.filter(|_| !from.is_nameless);
            let to = name.as_deref().map_or(Destination::Labels, |name| Destination::EntriesFile { name, topology });
            // Not a copy: what is read of a large topology takes several times its length.
            let bytes = std::mem::take(&mut from.lab.files.topology.bytes);
            let topology = NamedFile { name: from.lab.files.topology.name.clone(), bytes };
            pipeline::migrate(topology, to, &given.wanted.settings)
        }
    };
    let Given { input, wanted, look, .. } = given;
    let migrated = match migrated {
        Ok(migrated) => migrated,
        Err(findings) => {
            tell::findings(&[(file, findings)], false, look, streams)?;
            return Ok(Exit::Findings);
        }
    };
    let color = look.color && streams.terminal.stdout;
    if options.in_place && migrated.is_wider_without_settings {
        say_settings(&migrated, &wanted, input.folder(), None, streams)?;
        streams.stderr.write_all(b"nothing was written: set this first, and then run this again\n")?;
        return Ok(Exit::Findings);
    }
    let written = Written {
        from: &from,
        old: file.text(),
        migrated: &migrated,
        entries: entries_path.as_deref().zip(migrated.migration.entries_file.as_deref()),
    };
    if let Some((path, _)) = written.entries.filter(|_| !from.is_nameless) {
        written.is_free(path, &wanted, &OnDisk(&options.common))?;
    }
    if options.diff {
        written.show(color, streams)?;
    } else if options.in_place && input.path().is_some() {
        written.to_disk()?;
    } else {
        streams.stdout.write_all(&written.printed())?;
    }
    if written.is_changed() {
        say(&written, &wanted, input.folder(), options, options.diff.then_some(color), streams)?;
    }
    Ok(if options.diff && written.is_changed() { Exit::Findings } else { Exit::Clean })
}

/// What entries are moved from.
struct Origin {
    /// With its entries file if that is the file that was given.
    lab: Lab,
    /// The settings that apply to the topology by itself.
    of_topology: Arc<Settings>,
    /// The first bytes of the topology, which say how it is encoded.
    mark: Vec<u8>,
    /// Nobody said what standard input is called.
    is_nameless: bool,
}

impl Origin {
    fn of(given: &mut Given<'_>, options: &MigrateOptions, streams: &mut Streams<'_>) -> Result<Self, Failure> {
        let is_nameless = given.input.path().is_none() && options.stdin.shown == UNNAMED;
        let is_topology = given.topology(&options.common).is_ok();
        let empty = NamedFile { name: String::new(), bytes: Vec::new() };
        let (path, file) = (given.input.path().map(Path::to_owned), std::mem::replace(&mut given.file, empty));
        let lab = if is_topology {
            Lab::with(path.as_deref(), file, None, &OnDisk(&options.common))?
        } else {
            Lab::of(path.as_deref(), file, &given.wanted, &OnDisk(&options.common))?
        };
        let of_topology = match lab.other_path() {
            Some(topology) => given.loader.of(topology.parent().unwrap_or(Path::new("")))?.settings.clone(),
            None => given.wanted.settings.clone(),
        };
        given.loader.tell_warnings(streams)?;
        let mark = lab.files.topology.bytes.iter().take(2).copied().collect();
        Ok(Self { lab, of_topology, mark, is_nameless })
    }

    /// Where the entries file is, if the entries are moved into one.
    fn entries_path(&self, to: MigrateTo) -> Result<Option<PathBuf>, Failure> {
        if to == MigrateTo::Labels {
            return Ok(None);
        }
        let topology = self.lab.topology.clone().unwrap_or_else(|| PathBuf::from(&self.lab.files.topology.name));
        let name = TopologyFile::new(&topology)?.stem + lab::ENDS[0];
        Ok(Some(topology.with_file_name(name)))
    }
}

/// The files after a migration.
struct Written<'w> {
    from: &'w Origin,
    /// The text of the topology before.
    old: &'w str,
    migrated: &'w Migrated,
    /// The path and the text of a new entries file.
    entries: Option<(&'w Path, &'w str)>,
}

impl Written<'_> {
    fn is_changed(&self) -> bool {
        self.migrated.migration.text != self.old
    }

    /// Checks that the topology has no entries file yet.
    fn is_free(&self, path: &Path, wanted: &EffectiveSettings, reader: &OnDisk<'_>) -> Result<(), Failure> {
        let there = self.from.lab.topology.as_deref().map(|topology| lab::entries_of(topology, wanted, reader));
        let there = there.transpose()?.flatten().or_else(|| Some(path.to_owned()).filter(|path| reader.has(path)));
        there.map_or(Ok(()), |there| Err(Failure::EntriesThere { name: there.to_string_lossy().into_owned() }))
    }

    fn topology(&self) -> Vec<u8> {
        text::encode(&self.migrated.migration.text, &self.from.mark)
    }

    /// The entries file; without one, the topology.
    fn printed(&self) -> Vec<u8> {
        self.entries.map_or_else(|| self.topology(), |(_, text)| text.as_bytes().to_vec())
    }

    fn show(&self, color: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
        if let Some((path, text)) = self.entries {
            streams.stdout.write_all(diff::unified(path, None, Some(text), color).as_bytes())?;
        }
        if self.is_changed() {
            let name = Path::new(&self.from.lab.files.topology.name);
            let diff = diff::unified(name, Some(self.old), Some(&self.migrated.migration.text), color);
            streams.stdout.write_all(diff.as_bytes())?;
        }
        Ok(())
    }

    /// Writes the entries file, and then the topology: in between, both have the same entries.
    fn to_disk(&self) -> Result<(), Failure> {
        if let Some((path, text)) = self.entries {
            let written = OpenOptions::new().write(true).create_new(true).open(path);
            let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(|error| Failure::Unwritable { name: path.to_string_lossy().into_owned(), error })?;
        }
        let name = &self.from.lab.files.topology.name;
        let old = text::encode(self.old, &self.from.mark);
        let topology = self.from.lab.topology.as_deref().filter(|_| self.is_changed());
        let replaced = topology.map_or(Ok(()), |topology| emit::replace(topology, &old, &self.topology()));
        replaced.map_err(|error| {
            if let Some((path, _)) = self.entries {
                // It was made above, for what did not happen.
                let _ = fs::remove_file(path);
            }
            Failure::NotFixed { name: name.clone(), error }
        })
    }
}

/// Reports on standard error what was moved and what the tunnel node decided. The settings that replace its decisions are shown
/// as a diff, on standard output if `on_stdout` is set; its value says whether with colors.
fn say(
    written: &Written<'_>,
    wanted: &EffectiveSettings,
    folder: &Path,
    options: &MigrateOptions,
    on_stdout: Option<bool>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let migrated = written.migrated;
    let Migrated { migration, provider, token, has_proxy, ignored, is_wider_without_settings: _ } = migrated;
    let removed = match migration.nodes {
        0 => String::new(),
        count => format!("; {} removed", counted(count, "tunnel node")),
    };
    let to = match written.entries {
        Some((path, _)) if !written.from.is_nameless => format!("`{}`", whole(&path.to_string_lossy())),
        Some(_) => "an entries file".to_owned(),
        None => "labels".to_owned(),
    };
    writeln!(streams.stderr, "{} moved into {to}{removed}", counted(migration.entries, "entry"))?;
    if written.entries.is_some() && !options.in_place && !options.diff {
        streams.stderr.write_all(
            b"note: this is the entries file; `--in-place` writes it and removes the lists from the topology\n",
        )?;
    }
    if let Some(entries) = written.from.lab.files.entries.as_ref().filter(|_| options.in_place) {
        writeln!(streams.stderr, "note: `{}` is no longer needed; remove it", whole(&entries.name))?;
    }
    if migration.with_variables > 0 {
        writeln!(
            streams.stderr,
            "note: {} with a variable; in a label, a space in its value splits the entry",
            counted(migration.with_variables, "entry")
        )?;
    }
    for (rule, entry) in ignored {
        let entry = if entry.is_empty() { String::new() } else { format!(" of `{}`", whole(entry)) };
        writeln!(streams.stderr, "note: `{rule}`{entry} is now ignored by a comment that covered less before")?;
    }
    say_settings(migrated, wanted, folder, on_stdout, streams)?;
    // publish-plan.toml has no keys for these.
    if provider.is_some() && migration.nodes > 0 {
        if let Some(image) = &migration.tunnel_image {
            writeln!(
                streams.stderr,
                "note: its image was `{}`; compose.yaml now runs the provider's own image",
                whole(image)
            )?;
        }
        if let Some(token) = token {
            writeln!(
                streams.stderr,
                "note: its token was in `{}`; publish.sh now looks for it where the provider's client keeps it",
                whole(token)
            )?;
        }
        if *has_proxy {
            writeln!(streams.stderr, "note: pass its proxy with `compile --proxy`")?;
        }
    }
    Ok(())
}

/// Shows the settings that replace what the tunnel node decided, as [`say`] does.
fn say_settings(
    migrated: &Migrated,
    wanted: &EffectiveSettings,
    folder: &Path,
    on_stdout: Option<bool>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let decided = decided(migrated, wanted);
    if decided.is_empty() {
        return Ok(());
    }
    if migrated.is_wider_without_settings {
        writeln!(
            streams.stderr,
            "{FILE_NAME} must set what the tunnel node decided; otherwise more people are let in after the migration:"
        )?;
    } else {
        writeln!(streams.stderr, "{FILE_NAME} can now set what the tunnel node decided:")?;
    }
    let (path, old) = configuration(wanted, folder)?;
    let holds_for_more = old.is_some();
    let new = decided + old.as_deref().unwrap_or_default();
    let diff = diff::unified(&path, old.as_deref(), Some(&new), on_stdout.unwrap_or_default());
    let stream = if on_stdout.is_some() { &mut *streams.stdout } else { &mut *streams.stderr };
    stream.write_all(diff.as_bytes())?;
    if holds_for_more {
        writeln!(streams.stderr, "note: that file applies to every topology in its directory and below")?;
    }
    Ok(())
}

/// Lines for publish-plan.toml that replace what the tunnel node decided, without those that it already has.
fn decided(migrated: &Migrated, wanted: &EffectiveSettings) -> String {
    if migrated.migration.nodes == 0 {
        return String::new();
    }
    let provider =
        migrated.provider.and_then(|provider| provider.name).filter(|_| !wanted.config.has(&settings::PROVIDER));
    let provider = provider.map(|name| format!("provider = \"{name}\"\n"));
    let is_said = wanted.config.has(&settings::ACL) || wanted.settings.acl_as_identities.is_some();
    let acl = (migrated.migration.reads_policies && !is_said).then(|| "acl = \"policies\"\n".to_owned());
    provider.into_iter().chain(acl).collect()
}

/// The publish-plan.toml that applies, and its text; if there is none, the path of a new one next to the topology.
fn configuration(wanted: &EffectiveSettings, folder: &Path) -> Result<(PathBuf, Option<String>), Failure> {
    let Some(path) = &wanted.file else { return Ok((folder.join(FILE_NAME), None)) };
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Unreadable { name: path.to_string_lossy().into_owned(), error })?;
    Ok((path.clone(), Some(text)))
}
