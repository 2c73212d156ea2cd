//! The settings that every provider, or more than one, uses. Those of one provider are in its directory.

pub(crate) use super::kubernetes::{KUBERNETES, NAMESPACE, NAMING, TOPOLOGY};
pub(crate) use super::relay::{IDENTITY, KNOWN_HOSTS, PINS, RELAY_ADDRESS, RELAY_PORTS, SECRET, WEB_PORTS};
use crate::provider::{
    Commands, Domain, Flag, HostTemplate, JumpHost, Key, Kind, Readers, Setting, Subscription, Table, Unset, Weight,
    Word,
};

/// All of them. In this order, `--show-settings` and comparisons list them; tables with free names come last.
pub(super) static TABLE: &[Setting] = &[
    PROVIDER.setting,
    ROUTES.setting,
    ACL.setting,
    EXCLUDE.setting,
    ENTRIES.setting,
    ONE_ACCOUNT.setting,
    REQUIRE_IGNORE_REASON.setting,
    TCP_LIMIT.setting,
    HTTP_LIMIT.setting,
    TIER.setting,
    SECRET.setting,
    JUMP_HOST.setting,
    FOLD.setting,
    NODE.setting,
    DOMAIN.setting,
    TEMPLATE.setting,
    RELAY_ADDRESS.setting,
    RELAY_PORTS.setting,
    WEB_PORTS.setting,
    IDENTITY.setting,
    KNOWN_HOSTS.setting,
    PINS.setting,
    KUBERNETES.setting,
    NAMESPACE.setting,
    TOPOLOGY.setting,
    NAMING.setting,
    RULES.setting,
];

/// The name of the provider.
pub(crate) const PROVIDER: Key<String> = Key::new(Setting {
    key: "provider",
    kind: Kind::Provider,
    flag: Some(Flag::plan(
        "provider",
        "NAME,…",
        "Tunnel provider; of several, each socket goes to the first that supports it [default: from publish-plan.toml, otherwise from the topology's tunnel node]",
    )),
    unset: Unset::Nothing("; from the topology's tunnel node, if it has one"),
    description: "Tunnel provider, like `--provider`. Of several, in a list, each socket goes to the first that carries its type and enforces its acl.",
    comment: "The tunnel provider; run `publish-plan providers` for a list. If not set, the kind of the topology's tunnel node decides.\nOf several, [\"gateway\", \"ssh\"], each socket goes to the first that carries its type and enforces its acl.",
    example: r#""ssh""#,
    ..Setting::GENERAL
});

/// The providers that some sockets go to, whatever the order of the others is.
pub(crate) const ROUTES: Key<String> = Key::new(Setting {
    key: "routes",
    kind: Kind::Routes,
    description: "Providers of some sockets, by `type:TYPE`, `node:NAME`, or `socket:NAME`; a `*` in a name stands for any characters. A socket goes to each provider of its route. A route for a socket wins over one for a node, and that over one for a type.",
    comment: "Where some sockets go, by type, node, or socket; a `*` in a name stands for any characters. The narrowest route wins.",
    example: r#""node:leaf*" = "tailscale""#,
    ..Setting::GENERAL
});

/// Whether the items of acls are `identities` or `policies`.
pub(crate) const ACL: Key<String> = Key::new(Setting {
    key: "acl",
    kind: Kind::Words(&[
        Word { word: "identities", help: "Email addresses and domains; anything else is a policy name" },
        Word { word: "policies", help: "Policy names only, even if they look like addresses or domains" },
    ]),
    flag: Some(Flag::plan(
        "acl",
        "READING",
        "How to read the items of an acl, the access list (who may connect) [default: policies if the topology has a border0 node, otherwise identities]",
    )),
    weight: Weight::Other,
    unset: Unset::Nothing("; policies if the topology has a border0 node, otherwise identities"),
    description: "How to read the items of an acl (access list), like `--acl`.",
    comment: "How to read the items of an acl, the access list (who may connect): \"identities\" (addresses and domains) or \"policies\".",
    example: r#""identities""#,
    ..Setting::GENERAL
});

