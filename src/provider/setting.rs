//! A setting: its key in publish-plan.toml, its flag, and everything else that is known about it. The settings that several
//! providers use are in `src/settings/table.rs`; those of one provider are in its directory, in [`Capabilities::settings`].
//!
//! Its key is a [`Key::text`] for a text that is parsed, otherwise a [`Key::new`] with a [`Kind`], such as
//! `Kind::Number { least, most, expected }`. Its [`Weight`] is `LeadsElsewhere`, which fails `--fail-on widened`, unless a change can
//! neither lead elsewhere nor let anyone else in.

use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use super::{Capabilities, ImageReference, Weight};

/// A key of publish-plan.toml. A table with free names, such as `access-tags`, is one setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The key with its table: `relay.address`.
    pub(crate) key: &'static str,
    /// What the key was called before. It still works, with a warning, and so does the flag of that name.
    pub(crate) old_name: Option<&'static str>,
    /// What the key's table is about. The first setting of a table says it.
    pub(crate) table: Option<Table>,
    /// What a value is, and how it is read.
    pub(crate) kind: Kind,
    /// A regular expression for the text of a value, for editors: it accepts what `kind` does. Empty for any text.
    pub(crate) pattern: &'static str,
    /// The flag that overrides it.
    pub(crate) flag: Option<Flag>,
    /// What a change of it can do.
    pub(crate) weight: Weight,
    /// The providers that it matters to.
    pub(crate) readers: Readers,
    /// Each of several providers can have a value of its own.
    pub(crate) is_own: bool,
    /// What applies if it is not set.
    pub(crate) unset: Unset,
    /// For editors; empty if its table says it all.
    pub(crate) description: &'static str,
    /// The comment above it in the file that `init` writes, in lines. Empty if the key before it, or its table, has it.
    pub(crate) comment: &'static str,
    /// A value as TOML. For a table with free names, an entry.
    pub(crate) example: &'static str,
}

/// A table of publish-plan.toml.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// For editors.
    pub(crate) description: &'static str,
    /// The comment above it in the file that `init` writes, in lines.
    pub(crate) comment: &'static str,
}

/// What a value is, and how it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A text that this function accepts. It returns the text in the form that is kept, or what was expected.
    Text(fn(&str) -> Result<String, String>),
    /// One of these words.
    Words(&'static [Word]),
    /// The name of a provider.
    Provider,
    /// The path of a file, with what the file is: "a file path". In publish-plan.toml, it is relative to that file's directory.
    Path(&'static str),
    /// A number.
    Number {
        /// The least.
        least: usize,
        /// The most.
        most: usize,
        /// What it is, for messages.
        expected: &'static str,
    },
    /// `true` or `false`; `false` is the same as not set.
    Truth,
    /// A list of texts.
    List {
        /// What an item is: "a pattern".
        item: &'static str,
        /// What the list is, for messages.
        expected: &'static str,
    },
    /// A table of severities by names of rules.
    Rules,
    /// A table of ports by names of sockets.
    Pins,
    /// A table of names of providers by the sockets that go to them.
    Routes,
    /// A table of texts by hostnames.
    HostNames {
        /// Like that of `Text`, for `host=text`.
        read: fn(&str) -> Result<String, String>,
        /// What the text is, for the message about a value that is no text.
        expected: &'static str,
    },
}

impl Kind {
    /// A number, 0 or greater.
    pub(crate) const NUMBER: Self =
        Self::Number { least: 0, most: usize::MAX, expected: "a whole number, 0 or greater" };
}

/// A word that a value can be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// As it is written.
    pub(crate) word: &'static str,
    /// What it means, for `--help`. Empty if it needs no explanation.
    pub(crate) help: &'static str,
}

/// The flag that overrides a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// Without its dashes. Settings that share a flag are told apart by the last word of their keys: `--limit tcp=20`.
    pub(crate) name: &'static str,
    /// The name of its value in `--help`; empty if it has none.
    pub(crate) value: &'static str,
    /// For `--help`.
    pub(crate) help: &'static str,
    /// The commands that accept it.
    pub(crate) commands: Commands,
    /// There might be a password in the value, so no message repeats it.
    pub(crate) is_private: bool,
}

/// The commands that accept a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commands {
    /// `check` only.
    Check,
    /// `compile` only.
    Compile,
    /// All that decide what can be published.
    Plan,
}

/// The providers that a setting matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// All.
    All,
    /// None: it is about what `check` finds and does not change a plan.
    Check,
    /// Those that use its flag ([`Capabilities::reads`]).
    Flag,
    /// Those whose sockets have hostnames.
    HostNames,
    /// Those that have it among their own settings.
    Own,
    /// Those whose sockets have ports that the user can choose.
    Ports,
}

