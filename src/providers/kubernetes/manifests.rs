//! The manifests, as values.

use std::net::IpAddr;

use super::pod::{FOLDER, Pod, PodContainer};
use super::{Cluster, Destination};
use crate::providers::Yaml;

/// The user of the pod: `nobody` in Alpine, whose images the clients are based on. ssh needs one that has a name.
const NOBODY: u32 = 65534;
/// Files of a Secret: to be read by the group, which is the pod's. ssh accepts that, because they belong to another user.
const GROUP_READS: u32 = 0o440;

fn object(api: &str, kind: &str, metadata: Yaml, rest: Vec<(&str, Yaml)>) -> Yaml {
    let mut pairs = vec![
        ("apiVersion".to_owned(), Yaml::text(api)),
        ("kind".to_owned(), Yaml::text(kind)),
        ("metadata".to_owned(), metadata),
    ];
    pairs.extend(rest.into_iter().map(|(key, value)| (key.to_owned(), value)));
    Yaml::Map(pairs)
}

fn metadata(cluster: &Cluster, name: String) -> Yaml {
    Yaml::map([
        ("name", Yaml::Text(name)),
        ("namespace", Yaml::text(cluster.namespace.to_string())),
        ("labels", labels(cluster)),
    ])
}

fn labels(cluster: &Cluster) -> Yaml {
    let of_lab = [
        ("app.kubernetes.io/name", Yaml::text("publish-tunnel")),
        ("app.kubernetes.io/instance", Yaml::text(cluster.topology.to_string())),
    ];
    let of_provider = cluster.provider.map(|provider| ("app.kubernetes.io/component", Yaml::text(provider)));
    let pairs = of_lab.into_iter().chain(of_provider);
    Yaml::Map(pairs.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The pod with the client: one at a time, without rights, and without an account of the cluster.
pub(super) fn deployment(cluster: &Cluster, pod: &Pod) -> Yaml {
    let mut volumes = vec![Yaml::map([("name", Yaml::text("tmp")), ("emptyDir", Yaml::Map(Vec::new()))])];
    if !pod.files.is_empty() {
        volumes.push(Yaml::map([
            ("name", Yaml::text("files")),
            ("configMap", Yaml::map([("name", Yaml::text(&pod.config_map))])),
        ]));
    }
    if pod.secret_folder.is_some() {
        let items = pod.secrets.iter().map(|(key, _)| Yaml::map([("key", Yaml::text(key)), ("path", Yaml::text(key))]));
        let secret = Yaml::map([
            ("secretName", Yaml::Text(cluster.name())),
            ("defaultMode", Yaml::Number(GROUP_READS)),
            ("items", Yaml::List(items.collect())),
        ]);
        volumes.push(Yaml::map([("name", Yaml::text("secrets")), ("secret", secret)]));
    }
    let spec = Yaml::map([
        ("automountServiceAccountToken", Yaml::Truth(false)),
        ("enableServiceLinks", Yaml::Truth(false)),
        (
            "securityContext",
            Yaml::map([
                ("runAsNonRoot", Yaml::Truth(true)),
                ("runAsUser", Yaml::Number(NOBODY)),
                ("runAsGroup", Yaml::Number(NOBODY)),
                ("fsGroup", Yaml::Number(NOBODY)),
                ("seccompProfile", Yaml::map([("type", Yaml::text("RuntimeDefault"))])),
            ]),
        ),
        ("containers", Yaml::List(pod.containers.iter().map(|one| container(cluster, pod, one)).collect())),
        ("volumes", Yaml::List(volumes)),
    ]);
    let template = Yaml::map([("metadata", Yaml::map([("labels", labels(cluster))])), ("spec", spec)]);
    let spec = Yaml::map([
        ("replicas", Yaml::Number(1)),
        // Two at a time would want the same ports of a relay.
        ("strategy", Yaml::map([("type", Yaml::text("Recreate"))])),
        ("selector", Yaml::map([("matchLabels", labels(cluster))])),
        ("template", template),
    ]);
    object("apps/v1", "Deployment", metadata(cluster, cluster.name()), vec![("spec", spec)])
}

fn container(cluster: &Cluster, pod: &Pod, container: &PodContainer) -> Yaml {
    let mount = |name: &str, path: &str, is_read_only: bool| {
        let mut pairs = vec![("name".to_owned(), Yaml::text(name)), ("mountPath".to_owned(), Yaml::text(path))];
        if is_read_only {
            pairs.push(("readOnly".to_owned(), Yaml::Truth(true)));
        }
        Yaml::Map(pairs)
    };
    let mut mounts = vec![mount("tmp", "/tmp", false)];
    if !pod.files.is_empty() {
        mounts.push(mount("files", FOLDER, true));
    }
    mounts.extend(pod.secret_folder.as_deref().map(|folder| mount("secrets", folder, true)));
    let variable = |name: &str, key: &str| {
        let of = Yaml::map([("name", Yaml::Text(cluster.name())), ("key", Yaml::text(key))]);
        Yaml::map([("name", Yaml::text(name)), ("valueFrom", Yaml::map([("secretKeyRef", of)]))])
    };
    let mut env = vec![Yaml::map([("name", Yaml::text("HOME")), ("value", Yaml::text("/tmp"))])];
    env.extend(pod.secret_variable.as_ref().map(|(name, key)| variable(name, key)));
    env.extend(pod.confirmation.map(|name| variable(name, CONFIRMED)));
    Yaml::map([
        ("name", Yaml::text(&container.name)),
        ("image", Yaml::text(&container.image)),
        ("command", Yaml::texts(&container.command)),
        ("env", Yaml::List(env)),
        (
            "securityContext",
            Yaml::map([
                ("allowPrivilegeEscalation", Yaml::Truth(false)),
                ("readOnlyRootFilesystem", Yaml::Truth(true)),
                ("capabilities", Yaml::map([("drop", Yaml::texts(["ALL"]))])),
            ]),
        ),
        (
            "resources",
            Yaml::map([
                ("requests", Yaml::map([("cpu", Yaml::text("20m")), ("memory", Yaml::text("32Mi"))])),
                ("limits", Yaml::map([("memory", Yaml::text("256Mi"))])),
            ]),
        ),
        ("volumeMounts", Yaml::List(mounts)),
    ])
}

/// The key of the Secret by which the user confirms what an account has.
pub(super) const CONFIRMED: &str = "confirmed";

/// The client's files. They never change under this name.
pub(super) fn config_map(cluster: &Cluster, pod: &Pod) -> Yaml {
    let data = pod.files.iter().map(|(name, text)| (name.clone(), Yaml::text(text))).collect();
    let rest = vec![("immutable", Yaml::Truth(true)), ("data", Yaml::Map(data))];
    object("v1", "ConfigMap", metadata(cluster, pod.config_map.clone()), rest)
}

/// Nothing reaches the pod, and it reaches the published nodes, the cluster's DNS, and what is outside.
pub(super) fn network_policy<'n>(
    cluster: &Cluster,
    destinations: &[Destination],
    nodes: impl Iterator<Item = &'n str>,
) -> Yaml {
    let mut names: Vec<&str> = nodes.collect();
    names.sort_unstable();
    names.dedup();
    // Without ports: a service's own ports lead to ports of the pod that clabernetes chooses.
    let of_node = Yaml::map([
        ("matchLabels", Yaml::map([("clabernetes/topologyOwner", Yaml::text(cluster.topology.to_string()))])),
        (
            "matchExpressions",
            Yaml::List(vec![Yaml::map([
                ("key", Yaml::text("clabernetes/topologyNode")),
                ("operator", Yaml::text("In")),
                ("values", Yaml::texts(names)),
            ])]),
        ),
    ]);
    let to_nodes = Yaml::map([("to", Yaml::List(vec![Yaml::map([("podSelector", of_node)])]))]);
    let system = Yaml::map([("matchLabels", Yaml::map([("kubernetes.io/metadata.name", Yaml::text("kube-system"))]))]);
    let to_dns = Yaml::map([
        ("to", Yaml::List(vec![Yaml::map([("namespaceSelector", system)])])),
        ("ports", Yaml::List(["UDP", "TCP"].into_iter().map(|protocol| port(protocol, Some(53))).collect())),
    ]);
    let mut egress = vec![to_nodes, to_dns];
    egress.extend(destinations.iter().map(destination));
    let spec = Yaml::map([
        ("podSelector", Yaml::map([("matchLabels", labels(cluster))])),
        ("policyTypes", Yaml::texts(["Ingress", "Egress"])),
        ("egress", Yaml::List(egress)),
    ]);
    object("networking.k8s.io/v1", "NetworkPolicy", metadata(cluster, cluster.name()), vec![("spec", spec)])
}

fn port(protocol: &str, port: Option<u16>) -> Yaml {
    let mut pairs = vec![("protocol".to_owned(), Yaml::text(protocol))];
    pairs.extend(port.map(|port| ("port".to_owned(), Yaml::Number(port.into()))));
    Yaml::Map(pairs)
}

/// A policy knows addresses only; where they are not known, every address is meant.
fn destination(destination: &Destination) -> Yaml {
    let blocks = match destination.address {
        Some(IpAddr::V4(address)) => vec![format!("{address}/32")],
        Some(IpAddr::V6(address)) => vec![format!("{address}/128")],
        None => vec!["0.0.0.0/0".to_owned(), "::/0".to_owned()],
    };
    let blocks = blocks.into_iter().map(|cidr| Yaml::map([("ipBlock", Yaml::map([("cidr", Yaml::Text(cidr))]))]));
    Yaml::map([
        ("to", Yaml::List(blocks.collect())),
        ("ports", Yaml::List(vec![port(destination.protocol, destination.port)])),
    ])
}

/// Takes away the `LoadBalancer` services of all nodes, which are there unless the Topology says something else.
pub(super) fn topology_patch(cluster: &Cluster) -> Yaml {
    let metadata = Yaml::map([
        ("name", Yaml::text(cluster.topology.to_string())),
        ("namespace", Yaml::text(cluster.namespace.to_string())),
    ]);
    let spec = Yaml::map([("expose", Yaml::map([("exposeType", Yaml::text("ClusterIP"))]))]);
    object("clabernetes.containerlab.dev/v1alpha1", "Topology", metadata, vec![("spec", spec)])
}

/// What `kubectl apply -k` applies.
pub(super) fn kustomization(resources: &[&str]) -> Yaml {
    Yaml::map([
        ("apiVersion", Yaml::text("kustomize.config.k8s.io/v1beta1")),
        ("kind", Yaml::text("Kustomization")),
        ("resources", Yaml::texts(resources.iter().copied())),
    ])
}
