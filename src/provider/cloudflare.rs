//! Cloudflare's ids and names: tunnels, teams, and the Access applications that identify visitors.

use std::fmt;
use std::str::FromStr;

/// The id of a tunnel: a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelId(String);

/// The name of a Zero Trust organization, as in `<team>.cloudflareaccess.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team(String);

/// The audience (AUD) tag of the Access application for a hostname: `host=tag`. It is not a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTag {
    /// The hostname.
    pub host: String,
    /// 64 hexadecimal digits.
    pub tag: String,
}

/// Why a text cannot be parsed as one of these: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidCloudflare(&'static str);

const TUNNEL: InvalidCloudflare = InvalidCloudflare("a tunnel UUID, as printed by `cloudflared tunnel create`");
const TEAM: InvalidCloudflare =
    InvalidCloudflare("a team name of letters, digits, and `-`, as in `<team>.cloudflareaccess.com`");
const TAG: InvalidCloudflare = InvalidCloudflare(
    "a hostname and the 64-digit hexadecimal audience tag of its Access application: `host=tag`, or `\"host\" = \"tag\"` in publish-plan.toml",
);

impl FromStr for TunnelId {
    type Err = InvalidCloudflare;

    fn from_str(text: &str) -> Result<Self, InvalidCloudflare> {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let is_hexadecimal = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        if lengths == [8, 4, 4, 4, 12] && is_hexadecimal { Ok(Self(text.to_ascii_lowercase())) } else { Err(TUNNEL) }
    }
}

impl FromStr for Team {
    type Err = InvalidCloudflare;

    fn from_str(text: &str) -> Result<Self, InvalidCloudflare> {
        let text = text.to_ascii_lowercase();
        if super::is_host_name(&text) && !text.contains('.') { Ok(Self(text)) } else { Err(TEAM) }
    }
}

impl FromStr for AccessTag {
    type Err = InvalidCloudflare;

    fn from_str(text: &str) -> Result<Self, InvalidCloudflare> {
        let (host, tag) = text.split_once('=').ok_or(TAG)?;
        let (host, tag) = (host.to_ascii_lowercase(), tag.to_ascii_lowercase());
        let is_tag = tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
        if super::is_host_name(&host) && is_tag { Ok(Self { host, tag }) } else { Err(TAG) }
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
