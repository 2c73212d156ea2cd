//! Files for a lab that clabernetes runs (spec/kubernetes.md#names): the same plan with the addresses of nodes in the cluster.

use crate::base::quoted;
use crate::cli::client_settings::ClientOptions;
use crate::cli::failure::Failure;
use crate::cli::setting_flags;
use crate::cli::settings::EffectiveSettings;
use crate::plan::Plan;
use crate::provider::{ClusterName, Key, NodeAddress, Values};
use crate::providers::kubernetes::{self, Cluster};
use crate::providers::{Artifact, Provider, Refusal, Request};
use crate::settings::{KUBERNETES, NAMESPACE, NAMING, TOPOLOGY};

/// The manifests for a plan; none if they are not wanted.
pub(in crate::cli) fn artifacts(
    (options, wanted): (&ClientOptions, &EffectiveSettings),
    provider: &dyn Provider,
    request: &Request<'_>,
) -> Result<Vec<Artifact>, Failure> {
    let given = options.given(wanted);
    if !given.has(&KUBERNETES) {
        let idle = [NAMESPACE.setting, TOPOLOGY.setting, NAMING.setting];
        let flags = setting_flags::given(&options.settings);
        if let Some((_, flag)) = flags.iter().find(|(setting, _)| idle.iter().any(|idle| idle.key == setting.key)) {
            let words = format!("`--{}` has no effect without `--kubernetes`; add that, or remove it", flag.name);
            return Err(Failure::Refused(Refusal(words)));
        }
        return Ok(Vec::new());
    }
    let of = request.plan.provider.filter(|_| request.is_part);
    let cluster = Cluster { provider: of, ..cluster(&given, request.plan).map_err(Failure::Refused)? };
    if request.plan.sockets.iter().any(|socket| socket.through.is_some()) {
        let folded = "in Kubernetes, each node is alone with its names, so nothing can be reached through a jump host; leave out `--kubernetes` or `--fold`";
        return Err(Failure::Refused(Refusal(folded.to_owned())));
    }
    let mut plan = request.plan.published().into_owned();
    let nodes = plan
        .sockets
        .iter()
        .map(|socket| Ok(NodeAddress { node: socket.node.clone(), address: cluster.host(&socket.node)? }));
    let nodes = nodes.collect::<Result<Vec<_>, _>>().map_err(Failure::Refused)?;
    plan.put_addresses(&nodes);
    let request = Request { plan: &plan, node: None, is_pod: true, ..*request };
    let client = provider.client_container(&request).map_err(Failure::Refused)?;
    let generated = provider.artifacts(&request).map_err(Failure::Refused)?;
    kubernetes::artifacts(&request, &cluster, &client, &generated).map_err(Failure::Refused)
}

/// Where the lab is, unless it is set as clabverter has it.
fn cluster(given: &Values, plan: &Plan) -> Result<Cluster, Refusal> {
    let name = |key: &Key<ClusterName>, usual: String| {
        let set = given.get(key);
        let (flag, place) = key.setting.ways();
        let how = flag.map_or_else(|| format!("set {place}"), |flag| format!("use {flag}, or set {place}"));
        set.map_or_else(
            || usual.parse().map_err(|_| Refusal(format!("{} is not a name of Kubernetes: {how}", quoted(&usual)))),
            Ok,
        )
    };
    Ok(Cluster {
        namespace: name(&NAMESPACE, format!("c9s-{}", plan.lab))?,
        topology: name(&TOPOLOGY, plan.lab.clone())?,
        is_prefixed: given.get(&NAMING).is_none_or(|naming| naming == "prefixed"),
        provider: None,
    })
}