/// Topologies that are skipped in directory searches, as patterns relative to the file's directory.
pub(crate) const EXCLUDE: Key<String> = Key::new(Setting {
    key: "exclude",
    kind: Kind::List { item: "a pattern", expected: "a list of quoted patterns, as in a .gitignore" },
    weight: Weight::Gate,
    readers: Readers::Check,
    unset: Unset::Default("[]"),
    description: "Patterns as in a .gitignore, relative to this file's directory: topologies to skip in directory searches. A file passed by name is still checked.",
    comment: "Topologies to skip in directory searches, as in a .gitignore. A file passed by name is still checked.",
    example: r#"["attic/"]"#,
    ..Setting::GENERAL
});

/// Entries files that are not beside their topologies.
pub(crate) const ENTRIES: Key<String> = Key::new(Setting {
    key: "entries",
    kind: Kind::List { item: "a file path", expected: "a list of quoted file paths" },
    weight: Weight::Other,
    unset: Unset::Default("[]"),
    description: "Entries files, relative to this file's directory: each is read with the topology that it names, wherever that is, and a search of this directory checks them too. They must be in the same repository, or without one, in this directory.",
    comment: "Entries files, which publish labs whose topologies stay as they are. One with the name of its topology,\n`lab.publish.yml` next to `lab.clab.yml`, need not be listed.",
    example: r#"["labs/shared.yml"]"#,
    ..Setting::GENERAL
});

/// The topologies that the file applies to share an account.
pub(crate) const ONE_ACCOUNT: Key<bool> = Key::new(Setting {
    key: "one-account",
    kind: Kind::Truth,
    flag: Some(Flag {
        name: "one-account",
        value: "",
        help: "Count the sockets of all files together, as one account",
        commands: Commands::Check,
        is_private: false,
    }),
    weight: Weight::Gate,
    readers: Readers::Check,
    unset: Unset::Default("false"),
    description: "The topologies covered by this file share one account, like `--one-account`.",
    comment: "Whether all these topologies share one account, so that their sockets are counted together.",
    example: "true",
    ..Setting::GENERAL
});

/// Require a reason in every comment that ignores a rule.
pub(crate) const REQUIRE_IGNORE_REASON: Key<bool> = Key::new(Setting {
    key: "require-ignore-reason",
    kind: Kind::Truth,
    weight: Weight::Gate,
    readers: Readers::Check,
    unset: Unset::Default("false"),
    description: "Require a reason in every comment that ignores a rule.",
    comment: "Require a reason in every comment that ignores a rule.",
    example: "true",
    ..Setting::GENERAL
});

const LIMIT: Flag =
    Flag::plan("limit", "CLASS=N,…", "Number of sockets the account allows, for example `tcp=20,http=50`");

/// The account's limit of tcp-based sockets.
pub(crate) const TCP_LIMIT: Key<usize> = Key::new(Setting {
    key: "limits.tcp",
    table: Some(Table {
        description: "Number of sockets the account allows at once, like `--limit`.",
        comment: "The number of sockets the account allows at once.",
    }),
    kind: Kind::NUMBER,
    flag: Some(LIMIT),
    weight: Weight::Gate,
    unset: Unset::Nothing("; the provider's limit"),
    example: "20",
    ..Setting::SHARED
});

/// The account's limit of http-based sockets.
pub(crate) const HTTP_LIMIT: Key<usize> =
    Key::new(Setting { key: "limits.http", table: None, example: "50", ..TCP_LIMIT.setting });

