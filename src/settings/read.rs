use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::{Config, KEYS, Known, image_key};
use crate::base::rule::INVALID_CONFIG as RULE;
use crate::base::{Finding, Severity, SourceFile, Span, closest, quoted};
use crate::provider::AccessTag;
use crate::triage::Level;

/// The old name of the key `tier`.
const OLD_TIER: &str = "plan";

/// Reads `text`, the file called `name`; `known` has the names that it may use. Returns the text for messages, the settings, and
/// findings about them. There are no settings if one of the findings is an error.
pub(crate) fn read(name: &str, text: &str, known: Known<'_>) -> (Arc<SourceFile>, Option<Config>, Vec<Finding>) {
    let file = Arc::new(SourceFile::new(name, text));
    let mut reader = Reader { config: Config::default(), known, findings: Vec::new() };
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
    let Reader { config, findings, .. } = reader;
    let is_wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    (Arc::clone(&file), (!is_wrong).then_some(config), findings)
}

pub(super) struct Reader<'r> {
    config: Config,
    known: Known<'r>,
    findings: Vec<Finding>,
}

/// A value and its place in the file, in bytes.
pub(super) type Value<'v> = (&'v DeValue<'v>, Range<usize>);

impl Reader<'_> {
    /// Reads the table called `name`, which is empty for the file itself.
    fn table(&mut self, name: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let place = (value.get_ref(), value.span());
            match (name, key.get_ref().as_ref()) {
                ("", "provider") => self.config.provider = self.provider(&place),
                ("", "acl") => self.config.acl_as_identities = self.acl(&place),
                ("", "tier") => self.config.subscription = self.subscription(&place),
                ("", OLD_TIER) if table.iter().any(|(key, _)| key.get_ref() == "tier") => self.both_tiers(&key.span()),
                ("", OLD_TIER) => {
                    self.config.subscription = self.subscription(&place);
                    self.old_tier(&key.span());
                }
                ("", "jump-host") => self.config.jump_host = self.parsed(&place),
                ("", "fold") => self.config.folds_always = self.truth(&place),
                ("", "secret") => self.config.secret = self.text(&place, "a file path"),
                (
                    "",
                    table @ ("access-tags" | "cloudflare" | "images" | "limits" | "names" | "relay" | "rules"
                    | "tailscale"),
                ) => match value.get_ref() {
                    DeValue::Table(inner) => self.table(table, inner),
                    _ => self.wrong(&place.1, &format!("expected a table, `[{table}]`")),
                },
                ("", "exclude") => self.config.exclude = self.patterns(&place),
                ("", "require-ignore-reason") => self.config.requires_ignore_reason = self.truth(&place),
                ("", "one-account") => self.config.one_account = self.truth(&place),
                ("rules", rule) => self.rule(rule, &key.span(), &place),
                ("access-tags", host) => self.access_tag(host, &place),
                ("cloudflare", "tunnel") => self.config.cloudflare.tunnel = self.parsed(&place),
                ("cloudflare", "team") => self.config.cloudflare.team = self.parsed(&place),
                ("cloudflare", "credentials") => {
                    self.config.cloudflare.credentials = self.text(&place, "a file path");
                }
                ("images", image) if image_key(image).is_some() => {
                    let parsed = self.parsed(&place);
                    self.config.images.extend(image_key(image).zip(parsed));
                }
                ("names", "domain") => self.config.domain = self.parsed(&place),
                ("names", "template") => self.config.template = self.parsed(&place),
                ("relay", "web-ports") => self.config.web_ports = self.parsed(&place),
                ("relay", "address") => self.config.relay_address = self.parsed(&place),
                ("relay", "pins") => match value.get_ref() {
                    DeValue::Table(pins) => self.table("relay.pins", pins),
                    _ => self.wrong(&place.1, "expected a table, `[relay.pins]`"),
                },
                ("relay.pins", socket) => self.pin(socket, &key.span(), &place),
                ("relay", "ports") => self.config.relay_ports = self.parsed(&place),
                ("relay", "identity") => self.config.identity = self.text(&place, "the path to a private key"),
                ("relay", "known-hosts") => self.config.known_hosts = self.text(&place, "a file path"),
                ("tailscale", "domain") => self.config.tailnet_domain = self.parsed(&place),
                ("limits", "tcp") => self.config.tcp_limit = self.number(&place),
                ("limits", "http") => self.config.http_limit = self.number(&place),
                (_, other) => self.unknown(name, other, &key.span()),
            }
        }
    }

    fn provider(&mut self, value: &Value<'_>) -> Option<String> {
        let names = self.known.providers.join(", ");
        let text = self.text(value, &format!("one of {names}"))?;
        if self.known.providers.contains(&text.as_str()) {
            return Some(text);
        }
        let guess = closest(&text, self.known.providers.iter().copied());
        let finding = Finding::error(RULE, format!("unknown provider {}", quoted(&text)))
            .at(span(&value.1), format!("expected one of {names}"));
        self.findings.push(match guess {
            Some(guess) => finding.help(format!("did you mean `{guess}`?")),
            None => finding.help("run `publish-plan providers` to see what each one supports"),
        });
        None
    }

    fn rule(&mut self, name: &str, key: &Range<usize>, value: &Value<'_>) {
        let expected = "`\"error\"`, `\"warning\"`, `\"info\"`, or `\"ignore\"`";
        if !self.known.rules.contains(&name) {
            let finding =
                Finding::error(RULE, format!("unknown rule {}", quoted(name))).at(span(key), "expected a rule name");
            self.findings.push(match closest(name, self.known.rules.iter().copied()) {
                Some(guess) => finding.help(format!("did you mean `{guess}`?")),
                None => finding.help("run `publish-plan rules` for a list"),
            });
            return;
        }
        let level = match self.text(value, expected).as_deref() {
            Some("error") => Level::As(Severity::Error),
            Some("warning") => Level::As(Severity::Warning),
            Some("info") => Level::As(Severity::Info),
            Some("ignore") => Level::Ignore,
            Some(_) => return self.wrong(&value.1, &format!("expected {expected}")),
            None => return,
        };
        self.config.rules.push((name.to_owned(), level));
    }

    /// Reads the port pinned to the socket called `name`. No other socket may have the same port.
    fn pin(&mut self, name: &str, key: &Range<usize>, value: &Value<'_>) {
        let number = value.0.as_integer().filter(|number| number.radix() == 10);
        let Some(port) = number.and_then(|number| number.as_str().parse().ok()).filter(|port| *port > 0) else {
            return self.wrong(&value.1, "expected a port number, 1 to 65535");
        };
        if name.is_empty() {
            return self.wrong(key, "expected a socket name, as printed by `publish-plan plan`");
        }
        if let Some((other, _)) = self.config.pins.iter().find(|(_, other)| **other == port) {
            self.findings.push(
                Finding::error(RULE, format!("port {port} is pinned to two sockets"))
                    .at(span(&value.1), format!("{} has it already", quoted(other)))
                    .help("give each socket a port of its own"),
            );
            return;
        }
        self.config.pins.insert(name.to_owned(), port);
    }

    fn access_tag(&mut self, host: &str, value: &Value<'_>) {
        let Some(tag) = self.text(value, "the 64-digit hexadecimal audience tag of an Access application") else {
            return;
        };
        match format!("{host}={tag}").parse::<AccessTag>() {
            Ok(tag) => self.config.cloudflare.tags.push(tag),
            Err(error) => self.wrong(&value.1, &error.to_string()),
        }
    }

    /// Adds the warning about the old name of `tier`, which still works.
    fn old_tier(&mut self, key: &Range<usize>) {
        self.findings.push(
            Finding::warning(RULE, "the key `plan` is deprecated")
                .at(span(key), "now called `tier`")
                .help("write `tier` instead of `plan`; the value stays the same"),
        );
    }

    /// Adds the error about the old and the new name of `tier` together, because the values might differ.
    fn both_tiers(&mut self, key: &Range<usize>) {
        self.findings.push(
            Finding::error(RULE, "`plan` and `tier` are both set")
                .at(span(key), "the old name of `tier`")
                .help("remove `plan` and keep `tier`"),
        );
    }

    pub(super) fn wrong(&mut self, place: &Range<usize>, expected: &str) {
        self.findings.push(
            Finding::error(RULE, "invalid value")
                .at(span(place), expected.to_owned())
                .help("see schemas/config.schema.json for the keys and their values"),
        );
    }

    fn unknown(&mut self, table: &str, key: &str, place: &Range<usize>) {
        let keys = KEYS.iter().find(|(name, _)| *name == table).map_or(&[][..], |(_, keys)| keys);
        let words: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let finding = Finding::error(RULE, format!("unknown key {}", quoted(key)))
            .at(span(place), format!("expected one of {}", words.join(", ")));
        self.findings.push(match closest(key, keys.iter().copied()) {
            Some(guess) => finding.help(format!("did you mean `{guess}`?")),
            None => finding.help("remove it; an unknown key would have no effect"),
        });
    }
}

