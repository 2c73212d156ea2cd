//! The flags that override settings, made from the settings: names, help, and how a value is read.

use clap::builder::{NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Error, FromArgMatches};

use super::known::settings;
use crate::provider::{Commands, Flag, Kind, Setting, Value, Values};
use crate::providers;

/// Flags that `--help` lists first, in this order. The others follow in the order of the settings.
const FIRST: &[&str] = &[
    "provider",
    "acl",
    "tier",
    "limit",
    "relay-ports",
    "jump-host",
    "fold",
    "domain",
    "relay",
    "relay-web-ports",
    "identity",
    "known-hosts",
];

/// The flags of one set of commands, and the values that were given.
#[derive(Clone, Debug, Default)]
pub(super) struct SettingFlags<const SET: usize>(pub(super) Values);

/// The flags of commands that decide what can be published.
pub(super) type PlanFlags = SettingFlags<0>;
/// The flags of `compile` alone.
pub(super) type CompileFlags = SettingFlags<1>;
/// The flags of `check` alone.
pub(super) type CheckFlags = SettingFlags<2>;
/// `--acl` alone, for `migrate`.
pub(super) type AclFlag = SettingFlags<3>;

/// The names of the groups of flags, and whether a flag is in it.
type Set = (&'static str, fn(&Flag) -> bool);
const SETS: [Set; 4] = [
    ("PlanFlags", |flag| flag.commands == Commands::Plan),
    ("CompileFlags", |flag| flag.commands == Commands::Compile),
    ("CheckFlags", |flag| flag.commands == Commands::Check),
    ("AclFlag", |flag| flag.name == "acl"),
];

/// The settings with these flags, and the flags, in the order of `--help`.
fn of_set(set: usize) -> Vec<(&'static Setting, Flag)> {
    let flags = settings().iter().filter_map(|setting| Some((*setting, setting.flag?)));
    let mut flags: Vec<_> = flags.filter(|(_, flag)| SETS[set].1(flag)).collect();
    flags.sort_by_key(|(_, flag)| FIRST.iter().position(|first| *first == flag.name).unwrap_or(FIRST.len()));
    flags
}

/// The flags of `compile` for which a value is given, in the order of `--help`.
pub(super) fn given(flags: &CompileFlags) -> Vec<(&'static Setting, Flag)> {
    of_set(1).into_iter().filter(|(setting, _)| flags.0.value(setting).is_some()).collect()
}

impl<const SET: usize> Args for SettingFlags<SET> {
    fn group_id() -> Option<clap::Id> {
        Some(clap::Id::from(SETS[SET].0))
    }

    fn augment_args(mut command: clap::Command) -> clap::Command {
        let mut names: Vec<&'static str> = Vec::new();
        for (setting, flag) in of_set(SET) {
            if !names.contains(&flag.name) {
                names.push(flag.name);
                let is_shared = of_set(SET).iter().filter(|(_, other)| other.name == flag.name).count() > 1;
                command = command.arg(argument(setting, flag, is_shared));
            }
        }
        command.group(ArgGroup::new(SETS[SET].0).multiple(true).args(names))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<const SET: usize> FromArgMatches for SettingFlags<SET> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut values = Values::default();
        for (setting, flag) in of_set(SET) {
            read(&mut values, setting, flag, matches);
        }
        Ok(Self(values))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flag as clap knows it. Its values are texts that the setting accepts.
/// A flag that several settings share has a value for each of them: `--limit tcp=20,http=50`.
fn argument(setting: &'static Setting, flag: Flag, is_shared: bool) -> Arg {
    let argument = Arg::new(flag.name).long(flag.name).help(flag.help);
    let argument = match setting.old_name {
        // `deprecated` tells the users of the old name.
        Some(old) => argument.alias(old),
        None => argument,
    };
    if matches!(setting.kind, Kind::Truth) {
        return argument.action(ArgAction::SetTrue);
    }
    let argument = argument.value_name(flag.value);
    let argument = match setting.kind {
        Kind::HostNames { .. } => argument.action(ArgAction::Append),
        Kind::Provider => argument.value_delimiter(','),
        Kind::Number { .. } if is_shared => argument.action(ArgAction::Append).value_delimiter(','),
        _ => argument,
    };
    argument.value_parser(parser(setting, flag))
}

fn parser(setting: &'static Setting, flag: Flag) -> ValueParser {
    match setting.kind {
        _ if flag.is_private => ValueParser::string(),
        Kind::Text(read) | Kind::HostNames { read, .. } => ValueParser::new(move |text: &str| read(text)),
        Kind::Words(words) => {
            let words = words.iter().map(|word| match word.help {
                "" => PossibleValue::new(word.word),
                help => PossibleValue::new(word.word).help(help),
            });
            PossibleValuesParser::new(words).into()
        }
        Kind::Provider => {
            let names = providers::capabilities().iter().filter_map(|provider| provider.name);
            PossibleValuesParser::new(names).into()
        }
        Kind::Number { .. } => {
            ValueParser::new(move |text: &str| part(flag, text).map(|(key, number)| format!("{key}={number}")))
        }
        _ => NonEmptyStringValueParser::new().into(),
    }
}

/// Reads a number, and the last word of the key that it is for: `tcp=20` for a flag that several settings share, otherwise `20`.
fn part(flag: Flag, text: &str) -> Result<(&'static str, usize), String> {
    let sharing = || settings().iter().filter(|setting| setting.flag.is_some_and(|other| other.name == flag.name));
    let is_shared = sharing().count() > 1;
    let expected = || {
        let all: Vec<String> = sharing().map(|setting| format!("`{}=N`", setting.place().1)).collect();
        format!("expected {}", all.join(" or "))
    };
    let (key, text) = if is_shared { text.split_once('=').ok_or_else(expected)? } else { ("", text) };
    let setting = sharing().find(|setting| !is_shared || setting.place().1 == key.trim()).ok_or_else(expected)?;
    let Kind::Number { least, most, expected: what } = setting.kind else { return Err(expected()) };
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    let wrong = || if is_shared { expected() } else { format!("expected {what}") };
    Ok((setting.place().1, number.ok_or_else(wrong)?))
}

/// Adds what was given for a setting, if anything was.
fn read(values: &mut Values, setting: &'static Setting, flag: Flag, matches: &ArgMatches) {
    let texts = || matches.get_many::<String>(flag.name).into_iter().flatten();
    match setting.kind {
        Kind::Truth if matches.get_flag(flag.name) => values.set(setting, Value::Plain("true".to_owned())),
        Kind::Truth => {}
        Kind::HostNames { .. } => {
            for (name, text) in texts().filter_map(|text| text.split_once('=')) {
                values.add(setting, name.to_owned(), Value::Text(text.to_owned()));
            }
        }
        Kind::Number { .. } => {
            // As the parser wrote it: `tcp=20`.
            let numbers = texts().filter_map(|text| text.split_once('='));
            for (_, number) in numbers.filter(|(key, _)| *key == setting.place().1) {
                values.set(setting, Value::Plain(number.to_owned()));
            }
        }
        Kind::Provider if texts().next().is_some() => {
            let mut names: Vec<String> = Vec::new();
            for name in texts() {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            values.set(setting, Value::of_texts(names));
        }
        Kind::Path(_) => texts().for_each(|text| values.set(setting, Value::Path(text.clone()))),
        _ => texts().for_each(|text| values.set(setting, Value::Text(text.clone()))),
    }
}
