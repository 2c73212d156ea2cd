//! The settings of files for a cluster where clabernetes runs the lab.

use crate::provider::{ClusterName, Commands, Flag, Key, Kind, Setting, Table, Unset, Weight, Word};

const fn flag(name: &'static str, value: &'static str, help: &'static str) -> Flag {
    Flag { name, value, help, commands: Commands::Compile, is_private: false }
}

/// Files for a cluster are written too.
pub(crate) const KUBERNETES: Key<bool> = Key::new(Setting {
    key: "kubernetes.files",
    table: Some(Table {
        description: "Files for a cluster where clabernetes runs the lab.",
        comment: "Files for a cluster where clabernetes runs the lab.",
    }),
    kind: Kind::Truth,
    flag: Some(flag(
        "kubernetes",
        "",
        "Also write files that run the tunnel client in Kubernetes, for a lab that clabernetes runs",
    )),
    weight: Weight::Other,
    unset: Unset::Default("false"),
    description: "Also write files for Kubernetes, like `--kubernetes`.",
    example: "true",
    ..Setting::GENERAL
});

/// The namespace of the lab.
pub(crate) const NAMESPACE: Key<ClusterName> = Key::text(Setting {
    key: "kubernetes.namespace",
    pattern: ClusterName::PATTERN,
    flag: Some(flag("namespace", "NAME", "Namespace of the lab in Kubernetes [default: `c9s-` and the lab's name]")),
    weight: Weight::Other,
    unset: Unset::Nothing("; `c9s-` and the lab's name"),
    description: "Namespace of the lab, like `--namespace`. Default: `c9s-` and the lab's name, as clabverter has it.",
    example: r#""c9s-demo""#,
    ..Setting::GENERAL
});

/// The name of the clabernetes Topology.
pub(crate) const TOPOLOGY: Key<ClusterName> = Key::text(Setting {
    key: "kubernetes.topology",
    pattern: ClusterName::PATTERN,
    flag: Some(flag("topology", "NAME", "Name of the clabernetes Topology [default: the lab's name]")),
    weight: Weight::Other,
    unset: Unset::Nothing("; the lab's name"),
    description: "Name of the clabernetes Topology, like `--topology`. Default: the lab's name.",
    example: r#""demo""#,
    ..Setting::GENERAL
});

/// How clabernetes names services.
pub(crate) const NAMING: Key<String> = Key::new(Setting {
    key: "kubernetes.naming",
    kind: Kind::Words(&[
        Word { word: "prefixed", help: "`<topology>-<node>`" },
        Word { word: "non-prefixed", help: "`<node>`" },
    ]),
    flag: Some(flag(
        "naming",
        "NAMING",
        "How the services of nodes are named in Kubernetes, as `naming` of the Topology says [default: prefixed]",
    )),
    weight: Weight::Other,
    unset: Unset::Default(r#""prefixed""#),
    description: "How the services of nodes are named, like `--naming`. Default: `prefixed`.",
    example: r#""non-prefixed""#,
    ..Setting::GENERAL
});