/// What applies if a setting is not set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unset {
    /// This value, as TOML.
    Default(&'static str),
    /// Nothing, or something else: the end of a sentence that begins with "not set". If it is empty, the sentence names the flag of
    /// `compile`, if there is one.
    Nothing(&'static str),
}

impl Flag {
    /// A flag of `compile`.
    #[must_use]
    pub(crate) const fn compile(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { name, value, help, commands: Commands::Compile, is_private: false }
    }

    /// A flag of all commands that decide what can be published.
    #[must_use]
    pub(crate) const fn plan(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { name, value, help, commands: Commands::Plan, is_private: false }
    }
}

impl Setting {
    /// A setting of one provider, about which nothing else is known: change the fields that differ.
    pub(crate) const OWN: Self = Self {
        key: "",
        old_name: None,
        table: None,
        kind: Kind::Path("a file path"),
        pattern: "",
        flag: None,
        weight: Weight::LeadsElsewhere,
        readers: Readers::Own,
        is_own: true,
        unset: Unset::Nothing(""),
        description: "",
        comment: "",
        example: "",
    };

    /// The same for a setting that matters to every provider.
    pub(crate) const GENERAL: Self = Self { readers: Readers::All, is_own: false, ..Self::OWN };

    /// The same for one of which each of several providers can have a value of its own.
    pub(crate) const SHARED: Self = Self { is_own: true, ..Self::GENERAL };

    /// The table of its key, empty for the file itself, and the key in that table.
    #[must_use]
    pub(crate) fn place(&self) -> (&'static str, &'static str) {
        self.key.rsplit_once('.').unwrap_or(("", self.key))
    }

    /// How it is set, as text: by its flag, if it has one, and by its key in publish-plan.toml.
    #[must_use]
    pub(crate) fn ways(&self) -> (Option<String>, String) {
        let flag = self.flag.map(|flag| format!("`--{} {}`", flag.name, flag.value));
        let key = match self.place() {
            ("", key) => format!("`{key}` in publish-plan.toml"),
            (table, key) => format!("`{key}` under `[{table}]` in publish-plan.toml"),
        };
        (flag, key)
    }

    /// Whether it is a table with free names.
    #[must_use]
    pub(crate) fn has_entries(&self) -> bool {
        matches!(self.kind, Kind::Rules | Kind::Pins | Kind::Routes | Kind::HostNames { .. })
    }
}

/// A setting and the type of its values.
#[derive(Debug)]
pub(crate) struct Key<T> {
    /// The setting.
    pub(crate) setting: Setting,
    of: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// A setting whose kind is in `setting`. `T` can be parsed from every value of that kind.
    #[must_use]
    pub(crate) const fn new(setting: Setting) -> Self {
        Self { setting, of: PhantomData }
    }
}

impl<T: FromStr<Err: Display> + Display> Key<T> {
    /// A setting whose values are texts that can be parsed as `T`.
    #[must_use]
    pub(crate) const fn text(setting: Setting) -> Self {
        Self::new(Setting { kind: Kind::Text(form::<T>), ..setting })
    }

    /// A table of texts by hostnames: `host=text` can be parsed as `T`. `expected` is what a text is, for messages.
    #[must_use]
    pub(crate) const fn by_host_name(expected: &'static str, setting: Setting) -> Self {
        Self::new(Setting { kind: Kind::HostNames { read: form::<T>, expected }, ..setting })
    }
}

/// A text in the form of `T`, or what was expected instead.
fn form<T: FromStr<Err: Display> + Display>(text: &str) -> Result<String, String> {
    text.parse::<T>().map(|value| value.to_string()).map_err(|error| error.to_string())
}

impl Key<ImageReference> {
    /// The setting that replaces an image of a provider: its key, such as `images.ssh`, what the image is, and an example as TOML.
    #[must_use]
    pub(crate) const fn image(key: &'static str, description: &'static str, example: &'static str) -> Self {
        Self::text(Setting {
            key,
            table: Some(Table {
                description: "Container images of tunnel clients, with a version tag or a digest.",
                comment: "The container images of tunnel clients, with a version tag or a digest, for example from a mirror. For ssh and bore-base, it is the\nimage that the client is added to. `publish-plan providers NAME` shows the default.",
            }),
            pattern: ImageReference::PATTERN,
            // The client gets the account's secret and every byte of every socket.
            weight: Weight::LeadsElsewhere,
            unset: Unset::Nothing("; see `publish-plan providers NAME` for the default"),
            description,
            example,
            ..Setting::OWN
        })
    }
}

impl Capabilities {
    /// Its own settings, and then those that replace its images.
    pub(crate) fn own_settings(&self) -> impl Iterator<Item = &'static Setting> {
        let images = self.about.images.iter().filter_map(|image| image.setting.as_ref());
        self.reads.settings.iter().chain(images.map(|key| &key.setting))
    }

    /// The flags of `compile` that it uses in addition to those that all providers use, without their dashes.
    pub(crate) fn client_flags(&self) -> impl Iterator<Item = &'static str> {
        let own = self.reads.settings.iter().filter_map(|setting| setting.flag);
        let own = own.filter(|flag| flag.commands == Commands::Compile).map(|flag| flag.name);
        self.reads.flags.iter().copied().chain(own)
    }
}