fn span(place: &Range<usize>) -> Span {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(narrow(place.start), narrow(place.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Subscription;

    const KNOWN: Known<'_> = Known { providers: &["border0", "ssh"], rules: &["empty-acl"] };

    #[test]
    fn every_key_is_read() {
        let text = "provider = 'ssh'\nacl = 'policies'\nexclude = ['a/']\none-account = true\nrequire-ignore-reason = true\n[rules]\nempty-acl = 'warning'\n[relay]\naddress = 't@relay:2222'\nports = '3000-3010'\nweb-ports = '8080,8443'\nidentity = 'k'\nknown-hosts = 'h'\n[relay.pins]\nr1 = 3001\n'r 2' = 443\n[limits]\ntcp = 7\nhttp = 0\n[names]\ndomain = 'a.b'\ntemplate = '{node}.{domain}'\n[cloudflare]\ntunnel = '6ff42ae2-765d-4adf-8112-31c55c1551ef'\nteam = 't'\ncredentials = 'c'\n[tailscale]\ndomain = 'a.b'\n[images]\nssh = 'a.example:5000/alpine:1'\nbore-base = 'alpine:2'\n";
        let tags = format!("[access-tags]\n'r1.a.b' = '{}'\n", "ab".repeat(32));
        let text = &format!("tier = 'paid'\nsecret = 's'\njump-host = 'r1'\nfold = true\n{text}{tags}");
        let config = read("c", text, KNOWN).1.unwrap();
        assert_eq!(config.rules, [("empty-acl".to_owned(), Level::As(Severity::Warning))]);
        assert_eq!(config.exclude, ["a/"]);
        assert!(config.one_account && config.requires_ignore_reason);
        assert_eq!(config.provider.as_deref(), Some("ssh"));
        assert_eq!(config.acl_as_identities, Some(false));
        assert_eq!(config.relay_address.unwrap().port, Some(2222));
        assert_eq!(config.relay_ports.unwrap().count(), 11);
        assert_eq!(config.pins.into_iter().collect::<Vec<_>>(), [("r 2".to_owned(), 443), ("r1".to_owned(), 3001)]);
        assert_eq!((config.identity.as_deref(), config.known_hosts.as_deref()), (Some("k"), Some("h")));
        assert_eq!((config.tcp_limit, config.http_limit), (Some(7), Some(0)));
        assert_eq!((config.subscription, config.secret.as_deref()), (Some(Subscription::Paid), Some("s")));
        assert!(config.jump_host.is_some() && config.folds_always);
        assert!(config.domain.is_some() && config.template.is_some() && config.web_ports.is_some());
        assert_eq!(config.tailnet_domain.unwrap().as_str(), "a.b");
        assert_eq!((config.images.len(), config.images["ssh"].as_str()), (2, "a.example:5000/alpine:1"));
        let cloudflare = config.cloudflare;
        assert!(cloudflare.tunnel.is_some() && cloudflare.team.is_some() && cloudflare.credentials.is_some());
        assert_eq!(cloudflare.tags[0].host, "r1.a.b");
    }

    #[test]
    fn the_old_name_of_the_tier_is_read_with_a_warning() {
        let (file, config, findings) = read("c", "plan = 'paid'\n", KNOWN);
        assert_eq!(config.unwrap().subscription, Some(Subscription::Paid));
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.severity, file.slice(finding.labels[0].span)), (Severity::Warning, "plan"));
        assert!(read("c", "tier = 'paid'\n", KNOWN).2.is_empty());
        // A wrong value is an error under the old name too.
        assert_eq!(read("c", "plan = 'cheap'\n", KNOWN).1, None);
    }

    #[test]
    fn the_template_says_nothing_and_names_every_key() {
        let template = super::super::TEMPLATE;
        assert_eq!(read("c", template, KNOWN).1.unwrap(), Config::default());
        let is_setting =
            |line: &&str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let lines: Vec<&str> = template.lines().filter_map(|line| line.strip_prefix("# ")).filter(is_setting).collect();
        let rules = ["open-to-anyone"];
        let config = read("c", &lines.join("\n"), Known { rules: &rules, ..KNOWN }).1.unwrap();
        assert!(config.provider.is_some() && config.http_limit.is_some() && config.known_hosts.is_some());
        for (table, keys) in KEYS {
            for key in *keys {
                let is_there = lines.iter().any(|line| {
                    line.starts_with(&format!("{key} = "))
                        || *line == format!("[{key}]")
                        || *line == format!("[{table}.{key}]")
                });
                assert!(is_there, "{table}.{key}");
            }
        }
    }

    #[test]
    fn what_nobody_reads_is_an_error_at_its_place() {
        let messages = |text: &str| -> Vec<String> {
            let (file, config, findings) = read("c", text, KNOWN);
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
        assert_eq!(messages("[images]\nssh = 'alpine'\nfrp = 'frpc:latest'\nbore = 'a b:1'\nngrok = 3").len(), 4);
        assert_eq!(messages("exclude = [1]").len(), 1);
        assert_eq!(messages("[relay]\npins = 1").len(), 1);
        assert_eq!(messages("[relay.pins]\na = 0\nb = '22'\nc = 70000\nd = -1\n'' = 2000\ne = 0x10").len(), 6);
        assert_eq!(
            messages("[relay.pins]\na = 2000\nb = 2001\nc = 2000"),
            ["2000: give each socket a port of its own"]
        );
        assert_eq!(
            messages("tier = 'cheap'\n[names]\ndomain = 'lab'\ntemplate = 'a'\n[access-tags]\n'a b' = 'c'").len(),
            4
        );
    }
}
