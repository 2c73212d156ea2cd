//! A lab that clabernetes runs.

use super::Lab;

impl Lab<'_> {
    /// Whether nodes have services of the type `LoadBalancer` (spec/kubernetes.md#a-topology-of-clabernetes).
    pub(crate) fn has_load_balancers(&self) -> bool {
        let has_ports = || self.nodes.iter().any(|node| !node.host_ports().is_empty());
        let cluster = self.topology.cluster.filter(|cluster| cluster.has_load_balancers);
        cluster.is_some_and(|cluster| cluster.has_usual_ports || has_ports())
    }
}
