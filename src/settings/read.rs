use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::{Known, OWN};
pub(super) use crate::base::rule::INVALID_CONFIG as RULE;
use crate::base::{Finding, Severity, SourceFile, Span, closest, did_you_mean, narrow, quoted};
use crate::provider::{Kind, Setting, Values};

/// Reads `text`, the file called `name`; `known` has the settings and the names that it may use. Returns the text for messages, the
/// values, and findings about them. There are no values if one of the findings is an error.
pub(crate) fn read(name: &str, text: &str, known: Known<'_>) -> (Arc<SourceFile>, Option<Values>, Vec<Finding>) {
    let file = Arc::new(SourceFile::new(name, text));
    let mut reader = Reader { values: Values::default(), known, findings: Vec::new(), is_own: false };
    match DeTable::parse(file.text()) {
        Ok(table) => reader.table("", table.get_ref()),
        Err(error) => {
            let place = error.span().unwrap_or(text.len()..text.len());
            reader.findings.push(
                Finding::error(RULE, format!("invalid TOML: {}", error.message()))
                    .at(span(&place), "the file cannot be parsed past this point")
                    .help("write `key = \"value\"`, and tables as `[relay]`"),
            );
        }
    }
    let Reader { values, findings, .. } = reader;
    let is_wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    (Arc::clone(&file), (!is_wrong).then_some(values), findings)
}

pub(super) struct Reader<'r> {
    pub(super) values: Values,
    pub(super) known: Known<'r>,
    pub(super) findings: Vec<Finding>,
    /// It reads the settings of one provider.
    is_own: bool,
}

/// A value and its place in the file, in bytes.
pub(super) type Placed<'v> = (&'v DeValue<'v>, Range<usize>);

