use crate::base::Spelled;
use crate::capability::Capabilities;
use crate::resolve::{Lab, is_usable_proxy};

/// The network that containerlab makes where the topology names none (semantics.md, section 5).
const USUAL_NETWORK: &str = "clab";

/// What a topology says about the tunnel client itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The lab's management network.
    pub network: String,
    /// The image of the provider's tunnel node.
    pub image: Option<Spelled>,
    /// Where on the host the tunnel node's token lies, as the topology says it: seen from the topology's folder.
    pub token: Option<Spelled>,
    /// The HTTP proxy of the tunnel node, where its client would use it.
    pub proxy: Option<String>,
}

/// Looks around in a lab for the provider's tunnel node.
pub(crate) fn surroundings(lab: &Lab<'_>, capabilities: &Capabilities) -> Surroundings {
    let network = lab.topology.management_network.map_or(USUAL_NETWORK, |network| network.value).to_owned();
    let node = capabilities.tunnel_kind.and_then(|kind| lab.tunnel_nodes().find(|node| node.is_of_kind(&[kind])));
    let Some(node) = node else { return Surroundings { network, ..Surroundings::default() } };
    let binds = node.binds.iter().map(|bind| lab.spelled(*bind));
    let token = capabilities.token_bind.and_then(|token| bound_to(token.destination, binds));
    let proxy = node.proxy.map(|proxy| proxy.value).filter(|proxy| capabilities.reads_proxy && is_usable_proxy(proxy));
    Surroundings { network, image: node.image.map(|image| lab.spelled(image)), token, proxy: proxy.map(str::to_owned) }
}

/// The host's side of the first bind (`HOST:CONTAINER[:OPTIONS]`) for `destination`; where a variable hides which part that is,
/// the whole bind is shown.
pub(crate) fn bound_to(destination: &str, binds: impl IntoIterator<Item = Spelled>) -> Option<Spelled> {
    binds.into_iter().find_map(|bind| {
        let mut parts = bind.value.split(':');
        let host = parts.next().filter(|host| !host.is_empty() && parts.next() == Some(destination))?;
        let shown = bind.shown.rsplit_once(&format!(":{destination}")).map_or(bind.shown.as_str(), |(host, _)| host);
        Some(Spelled { value: host.to_owned(), shown: shown.to_owned() })
    })
}
