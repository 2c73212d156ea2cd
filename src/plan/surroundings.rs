use crate::capability::{Capabilities, Fact, TUNNEL_IMAGE, TUNNEL_PROXY, TUNNEL_TOKEN};
use crate::model::Text;
use crate::resolve::{Lab, LabNode, is_usable_proxy};

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
    pub image: Option<String>,
    /// Where on the host the tunnel node's token lies, as the topology says it: seen from the topology's folder.
    pub token: Option<String>,
    /// The HTTP proxy of the tunnel node, where its client would use it.
    pub proxy: Option<String>,
}

/// A value, and what the file has there.
struct Said {
    value: String,
    shown: String,
}

impl Said {
    fn of(lab: &Lab<'_>, text: Text<'_>) -> Self {
        Self { value: text.value.to_owned(), shown: lab.written(text).to_owned() }
    }

    fn fact(self, key: &str) -> Fact {
        Fact::new(key, self.shown).meaning(self.value)
    }
}

/// Looks around in a lab for the provider's tunnel node. The facts are what is found, with the names that decide which
/// containers are reached.
pub(crate) fn surroundings(lab: &Lab<'_>, capabilities: &Capabilities) -> (Surroundings, Vec<Fact>) {
    let said = |text: Option<Text<'_>>| text.map(|text| Said::of(lab, text));
    let or_usual =
        |text, usual: &str| said(text).unwrap_or_else(|| Said { value: usual.to_owned(), shown: usual.to_owned() });
    let node = capabilities.tunnel_kind.and_then(|kind| lab.tunnel_nodes().find(|node| node.is_of_kind(&[kind])));
    let network = or_usual(lab.topology.management_network, USUAL_NETWORK);
    let image = said(node.and_then(|node| node.image));
    let token = node.and_then(|node| token(lab, node, capabilities.token_bind?.destination));
    let proxy = node.and_then(|node| node.proxy);
    let proxy = proxy.filter(|proxy| capabilities.reads_proxy && is_usable_proxy(proxy.value));
    let proxy = said(proxy).map(|said| Said { shown: without_password(&said.shown), ..said });
    let value = |said: &Option<Said>| said.as_ref().map(|said| said.value.clone());
    let surroundings = Surroundings {
        network: network.value.clone(),
        image: value(&image),
        token: value(&token),
        proxy: value(&proxy),
    };
    let facts = [
        ("name", said(lab.topology.name)),
        ("prefix", Some(or_usual(lab.topology.prefix, USUAL_PREFIX))),
        ("mgmt.network", Some(network)),
        (TUNNEL_IMAGE, image),
        (TUNNEL_TOKEN, token),
        (TUNNEL_PROXY, proxy),
    ];
    (surroundings, facts.into_iter().filter_map(|(key, said)| Some(said?.fact(key))).collect())
}

/// Where on the host the file lies that a tunnel node has at `destination`.
fn token(lab: &Lab<'_>, node: &LabNode<'_>, destination: &str) -> Option<Said> {
    node.binds.iter().find_map(|bind| {
        let shown = source_of_bind(bind.value, lab.written(*bind), destination)?.to_owned();
        Some(Said { value: bind.value.split(':').next()?.to_owned(), shown })
    })
}

/// The host's side of a bind (`HOST:CONTAINER[:OPTIONS]`) for `destination`, as the file has it; the whole bind where a
/// variable hides which part that is. None where it is for something else.
pub(crate) fn source_of_bind<'s>(bind: &str, shown: &'s str, destination: &str) -> Option<&'s str> {
    let mut parts = bind.split(':');
    let is_it = parts.next().is_some_and(|host| !host.is_empty()) && parts.next() == Some(destination);
    is_it.then(|| shown.rsplit_once(&format!(":{destination}")).map_or(shown, |(host, _)| host))
}

/// In front of an `@` there may be a password.
fn without_password(proxy: &str) -> String {
    proxy.rsplit_once('@').map_or_else(|| proxy.to_owned(), |(_, host)| format!("…@{host}"))
}
