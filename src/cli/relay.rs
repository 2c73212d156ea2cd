//! The relay that is wanted, with its key, as the artifacts will see it.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::failure::Failure;
use super::options::CompileOptions;
use super::paths;
use super::settings::{Located, Wanted};
use crate::capability::{Capabilities, RelayAddress};
use crate::providers::Relay;

/// Where the artifacts will stand.
pub(super) struct Seat {
    pub(super) folder: PathBuf,
    pub(super) topology: PathBuf,
    pub(super) home: Option<PathBuf>,
}

impl Seat {
    /// A path that was seen from `from`, as it is seen from the artifacts.
    pub(super) fn seen(&self, path: &str, from: &Path) -> String {
        if paths::is_fixed(path) {
            return path.to_owned();
        }
        paths::seen_from(&self.folder, &from.join(path)).to_string_lossy().into_owned()
    }

    /// A path that was seen from `from`, for this run to open.
    fn opened(&self, located: &Located) -> PathBuf {
        match (located.path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => located.from.join(&located.path),
        }
    }
}

/// The relay that flags and configuration name, with the public half of the key.
pub(super) fn relay(
    options: &CompileOptions,
    wanted: &Wanted,
    seat: &Seat,
    provider: &Capabilities,
) -> Result<Option<Relay>, Failure> {
    let address: Option<RelayAddress> = options.relay.clone().or_else(|| wanted.relay.clone());
    let Some(address) = address.filter(|_| provider.relay) else { return Ok(None) };
    let here = absolute(Path::new("."))?;
    let flag = |path: &Option<String>| path.clone().map(|path| Located { path, from: here.clone() });
    let identity = flag(&options.identity).or_else(|| wanted.identity.clone());
    let known_hosts = flag(&options.known_hosts).or_else(|| wanted.known_hosts.clone());
    let public_key = identity.as_ref().map(|identity| public_key(&seat.opened(identity))).transpose()?;
    let seen = |located: &Located| Ok::<_, Failure>(seat.seen(&located.path, &absolute(&located.from)?));
    Ok(Some(Relay {
        address,
        identity: identity.as_ref().map(seen).transpose()?,
        public_key,
        known_hosts: known_hosts.as_ref().map(seen).transpose()?,
    }))
}

/// The one key of the file beside the private key, as `<type> <digits>`; its comment is nobody's business.
fn public_key(identity: &Path) -> Result<String, Failure> {
    let mut name = identity.as_os_str().to_owned();
    name.push(".pub");
    let name = PathBuf::from(name);
    let shown = || name.to_string_lossy().into_owned();
    if name.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(Failure::PublicKey { name: shown(), error: None });
    }
    let text = fs::read_to_string(&name).map_err(|error| Failure::PublicKey { name: shown(), error: Some(error) })?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let only = lines.next().filter(|_| lines.next().is_none());
    only.and_then(key_of).ok_or_else(|| Failure::PublicKey { name: shown(), error: None })
}

/// A key's type and digits, where the digits say that they are a whole key of that type (RFC 4253, section 6.6). A
/// certificate is none: it would need a line of another kind on the relay.
fn key_of(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (kind, digits) = (words.next()?, words.next()?);
    let bytes = STANDARD.decode(digits).ok()?;
    let mut rest = bytes.as_slice();
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        fields.push(after.get(..length)?);
        rest = &after[length..];
    }
    let is_whole = fields.len() > 1 && fields[0] == kind.as_bytes() && !kind.contains("-cert-");
    let is_plain = kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-@.".contains(&byte));
    (is_whole && is_plain).then(|| format!("{kind} {digits}"))
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let absolute = std::path::absolute(path);
    let name = || path.to_string_lossy().into_owned();
    absolute.map(|path| paths::plain(&path)).map_err(|error| Failure::Unreadable { name: name(), error })
}
