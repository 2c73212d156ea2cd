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
    pub image: Option<String>,
    /// Where on the host the tunnel node's token lies, as the topology says it: seen from the topology's folder.
    pub token: Option<String>,
    /// The HTTP proxy of the tunnel node, where its client would use it.
    pub proxy: Option<String>,
}

/// Looks around in a lab for the provider's tunnel node.
pub(crate) fn surroundings(lab: &Lab<'_>, capabilities: &Capabilities) -> Surroundings {
    let network = lab.topology.management_network.map_or(USUAL_NETWORK, |network| network.value).to_owned();
    let node = capabilities.tunnel_kind.and_then(|kind| lab.tunnel_nodes().find(|node| node.is_of_kind(&[kind])));
    let Some(node) = node else { return Surroundings { network, ..Surroundings::default() } };
    let token = capabilities.token_bind.and_then(|token| {
        node.binds.iter().find_map(|bind| {
            let mut parts = bind.value.split(':');
            let (host, container) = (parts.next()?, parts.next()?);
            (container == token.destination && !host.is_empty()).then(|| host.to_owned())
        })
    });
    let proxy = node.proxy.map(|proxy| proxy.value).filter(|proxy| capabilities.reads_proxy && is_usable_proxy(proxy));
    Surroundings {
        network,
        image: node.image.map(|image| image.value.to_owned()),
        token,
        proxy: proxy.map(str::to_owned),
    }
}
