//! Facts about clabernetes (spec/kubernetes.md#a-topology-of-clabernetes).

/// The ports of the service that it gives a node, unless it is told otherwise.
pub(crate) const SERVICE_PORTS: [u16; 14] = [21, 22, 23, 80, 161, 443, 830, 5000, 5900, 6030, 9339, 9340, 9559, 57400];
