//! Names in Kubernetes (spec/kubernetes.md#names).

use std::fmt;
use std::str::FromStr;

/// A name that Kubernetes accepts for a service, a namespace, and a label: letters `a` to `z`, digits, and dashes, at most 63, a letter or
/// a digit at both ends (RFC 1123).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClusterName(String);

/// Why a text is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name of Kubernetes: small letters, digits, and dashes, at most 63 characters")]
pub(crate) struct InvalidClusterName;

impl ClusterName {
    /// What every name matches, as a regular expression for editors.
    pub(crate) const PATTERN: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
}

impl FromStr for ClusterName {
    type Err = InvalidClusterName;

    fn from_str(text: &str) -> Result<Self, InvalidClusterName> {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = (1..=63).contains(&text.len())
            && text.bytes().all(|byte| is_word(byte) || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if is_name { Ok(Self(text.to_owned())) } else { Err(InvalidClusterName) }
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_label() {
        let long = "a".repeat(63);
        for name in ["a", "1", "srl-1", &long] {
            assert_eq!(name.parse::<ClusterName>().map(|name| name.to_string()).as_deref(), Ok(name));
        }
        let longer = "a".repeat(64);
        for name in ["", "-a", "a-", "A", "a_b", "a.b", "ä", "a b", &longer] {
            assert_eq!(name.parse::<ClusterName>(), Err(InvalidClusterName), "{name}");
        }
    }
}
