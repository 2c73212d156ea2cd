//! The settings about the relay, its ports, and the client's secret, which several providers share.

use crate::provider::{Flag, Key, Kind, Readers, RelayAddress, RelayPorts, Setting, Table, Unset, WebPorts, Weight};

/// The file with the client's secret.
pub(crate) const SECRET: Key<String> = Key::new(Setting {
    key: "secret",
    flag: Some(Flag::compile(
        "secret",
        "FILE",
        "File with the client's secret: frp token, bore secret, Tailscale auth key, or ngrok authtoken. Only its path is used",
    )),
    readers: Readers::Flag,
    description: "File with the client's secret, like `--secret`. Relative to this file's directory, or starting with `~/`. Never read.",
    comment: "The file with the client's secret: frp token, bore secret, Tailscale auth key, or ngrok authtoken. The path is relative to\nthis directory; publish-plan never reads the file.",
    example: r#""~/.lab-secret""#,
    ..Setting::SHARED
});

/// The address of the relay.
pub(crate) const RELAY_ADDRESS: Key<RelayAddress> = Key::text(Setting {
    key: "relay.address",
    table: Some(Table {
        description: "The relay for ssh, frp, and bore, or the gateway, and the ports that visitors connect to.",
        comment: "The relay for ssh, frp, or bore, or the gateway, and the ports that visitors connect to. Paths are relative to this\ndirectory.",
    }),
    pattern: r"^([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9_\[]",
    flag: Some(Flag {
        is_private: true,
        ..Flag::compile(
            "relay",
            "ADDRESS",
            "Relay for ssh, frp, or bore, or the gateway: `host`, `user@host`, or `user@host:port`",
        )
    }),
    readers: Readers::Flag,
    description: "Address of the relay: `host`, `user@host`, or `user@host:port`, like `--relay`.",
    example: r#""tunnel@relay.example.net""#,
    ..Setting::SHARED
});

/// The ports that visitors connect to.
pub(crate) const RELAY_PORTS: Key<RelayPorts> = Key::text(Setting {
    key: "relay.ports",
    pattern: "^[0-9]{4,5}-[0-9]{4,5}$",
    flag: Some(Flag::plan(
        "relay-ports",
        "FIRST-LAST",
        "Ports that visitors connect to: on the gateway, on the relay of ssh, frp, or bore, or on the tailscale node [default: 20000-29999]",
    )),
    weight: Weight::Other,
    readers: Readers::Ports,
    unset: Unset::Default(r#""20000-29999""#),
    description: "Relay ports for sockets, `first-last`, 1024 or higher, like `--relay-ports`.",
    example: r#""20000-29999""#,
    ..Setting::SHARED
});

/// The ports where the relay accepts visitors by hostname.
pub(crate) const WEB_PORTS: Key<WebPorts> = Key::text(Setting {
    key: "relay.web-ports",
    pattern: "^[0-9]{1,5},[0-9]{1,5}$",
    flag: Some(Flag::compile(
        "relay-web-ports",
        "HTTP,HTTPS",
        "HTTP and HTTPS ports where the frp relay accepts visitors by hostname [default: 80,443]",
    )),
    weight: Weight::Other,
    readers: Readers::Flag,
    description: "HTTP and HTTPS ports where the frp relay accepts visitors by hostname, `http,https`, like `--relay-web-ports`.",
    example: r#""80,443""#,
    ..Setting::SHARED
});

/// The private key for the relay.
pub(crate) const IDENTITY: Key<String> = Key::new(Setting {
    key: "relay.identity",
    kind: Kind::Path("the path to a private key"),
    flag: Some(Flag::compile(
        "identity",
        "FILE",
        "Private key for the ssh relay; the public key in FILE.pub goes into `authorized_keys`",
    )),
    readers: Readers::Flag,
    description: "Private key for the relay, like `--identity`. Relative to this file's directory, or starting with `~/`. The public key must be next to it, with `.pub` added to its name.",
    example: r#""~/.ssh/relay-key""#,
    ..Setting::SHARED
});

/// The file with the relay's host key.
pub(crate) const KNOWN_HOSTS: Key<String> = Key::new(Setting {
    key: "relay.known-hosts",
    flag: Some(Flag::compile(
        "known-hosts",
        "FILE",
        "File with the host key of the ssh relay [default: `~/.ssh/known_hosts`]",
    )),
    readers: Readers::Flag,
    description: "File with the relay's host key, like `--known-hosts`. Relative to this file's directory, or starting with `~/`.",
    example: r#""~/.ssh/known_hosts""#,
    ..Setting::SHARED
});

/// The ports pinned to sockets, by the sockets' names. No two are the same.
pub(crate) const PINS: Key<u16> = Key::new(Setting {
    key: "relay.pins",
    kind: Kind::Pins,
    // With a jump host, they are ports on the visitor's machine, with every provider.
    weight: Weight::Other,
    description: "Ports of sockets, by the names in the plan. A port is kept for its socket even while the lab has no such socket.",
    comment: "The ports of sockets, by their names in the plan. A port is kept for its socket, also while the lab has no such socket.",
    example: r#""clab-demo-r1-tcp-22" = 20022"#,
    ..Setting::SHARED
});
