//! `check --show-settings`: the settings that apply to a topology, and where each comes from.

use std::fmt::Write as _;

use super::failure::Failure;
use super::input::{self, Input};
use super::known::settings;
use super::options::CheckOptions;
use super::settings::EffectiveSettings;
use super::{Exit, Streams};
use crate::base::whole;
use crate::provider::{Commands, Kind, Setting, Unset};
use crate::render::wrap;
use crate::settings::{self, Listed};

/// The most columns that a setting is padded to: one long path must not make every line as long.
const WIDEST: usize = 200;

/// The fewest columns that a comment needs next to a setting.
const NARROWEST: usize = 24;

/// One setting: its key, its value as publish-plan.toml would have it (empty if it is not set), and where the value comes from.
struct Line {
    key: String,
    value: String,
    source: String,
}

/// Prints the settings of every input, in at most `columns` if there is a limit.
pub(super) fn run(
    inputs: &[(Input, EffectiveSettings)],
    options: &CheckOptions,
    mut failures: Vec<Failure>,
    columns: Option<usize>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    for (input, wanted) in inputs {
        if let Input::File(path) = input
            && let Err(error) = std::fs::metadata(path)
        {
            failures.push(Failure::Unreadable { name: path.to_string_lossy().into_owned(), error });
            continue;
        }
        let text = text(&input::name(input, &options.stdin), options, wanted, columns);
        streams.stdout.write_all(text.as_bytes())?;
    }
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// The settings of the file called `name`, as a publish-plan.toml whose comments say where each value comes from.
fn text(name: &str, options: &CheckOptions, wanted: &EffectiveSettings, columns: Option<usize>) -> String {
    let lines: Vec<(String, String)> = lines(options, wanted)
        .into_iter()
        .map(|Line { key, value, source }| {
            let setting = if value.is_empty() { format!("# {key}") } else { format!("{key} = {value}") };
            (setting, source)
        })
        .collect();
    let width = lines.iter().map(|(setting, _)| wrap::width(setting)).max().unwrap_or_default().min(WIDEST);
    let columns = columns.unwrap_or(usize::MAX);
    // If the longest setting leaves no room for comments next to it, they are above the settings.
    let room = columns.saturating_sub(width + "  # ".len());
    let is_next_to_it = room >= NARROWEST;
    let room = if is_next_to_it { room } else { columns.saturating_sub("# ".len()) };
    let mut out = format!("# for {}\n", whole(name));
    for (setting, source) in lines {
        let source = wrap::lines(&source, room, room);
        if is_next_to_it {
            let fill = width.saturating_sub(wrap::width(&setting));
            let source = source.join(&format!("\n{:width$}  # ", ""));
            let _ = writeln!(out, "{setting}{:fill$}  # {source}", "");
        } else {
            let _ = writeln!(out, "\n# {}\n{setting}", source.join("\n# "));
        }
    }
    out
}

fn lines(options: &CheckOptions, wanted: &EffectiveSettings) -> Vec<Line> {
    let file = wanted.file.as_deref();
    let in_file =
        file.map_or_else(String::new, |file| whole(&file.strip_prefix(".").unwrap_or(file).to_string_lossy()));
    let flags = options.account().settings.0;
    let (rules, settings): (Vec<Listed>, Vec<Listed>) = settings::all(&wanted.effective, settings())
        .into_iter()
        .partition(|listed| matches!(listed.setting.kind, Kind::Rules));
    let line = |listed: Listed| {
        let (value, source) = match &listed.value {
            None => unset(listed.setting),
            Some(value) => {
                let flag = listed.setting.flag.filter(|_| flags.value(listed.setting).is_some());
                (value.toml(), flag.map_or_else(|| in_file.clone(), |flag| format!("--{}", flag.name)))
            }
        };
        Line { key: listed.name(), value, source }
    };
    let mut lines = of_rule_flags(options);
    for line in rules.into_iter().map(line) {
        if lines.iter().all(|flag| flag.key != line.key) {
            lines.push(line);
        }
    }
    settings.into_iter().map(line).chain(lines).collect()
}

/// What applies if a setting is not set: its default, if it has one, and where that comes from.
fn unset(setting: &Setting) -> (String, String) {
    match setting.unset {
        Unset::Default(value) => (value.to_owned(), "default".to_owned()),
        Unset::Nothing("") if setting.flag.is_some_and(|flag| flag.commands == Commands::Compile) => {
            (String::new(), "not set; `compile` also accepts it as a flag".to_owned())
        }
        Unset::Nothing(source) => (String::new(), format!("not set{source}")),
    }
}

/// The severities that flags set for rules.
fn of_rule_flags(options: &CheckOptions) -> Vec<Line> {
    let flags = [
        (&options.rules.ignore, "ignore", "--ignore"),
        (&options.rules.error, "error", "--error"),
        (&options.rules.warn, "warning", "--warn"),
    ];
    let mut lines: Vec<Line> = Vec::new();
    for (rules, level, flag) in flags {
        for rule in rules {
            let key = format!("rules.{}", rule.name);
            if lines.iter().all(|line| line.key != key) {
                lines.push(Line { key, value: format!("{level:?}"), source: flag.to_owned() });
            }
        }
    }
    lines
}