impl Reader<'_> {
    /// Reads the table called `name`, which is empty for the file itself.
    fn table(&mut self, name: &str, table: &DeTable<'_>) {
        for (written, value) in table {
            let (key, key_place) = (written.get_ref().as_ref(), written.span());
            let value = (value.get_ref(), value.span());
            let of_table = || self.known.settings.iter().copied().filter(|setting| setting.place().0 == name);
            let found = of_table().find(|setting| setting.place().1 == key);
            let renamed = of_table().find(|setting| setting.old_name == Some(key));
            let is_table = name.is_empty() && self.known.settings.iter().any(|setting| setting.place().0 == key);
            match (found, renamed) {
                (None, None) if name.is_empty() && key == OWN && !self.is_own => self.own(&value),
                (Some(setting), _) if setting.has_entries() => self.entries(setting, &value),
                (Some(setting), _) => self.set(setting, &value),
                (None, Some(setting)) if table.iter().any(|(other, _)| other.get_ref() == setting.place().1) => {
                    self.both_names(setting, key, &key_place);
                }
                (None, Some(setting)) => {
                    self.set(setting, &value);
                    self.old_name(setting, key, &key_place);
                }
                (None, None) if is_table => match value.0 {
                    DeValue::Table(inner) => self.table(key, inner),
                    _ => self.wrong(&value.1, &format!("expected a table, `[{key}]`")),
                },
                (None, None) => self.unknown(name, key, &key_place),
            }
        }
    }

    fn set(&mut self, setting: &Setting, value: &Placed<'_>) {
        if let Some(value) = self.value(setting, value) {
            self.values.set(setting, value);
        }
    }

    /// Reads the settings that providers have in place of the general ones.
    fn own(&mut self, value: &Placed<'_>) {
        let expected = format!("expected a table for each provider, such as `[{OWN}.ssh]`");
        let DeValue::Table(table) = value.0 else {
            return self.wrong(&value.1, &format!("{expected}; a list of providers is called `provider`"));
        };
        let settings: Vec<&'static Setting> =
            self.known.settings.iter().copied().filter(|setting| setting.is_own).collect();
        for (written, value) in table {
            let provider = written.get_ref().as_ref();
            if !self.known.providers.contains(&provider) {
                self.unknown_provider(provider, &written.span());
                continue;
            }
            let DeValue::Table(table) = value.get_ref() else {
                self.wrong(&value.span(), &expected);
                continue;
            };
            let known = Known { settings: &settings, ..self.known };
            let mut reader = Reader { values: Values::default(), known, findings: Vec::new(), is_own: true };
            reader.table("", table);
            let Reader { values, findings, .. } = reader;
            self.findings.extend(findings);
            self.values.set_own(provider, values);
        }
    }

    /// Reads a table with free names.
    fn entries(&mut self, setting: &Setting, value: &Placed<'_>) {
        let DeValue::Table(table) = value.0 else {
            return self.wrong(&value.1, &format!("expected a table, `[{}]`", setting.key));
        };
        for (name, value) in table {
            let (written, key) = (name.get_ref().as_ref(), name.span());
            let value = (value.get_ref(), value.span());
            let entry = match setting.kind {
                Kind::Pins => self.pin(setting, written, &key, &value),
                Kind::HostNames { read, expected } => self.by_host_name(read, expected, written, &value),
                Kind::Routes => self.route(setting, written, &key, &value),
                _ => self.rule(written, &key, &value),
            };
            if let Some((name, value)) = entry {
                self.values.add(setting, name, value);
            }
        }
    }

    /// Adds the warning about the old name of a key, which still works.
    fn old_name(&mut self, setting: &Setting, old: &str, key: &Range<usize>) {
        let new = setting.place().1;
        self.findings.push(
            Finding::warning(RULE, format!("the key `{old}` is deprecated"))
                .at(span(key), format!("now called `{new}`"))
                .help(format!("write `{new}` instead of `{old}`; the value stays the same")),
        );
    }

    /// Adds the error about the old and the new name of a key together, because the values might differ.
    fn both_names(&mut self, setting: &Setting, old: &str, key: &Range<usize>) {
        let new = setting.place().1;
        self.findings.push(
            Finding::error(RULE, format!("`{old}` and `{new}` are both set"))
                .at(span(key), format!("the old name of `{new}`"))
                .help(format!("remove `{old}` and keep `{new}`")),
        );
    }

    /// Adds the error about the name of a provider that there is not.
    pub(super) fn unknown_provider(&mut self, name: &str, place: &Range<usize>) {
        let guess = closest(name, self.known.providers.iter().copied());
        let finding = Finding::error(RULE, format!("unknown provider {}", quoted(name)))
            .at(span(place), format!("expected one of {}", self.known.providers.join(", ")));
        self.suggest(finding, guess, "run `publish-plan providers` to see what each one supports");
    }

    pub(super) fn wrong(&mut self, place: &Range<usize>, expected: &str) {
        self.findings.push(
            Finding::error(RULE, "invalid value")
                .at(span(place), expected.to_owned())
                .help("see schemas/config.schema.json for the keys and their values"),
        );
    }

    fn unknown(&mut self, table: &str, key: &str, place: &Range<usize>) {
        let of_setting = |setting: &&Setting| match setting.place() {
            (of, key) if of == table => Some(key),
            (of, _) if table.is_empty() => Some(of),
            _ => None,
        };
        let own = (table.is_empty() && !self.is_own).then_some(OWN);
        let settings = self.known.settings.iter().copied();
        let keys: BTreeSet<&str> = settings.filter_map(|setting| of_setting(&setting)).chain(own).collect();
        let words: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let finding = Finding::error(RULE, format!("unknown key {}", quoted(key)))
            .at(span(place), format!("expected one of {}", words.join(", ")));
        self.suggest(finding, closest(key, keys.iter().copied()), "remove it; an unknown key would have no effect");
    }

    /// Adds a finding about an unknown name, with the name that was probably meant, or else with other help.
    pub(super) fn suggest(&mut self, finding: Finding, guess: Option<&str>, otherwise: &'static str) {
        let help = guess.map_or_else(|| otherwise.to_owned(), did_you_mean);
        self.findings.push(finding.help(help));
    }
}

