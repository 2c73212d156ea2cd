use crate::base::Spelled;
use crate::capability::{Capabilities, Fact, TUNNEL_IMAGE, TUNNEL_PROXY, TUNNEL_TOKEN};
use crate::model::Text;
use crate::resolve::{Lab, is_usable_proxy};

/// The network that containerlab makes where the topology names none (semantics.md, section 5).
const USUAL_NETWORK: &str = "clab";
/// What it puts before the names of containers where the topology says nothing (the same section).
const USUAL_PREFIX: &str = "clab";

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

/// Looks around in a lab for the provider's tunnel node. The facts are what is found, with the names that decide which
/// containers are reached.
pub(crate) fn surroundings(lab: &Lab<'_>, capabilities: &Capabilities) -> (Surroundings, Vec<Fact>) {
    let said = |text: Option<Text<'_>>| text.map(|text| lab.spelled(text));
    let or_usual =
        |text, usual: &str| said(text).unwrap_or_else(|| Spelled { value: usual.to_owned(), shown: usual.to_owned() });
    let node = capabilities.tunnel_kind.and_then(|kind| lab.tunnel_nodes().find(|node| node.is_of_kind(&[kind])));
    let network = or_usual(lab.topology.management_network, USUAL_NETWORK);
    let image = said(node.and_then(|node| node.image));
    let token = node.and_then(|node| {
        bound_to(capabilities.token_bind?.destination, node.binds.iter().map(|bind| lab.spelled(*bind)))
    });
    let proxy = node.and_then(|node| node.proxy);
    let proxy = proxy.filter(|proxy| capabilities.reads_proxy && is_usable_proxy(proxy.value));
    let proxy = said(proxy).map(|said| Spelled { shown: without_password(&said.shown), ..said });
    let surroundings = Surroundings {
        network: network.value.clone(),
        image: image.clone(),
        token: token.clone(),
        proxy: proxy.as_ref().map(|proxy| proxy.value.clone()),
    };
    let facts = [
        ("name", said(lab.topology.name)),
        ("prefix", Some(or_usual(lab.topology.prefix, USUAL_PREFIX))),
        ("mgmt.network", Some(network)),
        (TUNNEL_IMAGE, image),
        (TUNNEL_TOKEN, token),
        (TUNNEL_PROXY, proxy),
    ];
    let fact = |key, said: Spelled| Fact::new(key, said.shown).meaning(said.value);
    (surroundings, facts.into_iter().filter_map(|(key, said)| Some(fact(key, said?))).collect())
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

/// In front of an `@` there may be a password.
fn without_password(proxy: &str) -> String {
    proxy.rsplit_once('@').map_or_else(|| proxy.to_owned(), |(_, host)| format!("…@{host}"))
}
