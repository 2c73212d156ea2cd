//! What the tunnel client needs besides the topology: the relay and its key, secrets, and ids. Paths are given as the generated
//! files see them.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::failure::Failure;
use super::paths;
use super::setting_flags::{self, CompileFlags};
use super::settings::EffectiveSettings;
use crate::base::quoted;
use crate::plan::Plan;
use crate::provider::{Capabilities, ImageReference, Key, Kind, ProxyAddress, Readers, Setting, Value, Values};
use crate::providers::{ClientSettings, Refusal, Relay};
use crate::settings::{IDENTITY, KNOWN_HOSTS, NODE, RELAY_ADDRESS, SECRET, WEB_PORTS};

#[derive(Debug, Args)]
pub(super) struct ClientOptions {
    #[command(flatten)]
    pub(super) settings: CompileFlags,
    /// HTTP proxy for the connection to the provider, `http://host:port`
    // Parsed later, like the relay: clap repeats a value that it rejects, and there might be a password in it.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
}

impl ClientOptions {
    /// Whether the client runs as a node of the topology.
    pub(super) fn is_node(&self, wanted: &EffectiveSettings) -> bool {
        self.given(wanted).has(&NODE)
    }

    /// The flags of `compile`, over the settings.
    pub(super) fn given(&self, wanted: &EffectiveSettings) -> Values {
        self.settings.0.over(Values::clone(&wanted.config))
    }

    /// The HTTP proxy, if one is given.
    pub(super) fn proxy(&self) -> Result<Option<ProxyAddress>, Failure> {
        self.proxy.as_deref().map(|proxy| unrepeated("proxy", proxy.parse())).transpose()
    }
}

/// What a flag's value was parsed as. The error does not repeat the value, because there might be a password in it.
fn unrepeated<T>(flag: &str, parsed: Result<T, impl Display>) -> Result<T, Failure> {
    parsed.map_err(|error| Failure::Refused(Refusal(format!("invalid value for `--{flag}`: {error}"))))
}

/// Rejects a flag that none of the providers uses, and an entry for a hostname that no socket has: they would have no effect.
pub(super) fn check(options: &ClientOptions, providers: &[&Capabilities], plan: &Plan) -> Result<(), Failure> {
    let refused = |words: String| Err(Failure::Refused(Refusal(words)));
    let given = setting_flags::given(&options.settings);
    let used = || providers.iter().flat_map(|provider| provider.client_flags());
    for (_, flag) in given.iter().filter(|(setting, _)| !matches!(setting.readers, Readers::All)) {
        if used().all(|used| used != flag.name) {
            let reads: BTreeSet<String> = used().map(|flag| format!("`--{flag}`")).collect();
            let reads: Vec<String> = reads.into_iter().collect();
            let titles: Vec<&str> = providers.iter().map(|provider| provider.title()).collect();
            let (none, they) = match titles.as_slice() {
                [one] => (format!("{one} does not use"), "it uses"),
                titles => (format!("none of {} uses", titles.join(", ")), "they use"),
            };
            let instead = match reads.as_slice() {
                [] => "remove it".to_owned(),
                reads => format!("{they} {}", reads.join(", ")),
            };
            return refused(format!("{none} `--{}`; {instead}", flag.name));
        }
    }
    for (setting, flag) in given {
        let entries = options.settings.0.entries(setting);
        for (index, (host, _)) in entries.iter().enumerate() {
            if entries[..index].iter().any(|(other, _)| other == host) {
                return refused(format!("`--{}` is given twice for {host}; keep one", flag.name));
            }
            if plan.sockets.iter().all(|socket| socket.host_name.as_ref() != Some(host)) {
                return refused(format!(
                    "no socket has the hostname {host}, so its `--{}` would have no effect",
                    flag.name
                ));
            }
        }
    }
    Ok(())
}

/// A file with a secret, and who gets it.
struct SecretFile<'t> {
    path: PathBuf,
    /// The device and the number of the file, if it is there.
    file: Option<(u64, u64)>,
    title: &'t str,
}