pub(super) fn span(place: &Range<usize>) -> Span {
    Span::new(narrow(place.start), narrow(place.end))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::provider::{About, Capabilities, DefaultImage, Domain, JumpHost, Key, Reads, Subscription, Value};
    use crate::settings::{self, *};

    const ZONE: Key<Domain> = Key::text(Setting { key: "own.zone", ..Setting::OWN });
    const HOSTS: Key<JumpHost> = Key::by_host_name("a node", Setting { key: "hosts", ..Setting::OWN });
    /// A provider with settings of its own.
    static PROVIDED: Capabilities = Capabilities {
        reads: Reads { settings: &[ZONE.setting, HOSTS.setting], ..Reads::UNKNOWN },
        about: About {
            images: &[DefaultImage {
                setting: Some(Key::image("images.ssh", "The image.", "\"a:1\"")),
                reference: "a:1",
                purpose: "a test",
            }],
            ..About::UNKNOWN
        },
        ..Capabilities::UNKNOWN
    };
    static SETTINGS: LazyLock<Vec<&'static Setting>> = LazyLock::new(|| settings::settings(&[&PROVIDED]));

    fn known() -> Known<'static> {
        Known { settings: &SETTINGS, providers: &["border0", "ssh"], rules: &["empty-acl"] }
    }

    fn read_known(text: &str) -> (Arc<SourceFile>, Option<Values>, Vec<Finding>) {
        read("c", text, known())
    }

    #[test]
    fn every_key_is_read() {
        let text = "provider = 'ssh'\nacl = 'policies'\nexclude = ['a/']\nentries = ['a.publish.yml']\none-account = true\nrequire-ignore-reason = true\n[routes]\n'node:r*' = ['ssh', 'border0']\n[rules]\nempty-acl = 'warning'\n[relay]\naddress = 't@relay:2222'\nports = '3000-3010'\nweb-ports = '8080,8443'\nidentity = 'k'\nknown-hosts = 'h'\n[relay.pins]\nr1 = 3001\n'r 2' = 443\n[limits]\ntcp = 7\nhttp = 0\n[names]\ndomain = 'a.b'\ntemplate = '{node}.{domain}'\n[own]\nzone = 'A.b'\n[hosts]\n'r1.a.b' = 'r1:22'\n[images]\nssh = 'a.example:5000/alpine:1'\n";
        let text = &format!(
            "tier = 'paid'\nsecret = 's'\njump-host = 'r1'\nfold = true\nnode = true\n{text}[kubernetes]\nfiles = true\nnamespace = 'labs'\ntopology = 'mine'\nnaming = 'prefixed'\n"
        );
        let values = read_known(text).1.unwrap();
        for setting in SETTINGS.iter() {
            assert!(values.value(setting).is_some(), "{}", setting.key);
        }
        let entries = |setting: &Setting| -> Vec<(String, String)> {
            values.entries(setting).iter().map(|(name, value)| (name.clone(), value.toml())).collect()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(entries(&RULES.setting), [pair("empty-acl", "\"warning\"")]);
        assert_eq!(entries(&PINS.setting), [pair("r 2", "443"), pair("r1", "3001")]);
        assert_eq!(
            (values.list(&EXCLUDE), values.list(&ENTRIES)),
            (&["a/".to_owned()][..], &["a.publish.yml".to_owned()][..])
        );
        assert_eq!((values.get(&PROVIDER).as_deref(), values.get(&ACL).as_deref()), (Some("ssh"), Some("policies")));
        assert_eq!(values.get(&RELAY_ADDRESS).unwrap().port, Some(2222));
        assert_eq!(values.get(&RELAY_PORTS).unwrap().count(), 11);
        assert_eq!((values.get(&IDENTITY).as_deref(), values.get(&KNOWN_HOSTS).as_deref()), (Some("k"), Some("h")));
        assert_eq!((values.get(&TCP_LIMIT), values.get(&HTTP_LIMIT)), (Some(7), Some(0)));
        assert_eq!((values.get(&TIER), values.get(&SECRET).as_deref()), (Some(Subscription::Paid), Some("s")));
        assert_eq!(values.get(&ZONE).unwrap().as_str(), "a.b");
    }

    #[test]
    fn one_provider_can_have_another_value() {
        let text = "secret = 'a'\n[relay]\naddress = 'r'\n[relay.pins]\nx = 2000\n[providers.ssh]\nsecret = 'b'\nrelay.address = 's'\n[providers.ssh.relay.pins]\nx = 2001\n";
        let values = read_known(text).1.unwrap();
        let (ssh, other) = (values.of("ssh"), values.of("border0"));
        let seen = |values: &Values| {
            let host = values.get(&RELAY_ADDRESS).unwrap().host;
            (values.get(&SECRET).unwrap(), host, values.entries(&PINS.setting)[0].1.words())
        };
        assert_eq!(seen(&ssh), ("b".to_owned(), "s".to_owned(), "2001".to_owned()));
        assert_eq!(seen(&other), ("a".to_owned(), "r".to_owned(), "2000".to_owned()));
        // A flag is for all of them.
        let mut flags = Values::default();
        flags.set(&SECRET.setting, Value::Path("c".to_owned()));
        assert_eq!(seen(&flags.over(values).of("ssh")), ("c".to_owned(), "s".to_owned(), "2001".to_owned()));
    }

    #[test]
    fn the_old_name_of_the_tier_is_read_with_a_warning() {
        let (file, config, findings) = read_known("plan = 'paid'\n");
        assert_eq!(config.unwrap().get(&TIER), Some(Subscription::Paid));
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.severity, file.slice(finding.labels[0].span)), (Severity::Warning, "plan"));
        assert!(read_known("tier = 'paid'\n").2.is_empty());
        // A wrong value is an error under the old name too.
        assert_eq!(read_known("plan = 'cheap'\n").1, None);
    }

    #[test]
    fn what_nobody_reads_is_an_error_at_its_place() {
        let messages = |text: &str| -> Vec<String> {
            let (file, config, findings) = read_known(text);
            assert_eq!(config, None);
            findings
                .iter()
                .map(|finding| format!("{}: {}", file.slice(finding.labels[0].span), finding.help.clone().unwrap()))
                .collect()
        };
        assert_eq!(messages("provdier = 'ssh'"), ["provdier: did you mean `provider`?"]);
        assert_eq!(messages("teir = 'paid'"), ["teir: did you mean `tier`?"]);
        assert_eq!(messages("plan = 'free'\ntier = 'paid'"), ["plan: remove `plan` and keep `tier`"]);
        assert_eq!(messages("tier = 'paid'\nplan = 'paid'"), ["plan: remove `plan` and keep `tier`"]);
        assert_eq!(messages("provider = 'shh'"), ["'shh': did you mean `ssh`?"]);
        assert_eq!(messages("[relay]\nadress = 'x'"), ["adress: did you mean `address`?"]);
        assert_eq!(messages("[limits]\ntcp = -1\nhttp = 'x'").len(), 2);
        assert_eq!(messages("[relay]\nports = '1-2'\naddress = 'x y'").len(), 2);
        assert_eq!(messages("relay = 1\nacl = 'x'").len(), 2);
        assert_eq!(messages("provider = ").len(), 1);
        assert_eq!(messages("[rules]\nempty-acls = 'error'"), ["empty-acls: did you mean `empty-acl`?"]);
        assert_eq!(messages("exclude = 'a'\none-account = 1\n[rules]\nempty-acl = 'deny'").len(), 3);
        assert_eq!(messages("[images]\nshh = 'alpine:1'"), ["shh: did you mean `ssh`?"]);
        assert_eq!(messages("[images]\nssh = 'alpine'").len(), 1);
        for image in ["'frpc:latest'", "'a b:1'", "3"] {
            assert_eq!(messages(&format!("[images]\nssh = {image}")).len(), 1);
        }
        assert_eq!(messages("exclude = [1]").len(), 1);
        // A dot in a quoted key is part of the key.
        assert_eq!(messages("'relay.address' = 'relay'").len(), 1);
        assert_eq!(messages("[relay]\npins = 1").len(), 1);
        assert_eq!(messages("providers = ['ssh', 'border0']").len(), 1);
        assert_eq!(messages("[providers.shh]"), ["shh: did you mean `ssh`?"]);
        assert_eq!(messages("providers.ssh = 1").len(), 1);
        assert_eq!(messages("[providers.ssh.relay]\nadress = 'x'"), ["adress: did you mean `address`?"]);
        // What is about all of a lab, no provider has for itself.
        for general in ["acl = 'policies'", "provider = 'ssh'", "fold = true", "providers = {}", "exclude = ['a']"] {
            assert_eq!(messages(&format!("[providers.ssh]\n{general}")).len(), 1, "{general}");
        }
        assert_eq!(messages("[relay.pins]\na = 0\nb = '22'\nc = 70000\nd = -1\n'' = 2000\ne = 0x10").len(), 6);
        assert_eq!(
            messages("[relay.pins]\na = 2000\nb = 2001\nc = 2000"),
            ["2000: give each socket a port of its own"]
        );
        assert_eq!(
            messages("tier = 'cheap'\n[names]\ndomain = 'lab'\ntemplate = 'a'\n[hosts]\n'a b' = 'c:x'").len(),
            4
        );
    }
}
