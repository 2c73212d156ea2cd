//! The entries of tables with free names, by kind: what an entry says, or a finding about it.

use std::ops::Range;

use super::read::{Placed, RULE, Reader, span};
use crate::base::limits::MOST_ROUTES;
use crate::base::{Finding, SocketType, closest, quoted};
use crate::provider::{Fit, InvalidFit, Setting, Value};
use crate::triage::Level;

impl Reader<'_> {
    pub(super) fn rule(&mut self, name: &str, key: &Range<usize>, value: &Placed<'_>) -> Option<(String, Value)> {
        let expected = "`\"error\"`, `\"warning\"`, `\"info\"`, or `\"ignore\"`";
        if !self.known.rules.contains(&name) {
            let finding =
                Finding::error(RULE, format!("unknown rule {}", quoted(name))).at(span(key), "expected a rule name");
            let guess = closest(name, self.known.rules.iter().copied());
            self.suggest(finding, guess, "run `publish-plan rules` for a list");
            return None;
        }
        let level = self.text(value, expected)?;
        if Level::of_word(&level).is_none() {
            self.wrong(&value.1, &format!("expected {expected}"));
            return None;
        }
        Some((name.to_owned(), Value::Text(level)))
    }

    /// Reads the port pinned to the socket called `name`. No other socket may have the same port.
    pub(super) fn pin(
        &mut self,
        setting: &Setting,
        name: &str,
        key: &Range<usize>,
        value: &Placed<'_>,
    ) -> Option<(String, Value)> {
        let port = self.number(value, 1..=65535, "a port number, 1 to 65535")?;
        if name.is_empty() {
            self.wrong(key, "expected a socket name, as printed by `publish-plan plan`");
            return None;
        }
        let port_value = Value::Plain(port.to_string());
        if let Some((other, _)) = self.values.entries(setting).iter().find(|(_, other)| *other == port_value) {
            self.findings.push(
                Finding::error(RULE, format!("port {port} is pinned to two sockets"))
                    .at(span(&value.1), format!("{} has it already", quoted(other)))
                    .help("give each socket a port of its own"),
            );
            return None;
        }
        Some((name.to_owned(), port_value))
    }

    /// Reads where the sockets go that `fits` stands for.
    pub(super) fn route(
        &mut self,
        setting: &Setting,
        fits: &str,
        key: &Range<usize>,
        value: &Placed<'_>,
    ) -> Option<(String, Value)> {
        if self.values.entries(setting).len() == MOST_ROUTES {
            self.wrong(key, &format!("expected at most {MOST_ROUTES} routes"));
            return None;
        }
        if let Err(error) = fits.parse::<Fit>() {
            let guess = match &error {
                InvalidFit::Type(name) => {
                    let types = SocketType::ALL.map(SocketType::word);
                    closest(name, types).map(|guess| format!("type:{guess}"))
                }
                InvalidFit::Kind => fits.split_once(':').and_then(|(kind, name)| {
                    closest(kind, ["type", "node", "socket"]).map(|guess| format!("{guess}:{name}"))
                }),
            };
            let guess = guess.filter(|guess| guess.parse::<Fit>().is_ok());
            let finding =
                Finding::error(RULE, format!("unknown route {}", quoted(fits))).at(span(key), error.to_string());
            let otherwise = "write `\"node:leaf*\" = \"ssh\"`, for example";
            self.suggest(finding, guess.as_deref(), otherwise);
            return None;
        }
        Some((fits.to_owned(), self.providers(value)?))
    }

    pub(super) fn by_host_name(
        &mut self,
        read: fn(&str) -> Result<String, String>,
        expected: &str,
        host: &str,
        value: &Placed<'_>,
    ) -> Option<(String, Value)> {
        let text = self.text(value, expected)?;
        let entry = read(&format!("{host}={text}")).map_err(|error| self.wrong(&value.1, &error)).ok()?;
        entry.split_once('=').map(|(host, text)| (host.to_owned(), Value::Text(text.to_owned())))
    }
}
