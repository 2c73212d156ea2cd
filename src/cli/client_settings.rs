//! What the tunnel client needs besides the topology: the relay and its key, secrets, and ids. Paths are given as the generated
//! files see them.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::failure::Failure;
use super::paths;
use super::settings::Wanted;
use crate::base::quoted;
use crate::plan::Plan;
use crate::provider::{AccessTag, Capabilities, ProxyAddress, RelayAddress, Team, TunnelId, WebPorts};
use crate::providers::{ClientSettings, Cloudflare, Refusal, Relay};

#[derive(Debug, Args)]
pub(super) struct MeansOptions {
    /// Relay for ssh, frp, or bore: `host`, `user@host`, or `user@host:port`
    // Parsed later, like the proxy: clap repeats a value that it rejects, and there might be a password in it.
    #[arg(long, value_name = "ADDRESS")]
    relay: Option<String>,
    /// HTTP and HTTPS ports where the frp relay accepts visitors by hostname [default: 80,443]
    #[arg(long, value_name = "HTTP,HTTPS", value_parser = clap::value_parser!(WebPorts))]
    relay_web_ports: Option<WebPorts>,
    /// Private key for the ssh relay; the public key in FILE.pub goes into `authorized_keys`
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    identity: Option<String>,
    /// File with the host key of the ssh relay [default: `~/.ssh/known_hosts`]
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    known_hosts: Option<String>,
    /// File with the client's secret: frp token, bore secret, Tailscale auth key, or ngrok authtoken. Only its path is used
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    secret: Option<String>,
    /// UUID of the cloudflared tunnel
    #[arg(long, value_name = "UUID", value_parser = clap::value_parser!(TunnelId))]
    tunnel: Option<TunnelId>,
    /// Credentials file of the cloudflared tunnel [default: `~/.cloudflared/<UUID>.json`]. Only its path is used
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    credentials: Option<String>,
    /// Cloudflare Zero Trust team that authenticates visitors
    #[arg(long, value_name = "NAME", value_parser = clap::value_parser!(Team))]
    team: Option<Team>,
    /// Audience (AUD) tag of the Access application for a hostname. Repeat for each hostname
    #[arg(long, value_name = "HOST=TAG", value_parser = clap::value_parser!(AccessTag))]
    access_tag: Vec<AccessTag>,
    /// HTTP proxy for the connection to the provider, `http://host:port`
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
}

impl MeansOptions {
    /// The HTTP proxy, if one is given.
    pub(super) fn proxy(&self) -> Result<Option<ProxyAddress>, Failure> {
        unrepeated("proxy", self.proxy.as_deref())
    }

    /// The relay, if one is given.
    fn relay(&self) -> Result<Option<RelayAddress>, Failure> {
        unrepeated("relay", self.relay.as_deref())
    }

    /// The flags that were given, by their names in [`Capabilities::reads`].
    fn given(&self) -> Vec<&'static str> {
        let flags = [
            ("relay", self.relay.is_some()),
            ("relay-web-ports", self.relay_web_ports.is_some()),
            ("identity", self.identity.is_some()),
            ("known-hosts", self.known_hosts.is_some()),
            ("secret", self.secret.is_some()),
            ("tunnel", self.tunnel.is_some()),
            ("credentials", self.credentials.is_some()),
            ("team", self.team.is_some()),
            ("access-tag", !self.access_tag.is_empty()),
        ];
        flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag)).collect()
    }
}

/// Parses the value of a flag. The error does not repeat the value, because there might be a password in it.
fn unrepeated<T: FromStr<Err: Display>>(flag: &str, value: Option<&str>) -> Result<Option<T>, Failure> {
    let read = value.map(str::parse).transpose();
    read.map_err(|error| Failure::Refused(Refusal(format!("invalid value for `--{flag}`: {error}"))))
}

/// Rejects a flag that the provider does not use and an access tag that belongs to no socket: they would have no effect.
pub(super) fn check(options: &MeansOptions, provider: &Capabilities, plan: &Plan) -> Result<(), Failure> {
    let refused = |words: String| Err(Failure::Refused(Refusal(words)));
    for flag in options.given() {
        if !provider.reads.contains(&flag) {
            let reads: Vec<String> = provider.reads.iter().map(|flag| format!("`--{flag}`")).collect();
            let instead = match reads.as_slice() {
                [] => "remove it".to_owned(),
                reads => format!("it uses {}", reads.join(", ")),
            };
            return refused(format!("{} does not use `--{flag}`; {instead}", provider.title()));
        }
    }
    for (index, tag) in options.access_tag.iter().enumerate() {
        if options.access_tag[..index].iter().any(|other| other.host == tag.host) {
            return refused(format!("`--access-tag` is given twice for {}; keep one", tag.host));
        }
        if plan.sockets.iter().all(|socket| socket.host_name.as_ref() != Some(&tag.host)) {
            return refused(format!(
                "no socket has the hostname {}, so its `--access-tag` would have no effect",
                tag.host
            ));
        }
    }
    Ok(())
}

