//! The settings of cloudflared: the tunnel, and the Access applications that identify visitors.

use std::fmt;
use std::str::FromStr;

use crate::base::dns::is_host_name;
use crate::provider::{Flag, Key, Setting, Table};

/// The tunnel.
pub(super) const TUNNEL: Key<TunnelId> = Key::text(Setting {
    key: "cloudflare.tunnel",
    table: Some(Table {
        description: "What the provider cloudflared needs.",
        comment: "Cloudflare: the tunnel, its credentials, and the Zero Trust team that authenticates visitors.",
    }),
    pattern: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    flag: Some(Flag::compile("tunnel", "UUID", "UUID of the cloudflared tunnel")),
    description: "UUID of the tunnel, like `--tunnel`.",
    example: r#""6ff42ae2-765d-4adf-8112-31c55c1551ef""#,
    ..Setting::OWN
});

/// The credentials file of the tunnel.
pub(super) const CREDENTIALS: Key<String> = Key::new(Setting {
    key: "cloudflare.credentials",
    flag: Some(Flag::compile(
        "credentials",
        "FILE",
        "Credentials file of the cloudflared tunnel [default: `~/.cloudflared/<UUID>.json`]. Only its path is used",
    )),
    description: "Credentials file of the tunnel, like `--credentials`. Relative to this file's directory, or starting with `~/`. Never read.",
    example: r#""~/.cloudflared/6ff42ae2-765d-4adf-8112-31c55c1551ef.json""#,
    ..Setting::OWN
});

/// The team of the Access applications.
pub(super) const TEAM: Key<Team> = Key::text(Setting {
    key: "cloudflare.team",
    pattern: "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$",
    flag: Some(Flag::compile("team", "NAME", "Cloudflare Zero Trust team that authenticates visitors")),
    description: "Zero Trust team that authenticates visitors, like `--team`.",
    example: r#""example""#,
    ..Setting::OWN
});

/// The tags of Access applications. For a hostname, the first one applies.
pub(super) const ACCESS_TAGS: Key<AccessTag> = Key::by_host_name(
    "the 64-digit hexadecimal audience tag of an Access application",
    Setting {
        key: "access-tags",
        pattern: "^[0-9A-Fa-f]{64}$",
        flag: Some(Flag::compile(
            "access-tag",
            "HOST=TAG",
            "Audience (AUD) tag of the Access application for a hostname. Repeat for each hostname",
        )),
        description: "Audience (AUD) tags of Access applications, by hostname, like `--access-tag`.",
        comment: "The audience (AUD) tags of the Access applications created from access.json, by hostname.",
        example: r#""r1-3000.example.net" = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2""#,
        ..Setting::OWN
    },
);

/// The id of a tunnel: a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TunnelId(String);

/// The name of a Zero Trust organization, as in `<team>.cloudflareaccess.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Team(String);

/// The audience (AUD) tag of the Access application for a hostname: `host=tag`. It is not a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccessTag {
    /// The hostname.
    pub(super) host: String,
    /// 64 hexadecimal digits.
    pub(super) tag: String,
}

/// Why a text cannot be parsed as one of these: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub(super) struct InvalidCloudflare(&'static str);

const NO_TUNNEL: InvalidCloudflare = InvalidCloudflare("a tunnel UUID, as printed by `cloudflared tunnel create`");
const NO_TEAM: InvalidCloudflare =
    InvalidCloudflare("a team name of letters, digits, and `-`, as in `<team>.cloudflareaccess.com`");
const NO_TAG: InvalidCloudflare = InvalidCloudflare(
    "a hostname and the 64-digit hexadecimal audience tag of its Access application: `host=tag`, or `\"host\" = \"tag\"` in publish-plan.toml",
);

impl FromStr for TunnelId {
    type Err = InvalidCloudflare;

    fn from_str(text: &str) -> Result<Self, InvalidCloudflare> {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let is_hexadecimal = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        if lengths == [8, 4, 4, 4, 12] && is_hexadecimal { Ok(Self(text.to_ascii_lowercase())) } else { Err(NO_TUNNEL) }
    }
}

impl FromStr for Team {
    type Err = InvalidCloudflare;

    fn from_str(text: &str) -> Result<Self, InvalidCloudflare> {
        let text = text.to_ascii_lowercase();
        if is_host_name(&text) && !text.contains('.') { Ok(Self(text)) } else { Err(NO_TEAM) }
    }
}

impl FromStr for AccessTag {
    type Err = InvalidCloudflare;

    fn from_str(text: &str) -> Result<Self, InvalidCloudflare> {
        let (host, tag) = text.split_once('=').ok_or(NO_TAG)?;
        let (host, tag) = (host.to_ascii_lowercase(), tag.to_ascii_lowercase());
        let is_tag = tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_host_name(&host) && is_tag { Ok(Self { host, tag }) } else { Err(NO_TAG) }
    }
}

impl fmt::Display for AccessTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.host, self.tag)
    }
}

impl fmt::Display for TunnelId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Team {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cloudflare_gave_is_read_back() {
        assert!("6ff42ae2-765d-4adf-8112-31c55c1551ef".parse::<TunnelId>().is_ok());
        for text in
            ["lab", "6ff42ae2765d4adf811231c55c1551ef", "6ff42ae2-765d-4adf-8112-31c55c1551eg", "../../etc/passwd"]
        {
            assert!(text.parse::<TunnelId>().is_err(), "{text}");
        }
        assert_eq!("Nokia-Labs".parse::<Team>().map(|team| team.to_string()).as_deref(), Ok("nokia-labs"));
        assert!("a.b".parse::<Team>().is_err() && "".parse::<Team>().is_err() && "a b".parse::<Team>().is_err());
        let tag = "ab".repeat(32);
        assert!(format!("r1-80.example.com={tag}").parse::<AccessTag>().is_ok());
        for text in [tag.clone(), format!("={tag}"), "r1-80.example.com=ab".to_owned(), format!("r1 80={tag}")] {
            assert!(text.parse::<AccessTag>().is_err(), "{text}");
        }
    }
}
