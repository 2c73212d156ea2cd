//! Services of the type `LoadBalancer` that clabernetes gives every node: doors that no entry opens
//! (spec/kubernetes.md#a-topology-of-clabernetes).

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, SERVICE_PORTS, Severity};
use crate::resolve::LabNode;
use crate::syntax::PortMapping;

pub(crate) const RULE: &Rule = &Rule::new("load-balancer-for-everyone", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    let Some(cluster) = lab.topology.cluster.filter(|_| lab.has_load_balancers()) else { return };
    let of_service = |node: &LabNode<'_>, port: u16| {
        let mut written = node.host_ports().iter().filter_map(|text| PortMapping::parse(text.value));
        cluster.has_usual_ports && SERVICE_PORTS.contains(&port)
            || written.any(|mapping| mapping.ports().contains(&port))
    };
    let past = lab
        .nodes
        .iter()
        .flat_map(|node| node.sockets().map(move |socket| (node, socket)))
        .find(|(node, socket)| !socket.entry.acl.is_empty() && of_service(node, socket.entry.port))
        .map(|(_, socket)| socket);
    let message = match &past {
        Some(socket) => format!(
            "clabernetes gives every node a LoadBalancer service, which bypasses the acl of {}",
            entry_text(context, socket.item)
        ),
        None => {
            "clabernetes gives every node a LoadBalancer service, open to anyone who can reach its address".to_owned()
        }
    };
    let finding = Finding::warning(RULE, message);
    let finding = match cluster.expose_type {
        Some(span) => finding.at(span, "the services are reached from outside the cluster"),
        None => finding.at(cluster.kind, "without `exposeType`, the services are LoadBalancers"),
    };
    let finding = match past {
        Some(socket) => finding.at(entry_span(context, socket.item), "this acl does not apply there"),
        None => finding,
    };
    findings.push(
        finding.help("write `exposeType: ClusterIP` under `spec.expose`; people outside come in through the entries"),
    );
}
