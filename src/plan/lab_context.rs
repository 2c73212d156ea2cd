use crate::base::{Spelled, WrittenProxy};
use crate::model::Text;
use crate::provider::{Capabilities, Fact, TOPOLOGY, TUNNEL_IMAGE, TUNNEL_PROXY, TUNNEL_TOKEN};
use crate::resolve::Lab;

/// The network that containerlab creates if the topology names none (spec/names.md#where-a-tunnel-leads).
const USUAL_NETWORK: &str = "clab";
/// The prefix of container names if the topology sets none (the same section).
const USUAL_PREFIX: &str = "clab";

/// What a topology says about the tunnel client itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabContext {
    /// The lab's management network.
    pub network: String,
    /// The image of the provider's tunnel node.
    pub image: Option<Spelled>,
    /// The path of the tunnel node's token on the host, as the topology has it: relative to the topology's directory.
    pub token: Option<Spelled>,
    /// The HTTP proxy of the tunnel node, if its client would use it.
    pub proxy: Option<String>,
}

/// Finds the provider's tunnel node in a lab. The facts are its settings, and the names that decide which containers are reached.
pub(crate) fn lab_context(lab: &Lab<'_>, capabilities: &Capabilities) -> (LabContext, Vec<Fact>) {
    let usual = |word: &str| Spelled { value: word.to_owned(), shown: word.to_owned() };
    let or_usual = |text: Option<Text<'_>>, word: &str| text.map_or_else(|| usual(word), |text| lab.spelled(text));
    let node = capabilities.node.kind.and_then(|kind| lab.tunnel_nodes().find(|node| node.is_of_kind(&[kind])));
    let network = or_usual(lab.topology.management_network, USUAL_NETWORK);
    let image = node.and_then(|node| node.image).map(|image| lab.spelled(image));
    let token = node.and_then(|node| {
        let binds = node.binds.iter().map(|bind| lab.spelled(*bind));
        bound_to(capabilities.node.token?.destination, binds)
    });
    let proxy = node.and_then(|node| node.proxy);
    let proxy = proxy.filter(|proxy| capabilities.node.reads_proxy && WrittenProxy::read(proxy.value).is_some());
    let proxy = proxy.map(|proxy| lab.spelled(proxy));
    let without_password = |proxy: &Spelled| Spelled { shown: without_password(&proxy.shown), ..proxy.clone() };
    let facts = [
        ("name", lab.topology.name.map(|name| lab.spelled(name))),
        ("prefix", Some(or_usual(lab.topology.prefix, USUAL_PREFIX))),
        ("mgmt.network", Some(network.clone())),
        (TOPOLOGY, lab.topology.entries_file.as_ref().and_then(|file| file.topology).map(|path| lab.spelled(path))),
        (TUNNEL_IMAGE, image.clone()),
        (TUNNEL_TOKEN, token.clone()),
        (TUNNEL_PROXY, proxy.as_ref().map(without_password)),
    ];
    let fact = |(key, spelled): (&'static str, Option<Spelled>)| {
        let Spelled { value, shown } = spelled?;
        Some(Fact::of_topology(key, shown).meaning(value))
    };
    let lab_context = LabContext { network: network.value, image, token, proxy: proxy.map(|proxy| proxy.value) };
    (lab_context, facts.into_iter().filter_map(fact).collect())
}

/// The host's side of the first bind (`HOST:CONTAINER[:OPTIONS]`) for `destination`; the whole bind if a variable hides which
/// part that is.
pub(crate) fn bound_to(destination: &str, binds: impl IntoIterator<Item = Spelled>) -> Option<Spelled> {
    binds.into_iter().find_map(|bind| {
        let mut parts = bind.value.split(':');
        let host = parts.next().filter(|host| !host.is_empty() && parts.next() == Some(destination))?;
        let shown = bind.shown.rsplit_once(&format!(":{destination}")).map_or(bind.shown.as_str(), |(host, _)| host);
        Some(Spelled { value: host.to_owned(), shown: shown.to_owned() })
    })
}

/// There may be a password before an `@`.
fn without_password(proxy: &str) -> String {
    proxy.rsplit_once('@').map_or_else(|| proxy.to_owned(), |(_, host)| format!("…@{host}"))
}