/// The account's tier.
pub(crate) const TIER: Key<Subscription> = Key::new(Setting {
    key: "tier",
    old_name: Some("plan"),
    kind: Kind::Words(&[Word { word: "free", help: "" }, Word { word: "paid", help: "" }]),
    flag: Some(Flag::plan(
        "tier",
        "TIER",
        "Account tier: decides which types and how many sockets the provider carries [default: free]",
    )),
    weight: Weight::Gate,
    unset: Unset::Default(r#""free""#),
    description: "Account tier, like `--tier`. It decides which types and how many sockets the provider carries. Default: `free`.",
    comment: "The account's tier with the provider: \"free\" or \"paid\". It decides which types and how many sockets the provider carries.",
    example: r#""paid""#,
    ..Setting::SHARED
});

/// The node through whose SSH the others are reached.
pub(crate) const JUMP_HOST: Key<JumpHost> = Key::text(Setting {
    key: "jump-host",
    flag: Some(Flag::plan(
        "jump-host",
        "NODE[:PORT]",
        "If there are more sockets than the account allows, publish only this node's SSH port and reach the other nodes through it",
    )),
    description: "The jump host, as a node name or `node:port`, through whose SSH the others are reached if there are more sockets than the account allows, like `--jump-host`.",
    comment: "The jump host: the node through whose SSH the others are reached if there are more sockets than the account allows, or\nalways with fold = true.",
    example: r#""r1""#,
    ..Setting::GENERAL
});

/// The other nodes are always reached through the jump host.
pub(crate) const FOLD: Key<bool> = Key::new(Setting {
    key: "fold",
    kind: Kind::Truth,
    flag: Some(Flag::plan("fold", "", "Always reach the other nodes through the jump host")),
    weight: Weight::Other,
    unset: Unset::Default("false"),
    description: "Always reach the other nodes through the jump host, like `--fold`.",
    example: "true",
    ..Setting::GENERAL
});

/// The tunnel client is a node of the topology.
pub(crate) const NODE: Key<bool> = Key::new(Setting {
    key: "node",
    kind: Kind::Truth,
    flag: Some(Flag {
        name: "node",
        value: "",
        help: "Run the tunnel client as a node of the topology, so that containerlab opens and closes the tunnels with the lab",
        commands: Commands::Compile,
        is_private: false,
    }),
    weight: Weight::Other,
    unset: Unset::Default("false"),
    description: "Run the tunnel client as a node of the topology, like `--node`.",
    comment: "Whether the tunnel client runs as a node of the topology, so that `containerlab deploy` and `destroy` open and close\nthe tunnels with the lab.",
    example: "true",
    ..Setting::GENERAL
});

/// The domain of sockets' hostnames.
pub(crate) const DOMAIN: Key<Domain> = Key::text(Setting {
    key: "names.domain",
    table: Some(Table {
        description: "Hostnames of sockets, for providers that use them.",
        comment: "Hostnames of sockets, for providers that use them.",
    }),
    pattern: Domain::PATTERN,
    flag: Some(Flag::plan(
        "domain",
        "DOMAIN",
        "Domain for the hostnames of sockets, with providers that use hostnames",
    )),
    readers: Readers::HostNames,
    description: "Domain for the hostnames, like `--domain`.",
    example: r#""lab.example.net""#,
    ..Setting::SHARED
});

/// The template of sockets' hostnames.
pub(crate) const TEMPLATE: Key<HostTemplate> = Key::text(Setting {
    key: "names.template",
    pattern: r"(^|\.)\{domain\}$",
    weight: Weight::Other,
    readers: Readers::HostNames,
    unset: Unset::Default(r#""{node}-{port}.{domain}""#),
    description: "Template for the hostnames, with `{node}`, `{port}`, `{type}`, `{lab}`, and `{domain}`. Default: `{node}-{port}.{domain}`.",
    example: r#""{node}-{port}.{domain}""#,
    ..Setting::SHARED
});

/// The severities of rules.
pub(crate) const RULES: Key<String> = Key::new(Setting {
    key: "rules",
    kind: Kind::Rules,
    weight: Weight::Gate,
    readers: Readers::Check,
    description: "Severity of each rule's findings, or `ignore` to hide them. This never changes what stops `compile`.",
    comment: "The severity of each rule: \"error\", \"warning\", \"info\", or \"ignore\". Run `publish-plan rules` for a list.\nA severity never changes what stops `compile`.",
    example: r#"open-to-anyone = "error""#,
    ..Setting::GENERAL
});

#[cfg(test)]
mod tests {
    use std::fmt::Display;
    use std::str::FromStr;

    use super::*;

    #[test]
    fn every_setting_is_in_the_table() {
        let declared = [include_str!("table.rs"), include_str!("relay.rs"), include_str!("kubernetes.rs")]
            .map(|source| source.matches("\npub(crate) const ").count())
            .iter()
            .sum::<usize>();
        assert_eq!(declared, TABLE.len());
    }

    #[test]
    fn a_default_is_the_one_of_its_type() {
        fn is_so<T: FromStr + Default + Display>(key: &Key<T>) {
            let Unset::Default(value) = key.setting.unset else { panic!("{} has no default", key.setting.key) };
            assert_eq!(value, format!("{:?}", T::default().to_string()));
        }
        is_so(&TEMPLATE);
        is_so(&RELAY_PORTS);
        assert_eq!("free".parse(), Ok(Subscription::default()));
    }
}
