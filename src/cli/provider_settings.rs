//! What the settings say about providers and their sockets, in the form that the line takes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::expose::socket_name;
use crate::pipeline::OwnSettings;
use crate::plan::Plan;
use crate::provider::{Capabilities, ExposeOptions, HostNames, Named, Pins, Route, Routing, Value, Values};
use crate::providers;
use crate::settings::{
    DOMAIN, FOLD, HTTP_LIMIT, JUMP_HOST, PINS, PROVIDER, RELAY_PORTS, ROUTES, TCP_LIMIT, TEMPLATE, TIER,
};

/// The names and the hostnames of a plan's sockets. If no provider is selected, those that each provider would give them.
pub(super) fn names(plan: &Plan, host_names: &HostNames) -> (BTreeSet<String>, HashSet<String>) {
    if plan.provider.is_some() || !plan.providers.is_empty() {
        let names = plan.sockets.iter().map(|socket| socket.name.clone()).collect();
        return (names, plan.sockets.iter().filter_map(|socket| socket.host_name.clone()).collect());
    }
    let (mut names, mut hosts) = (BTreeSet::new(), HashSet::new());
    for socket in &plan.sockets {
        let (node, socket_type, port) = (socket.node.as_str(), socket.socket_type, socket.port);
        let of = |provider: &&Capabilities| socket_name(provider, node, &socket.container, socket_type, port);
        names.extend(providers::capabilities().iter().map(of));
        let port = &port.to_string();
        hosts.extend(host_names.of(&Named { lab: &plan.lab, node, socket_type: socket_type.word(), port }));
    }
    (names, hosts)
}

/// The provider, or how sockets are distributed over several. With a flag that names one provider, no routes apply.
pub(super) fn providers_of(values: &Values, flags: &Values) -> (Option<&'static Capabilities>, Option<Arc<Routing>>) {
    let named = |names: &[String]| -> Vec<&'static Capabilities> {
        let find = |name: &String| providers::find(name).expect("the settings accepted the provider");
        names.iter().map(|name| find(name).capabilities()).collect()
    };
    let route = |(fits, to): &(String, Value)| {
        let fits = fits.parse().expect("the settings accepted the route");
        Route { fits, to: named(to.texts()) }
    };
    let order = named(values.list(&PROVIDER));
    let is_alone = flags.list(&PROVIDER).len() == 1;
    let routes: Vec<Route> = values.entries(&ROUTES.setting).iter().filter(|_| !is_alone).map(route).collect();
    if order.len() > 1 || !routes.is_empty() {
        (None, Some(Arc::new(Routing { order, routes })))
    } else {
        (order.first().copied(), None)
    }
}

/// What the settings say about an account.
pub(super) fn of_account(effective: Values) -> OwnSettings {
    OwnSettings {
        tcp_limit: effective.get(&TCP_LIMIT),
        http_limit: effective.get(&HTTP_LIMIT),
        expose_options: ExposeOptions {
            relay_ports: effective.get(&RELAY_PORTS).unwrap_or_default(),
            pins: pins(&effective),
            taken_ports: Vec::new(),
            host_names: HostNames {
                domain: effective.get(&DOMAIN),
                template: effective.get(&TEMPLATE).unwrap_or_default(),
            },
            jump_host: effective.get(&JUMP_HOST),
            folds_always: effective.has(&FOLD),
            subscription: effective.get(&TIER).unwrap_or_default(),
            settings: effective,
        },
    }
}

/// The ports that are pinned to sockets.
fn pins(values: &Values) -> Pins {
    let number = |port: &Value| port.words().parse().expect("the settings accepted the port");
    let port = |(name, port): &(String, Value)| (name.clone(), number(port));
    values.entries(&PINS.setting).iter().map(port).collect::<BTreeMap<_, _>>()
}
