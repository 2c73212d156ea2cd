//! `publish-plan migrate`

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::{counted, whole};
use crate::cli::failure::Failure;
use crate::cli::flags::AccountOptions;
use crate::cli::given::Given;
use crate::cli::input::Input;
use crate::cli::options::MigrateOptions;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::settings::EffectiveSettings;
use crate::cli::{Exit, Streams, tell};
use crate::emit;
use crate::pipeline::{self, Migrated};
use crate::render::diff;
use crate::settings::{self, FILE_NAME};
use crate::text;

/// Moves entries into labels, and prints, shows, or writes the result.
pub(super) fn run(
    options: &MigrateOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let path = options.topology.path(streams)?;
    let account = AccountOptions { settings: SettingFlags(options.acl.0.clone()), ..AccountOptions::default() };
    let Given { input, name, bytes, wanted, look, .. } =
        Given::read(&path, &options.common, &options.stdin, account, variables, streams)?;
    let (file, migrated) = pipeline::migrate(&name, bytes.clone(), &wanted.settings);
    let migrated = match migrated {
        Ok(migrated) => migrated,
        Err(findings) => {
            tell::findings(&file, &findings, false, look, streams)?;
            return Ok(Exit::Findings);
        }
    };
    let color = look.color && streams.terminal.stdout;
    if options.in_place && migrated.is_wider_without_settings {
        say_settings(&migrated, &wanted, input.folder(), None, streams)?;
        streams.stderr.write_all(b"nothing was written: set this first, and then run this again\n")?;
        return Ok(Exit::Findings);
    }
    let is_changed = migrated.migration.text != file.text();
    let new = text::encode(&migrated.migration.text, &bytes);
    if options.diff {
        if is_changed {
            let diff = diff::unified(Path::new(&name), Some(file.text()), Some(&migrated.migration.text), color);
            streams.stdout.write_all(diff.as_bytes())?;
        }
    } else if options.in_place {
        match &input {
            Input::Stdin => streams.stdout.write_all(&new)?,
            Input::File(path) | Input::Found(path) if is_changed => {
                emit::replace(path, &bytes, &new).map_err(|error| Failure::NotFixed { name, error })?;
            }
            Input::File(_) | Input::Found(_) => {}
        }
    } else {
        streams.stdout.write_all(&new)?;
    }
    if is_changed {
        say(&migrated, &wanted, input.folder(), options.diff.then_some(color), streams)?;
    }
    Ok(if options.diff && is_changed { Exit::Findings } else { Exit::Clean })
}

/// Reports on standard error what was moved and what the tunnel node decided. The settings that replace its decisions are shown
/// as a diff, on standard output if `on_stdout` is set; its value says whether with colors.
fn say(
    migrated: &Migrated,
    wanted: &EffectiveSettings,
    folder: &Path,
    on_stdout: Option<bool>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let Migrated { migration, provider, token, has_proxy, ignored, is_wider_without_settings: _ } = migrated;
    let removed = match migration.nodes {
        0 => String::new(),
        count => format!("; {} removed", counted(count, "tunnel node")),
    };
    writeln!(streams.stderr, "{} moved into labels{removed}", counted(migration.entries, "entry"))?;
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