/// Where the generated files will be.
pub(super) struct OutputPaths {
    pub(super) folder: PathBuf,
    pub(super) topology: PathBuf,
    pub(super) home: Option<PathBuf>,
}

/// A path as it was written, and the directory that it is relative to.
struct Located {
    path: String,
    from: PathBuf,
}

impl OutputPaths {
    /// A path relative to `from`, as a path relative to the generated files.
    pub(super) fn seen(&self, path: &str, from: &Path) -> String {
        if paths::is_fixed(path) {
            return path.to_owned();
        }
        paths::seen_from(&self.folder, &from.join(path)).to_string_lossy().into_owned()
    }

    /// A path as this run can open it.
    fn opened(&self, located: &Located) -> PathBuf {
        match (located.path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => located.from.join(&located.path),
        }
    }
}

/// What the flags and the settings file say together. A flag overrides the file.
pub(super) fn client_settings(
    options: &MeansOptions,
    wanted: &Wanted,
    output_paths: &OutputPaths,
    provider: &Capabilities,
) -> Result<ClientSettings, Failure> {
    let (config, here) = (&wanted.config, absolute(Path::new("."))?);
    let folder = absolute(&wanted.folder)?;
    let located = |flag: &Option<String>, configured: &Option<String>| {
        let given = flag.clone().map(|path| Located { path, from: here.clone() });
        given.or_else(|| configured.clone().map(|path| Located { path, from: folder.clone() }))
    };
    let seen = |located: &Located| output_paths.seen(&located.path, &located.from);
    let address = options.relay()?.or_else(|| config.relay_address.clone()).filter(|_| provider.relay);
    let identity = located(&options.identity, &config.identity).filter(|_| provider.reads.contains(&"identity"));
    let relay = match address {
        None => None,
        Some(address) => Some(Relay {
            address,
            identity: identity.as_ref().map(seen),
            public_key: identity.as_ref().map(|identity| public_key(&output_paths.opened(identity))).transpose()?,
            known_hosts: located(&options.known_hosts, &config.known_hosts)
                .filter(|_| provider.reads.contains(&"known-hosts"))
                .as_ref()
                .map(seen),
            web_ports: options.relay_web_ports.or(config.web_ports).unwrap_or_default(),
        }),
    };
    let configured = &config.cloudflare;
    Ok(ClientSettings {
        relay,
        secret: located(&options.secret, &config.secret)
            .filter(|_| provider.reads.contains(&"secret"))
            .as_ref()
            .map(seen),
        host_names: wanted.settings.expose_options.host_names.clone(),
        cloudflare: Cloudflare {
            tunnel: options.tunnel.clone().or_else(|| configured.tunnel.clone()),
            credentials: located(&options.credentials, &configured.credentials)
                .filter(|_| provider.reads.contains(&"credentials"))
                .as_ref()
                .map(seen),
            team: options.team.clone().or_else(|| configured.team.clone()),
            // Those of flags come first, and the first one for a hostname applies.
            tags: options.access_tag.iter().chain(&configured.tags).cloned().collect(),
        },
        images: {
            let is_read = |key: &str| provider.images.iter().any(|image| image.key == Some(key));
            let images = config.images.iter().filter(|(key, _)| is_read(key));
            images.map(|(key, image)| (*key, image.clone())).collect()
        },
    })
}

/// Names what the settings file decided: in a cloned repository it could name a stranger's relay and one of the user's keys.
/// None if flags decided everything.
pub(super) fn chosen_by_settings(options: &MeansOptions, client_settings: &ClientSettings) -> Option<String> {
    let relay = client_settings.relay.as_ref();
    let chosen = [
        ("relay", options.relay.is_some(), relay.map(|relay| relay.address.to_string())),
        ("key", options.identity.is_some(), relay.and_then(|relay| relay.identity.clone())),
        ("host keys", options.known_hosts.is_some(), relay.and_then(|relay| relay.known_hosts.clone())),
        ("secret", options.secret.is_some(), client_settings.secret.clone()),
        ("credentials", options.credentials.is_some(), client_settings.cloudflare.credentials.clone()),
    ];
    let chosen = chosen.into_iter().filter(|(_, is_flag, _)| !is_flag);
    let words = chosen.filter_map(|(what, _, value)| Some(format!("{what} {}", quoted(&value?))));
    // In full: the digest is at the end, and a reference has no characters to escape.
    let images = client_settings.images.values().map(|image| format!("image `{image}` (it gets the client's secret)"));
    let words: Vec<String> = words.chain(images).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The only key in the file next to the private key, as `<type> <base64>`. Its comment is not published.
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

/// The type and the base64 of a key, if the base64 is a whole key of that type (RFC 4253, section 6.6). A certificate is
/// rejected: it would need another kind of line on the relay.
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