/// Refuses a file with a secret that two providers would get, by whatever path: it is meant for one of them, and the other one could use it
/// there.
pub(super) fn refuse_shared_secret(
    options: &ClientOptions,
    providers: &[(&str, EffectiveSettings, &Capabilities)],
    home: Option<&Path>,
) -> Result<(), Failure> {
    let reads_one =
        |provider: &Capabilities| SECRET.setting.flag.is_some_and(|flag| provider.reads.flags.contains(&flag.name));
    let mut known: Vec<SecretFile<'_>> = Vec::new();
    for (title, wanted, _) in providers.iter().filter(|(.., provider)| reads_one(provider)) {
        let located = match (options.settings.0.get(&SECRET), wanted.config.get(&SECRET)) {
            (Some(path), _) => Located { path, from: absolute(Path::new("."))? },
            (None, Some(path)) => Located { path, from: absolute(&wanted.folder)? },
            (None, None) => continue,
        };
        let path = paths::plain(&located.opened(home));
        let file = fs::metadata(&path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
        let is_same = |other: &&SecretFile<'_>| other.path == path || (file.is_some() && other.file == file);
        if let Some(SecretFile { title: other, .. }) = known.iter().find(is_same) {
            return Err(Failure::Refused(Refusal(format!(
                "{other} and {title} would both get the secret {}; give each its own: `secret` under `[providers.NAME]` in publish-plan.toml",
                quoted(&located.path)
            ))));
        }
        known.push(SecretFile { path, file, title });
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
}

impl Located {
    /// The path as this run can open it.
    fn opened(&self, home: Option<&Path>) -> PathBuf {
        match (self.path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.from.join(&self.path),
        }
    }
}

/// What the flags and the settings file say together. A flag overrides the file.
pub(super) fn client_settings(
    options: &ClientOptions,
    wanted: &EffectiveSettings,
    output_paths: &OutputPaths,
    provider: &Capabilities,
) -> Result<ClientSettings, Failure> {
    let (flags, config) = (&options.settings.0, &wanted.config);
    for (setting, flag) in setting_flags::given(&options.settings).into_iter().filter(|(_, flag)| flag.is_private) {
        if let (Kind::Text(read), Some(value)) = (setting.kind, flags.value(setting)) {
            unrepeated(flag.name, read(&value.words()))?;
        }
    }
    let (here, folder) = (absolute(Path::new("."))?, absolute(&wanted.folder)?);
    let located = |setting: &Setting| {
        let (value, from) = match flags.value(setting) {
            Some(value) => (value, &here),
            None => (config.value(setting)?, &folder),
        };
        Some(Located { path: value.words(), from: from.clone() })
    };
    // A shared setting, if the provider uses it.
    let shared = |key: &Key<String>| {
        let is_read = key.setting.flag.is_some_and(|flag| provider.reads.flags.contains(&flag.name));
        located(&key.setting).filter(|_| is_read)
    };
    let seen = |located: &Located| output_paths.seen(&located.path, &located.from);
    let both = flags.over(Values::clone(config));
    let address = both.get(&RELAY_ADDRESS).filter(|_| provider.relay.is_needed);
    let identity = shared(&IDENTITY);
    let relay = match address {
        None => None,
        Some(address) => Some(Relay {
            address,
            identity: identity.as_ref().map(seen),
            public_key: identity
                .as_ref()
                .map(|identity| public_key(&identity.opened(output_paths.home.as_deref())))
                .transpose()?,
            known_hosts: shared(&KNOWN_HOSTS).as_ref().map(seen),
            web_ports: both.get(&WEB_PORTS).unwrap_or_default(),
        }),
    };
    let mut own = Values::default();
    for setting in provider.own_settings() {
        let value = match both.value(setting) {
            Some(Value::Path(_)) => located(setting).as_ref().map(seen).map(Value::Path),
            value => value.cloned(),
        };
        if let Some(value) = value {
            own.set(setting, value);
        }
    }
    Ok(ClientSettings {
        relay,
        secret: shared(&SECRET).as_ref().map(seen),
        host_names: wanted.settings.expose_options.host_names.clone(),
        own,
    })
}

/// The part of it that visitors need to know: nothing of the client's key and secret.
pub(super) fn for_visitors(
    options: &ClientOptions,
    wanted: &EffectiveSettings,
    provider: &Capabilities,
) -> ClientSettings {
    let both = options.settings.0.over(Values::clone(&wanted.config));
    let relay = both.get(&RELAY_ADDRESS).map(|address| Relay {
        address,
        identity: None,
        public_key: None,
        known_hosts: None,
        web_ports: both.get(&WEB_PORTS).unwrap_or_default(),
    });
    let mut own = Values::default();
    for setting in provider.own_settings() {
        both.value(setting).into_iter().for_each(|value| own.set(setting, value.clone()));
    }
    ClientSettings { relay, secret: None, host_names: wanted.settings.expose_options.host_names.clone(), own }
}

/// Names what the settings file decided: in a cloned repository it could name a stranger's relay and one of the user's keys.
/// None if flags decided everything.
pub(super) fn chosen_by_settings(
    options: &ClientOptions,
    provider: &Capabilities,
    client_settings: &ClientSettings,
) -> Option<String> {
    let relay = client_settings.relay.as_ref();
    let shared = [
        ("relay", &RELAY_ADDRESS.setting, relay.map(|relay| relay.address.to_string())),
        ("key", &IDENTITY.setting, relay.and_then(|relay| relay.identity.clone())),
        ("host keys", &KNOWN_HOSTS.setting, relay.and_then(|relay| relay.known_hosts.clone())),
        ("secret", &SECRET.setting, client_settings.secret.clone()),
    ];
    let own = provider.reads.settings.iter().filter_map(|setting| match client_settings.own.value(setting)? {
        Value::Path(path) => Some((setting.place().1, setting, Some(path.clone()))),
        _ => None,
    });
    let chosen = shared.into_iter().chain(own).filter(|(_, setting, _)| options.settings.0.value(setting).is_none());
    let words = chosen.filter_map(|(what, _, value)| Some(format!("{what} {}", quoted(&value?))));
    // In full: the digest is at the end, and a reference has no characters to escape.
    let images = images(provider, client_settings);
    let images = images.map(|image| format!("image `{image}` (it gets the client's secret)"));
    let words: Vec<String> = words.chain(images).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The images that settings name for a provider.
pub(super) fn images(
    provider: &Capabilities,
    client_settings: &ClientSettings,
) -> impl Iterator<Item = ImageReference> {
    let keys = provider.about.images.iter().filter_map(|image| image.setting.as_ref());
    keys.filter_map(|key| client_settings.own.get(key))
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
