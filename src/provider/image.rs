//! Container images of tunnel clients, and how `[images]` in publish-plan.toml names others.

use std::fmt;
use std::str::FromStr;

use super::Key;

/// An image that a provider's compose file runs or builds on, unless the settings name another one.
#[derive(Debug)]
pub(crate) struct DefaultImage {
    /// The setting that replaces it; none if only the topology can.
    pub(crate) setting: Option<Key<ImageReference>>,
    /// Its reference, with a version tag and, where one is known, a digest.
    pub(crate) reference: &'static str,
    /// What it is used for, in words.
    pub(crate) purpose: &'static str,
}

/// A reference of an image with a version tag or a digest, in characters that mean nothing else in a Dockerfile, in YAML, or in
/// Compose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageReference(String);

/// Why a text is not a reference: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an image with a version tag or a digest, such as `mirror.example.net/alpine:3.22.2`")]
pub(crate) struct InvalidImage;

/// The longest name that registries accept, in bytes (distribution/reference, `NameTotalLengthMax`).
const LONGEST_NAME: usize = 255;

impl FromStr for ImageReference {
    type Err = InvalidImage;

    /// The grammar of distribution/reference, with `sha256` as the only digest.
    fn from_str(text: &str) -> Result<Self, InvalidImage> {
        let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        // A `:` before the last `/` is the port of a registry.
        let colon = rest.rfind(':').filter(|colon| !rest[*colon..].contains('/'));
        let (name, tag) = colon.map_or((rest, None), |colon| (&rest[..colon], Some(&rest[colon + 1..])));
        let is_pinned = digest.is_some() || tag.is_some_and(|tag| tag != "latest");
        let is_valid = is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
        if is_pinned && is_valid { Ok(Self(text.to_owned())) } else { Err(InvalidImage) }
    }
}

fn is_name(name: &str) -> bool {
    let is_component = |component: &str, more: &[u8]| {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric();
        component.bytes().next().is_some_and(is_word)
            && component.bytes().next_back().is_some_and(is_word)
            && component.bytes().all(|byte| is_word(byte) || b"._-".contains(&byte) || more.contains(&byte))
    };
    let (registry, path) = name.split_once('/').unwrap_or(("", name));
    let is_lower = |component: &str| !component.bytes().any(|byte| byte.is_ascii_uppercase());
    name.len() <= LONGEST_NAME
        && (registry.is_empty() || is_component(registry, b":"))
        && !name.starts_with('/')
        && path.split('/').all(|component| is_component(component, b"") && is_lower(component))
}

fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

impl ImageReference {
    /// What every reference matches, as a regular expression for editors; `latest` is not excluded.
    pub(crate) const PATTERN: &str = r"^([A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?/)?[a-z0-9]([a-z0-9._/-]*[a-z0-9])?(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}@sha256:[0-9a-f]{64})$";
}

impl fmt::Display for ImageReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_pinned_and_has_no_other_characters() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let with_digest = format!("mirror.example.net:5000/a/alpine@{digest}");
        let with_both = format!("alpine:3.22.2@{digest}");
        for image in ["alpine:3.22.2", "mirror.example.net:5000/a/b_c-d:v1.0", &with_digest, &with_both] {
            assert_eq!(image.parse::<ImageReference>().map(|image| image.to_string()).as_deref(), Ok(image));
        }
        let short = format!("alpine@{}", &digest[..70]);
        for image in [
            "",
            "alpine",
            "alpine:",
            "alpine:latest",
            "mirror.example.net:5000/alpine",
            "al pine:1",
            "alpine:1 AS x",
            "alpine:1\nRUN x",
            "alpine:${TAG}",
            "Alpine:1",
            "a//b:1",
            "/a:1",
            "a/:1",
            "alpine:1@",
            "alpine:1@sha512:00",
            "alpine:-1",
            "alpine:1\u{202e}",
            &short,
        ] {
            assert_eq!(image.parse::<ImageReference>(), Err(InvalidImage), "{image:?}");
        }
    }
}
