//! Which sockets go to which of several providers (spec/providers.md#several-providers-in-one-lab).

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{EntryRefusal, entry_refusals, socket_name};
use crate::model::{Identity, Item};
use crate::provider::{Capabilities, ExposeOptions, Fit, Route, Routing};
use crate::resolve::{Lab, LabSocket};
use crate::syntax::entry::SocketEntry;

/// A lab's sockets, by the providers that they go to.
#[derive(Debug)]
pub(crate) struct Routed<'l> {
    /// For each provider that gets any, in the order of the settings.
    pub(crate) parts: Vec<RoutedPart>,
    /// Entries that go to no provider, each once.
    pub(crate) nowhere: Vec<Nowhere<'l>>,
    /// Sockets that two routes of one kind fit; they go to no provider either.
    pub(crate) ambiguous: Vec<Ambiguous<'l>>,
}

/// What one provider gets.
#[derive(Debug)]
pub(crate) struct RoutedPart {
    pub(crate) provider: &'static Capabilities,
    sockets: HashSet<SocketId>,
    entries: HashSet<Identity>,
}

/// The user's options for each provider.
type OptionsOf<'l> = dyn Fn(&Capabilities) -> &'l ExposeOptions + 'l;

/// What distinguishes a socket from every other one of a lab: the place of its node's name, and its entry.
type SocketId = (Range<usize>, Identity);

/// An entry that none of the providers can open.
#[derive(Debug)]
pub(crate) struct Nowhere<'l> {
    pub(crate) item: &'l Item<'l>,
    /// Why not, for each provider of the order.
    pub(crate) lacks: Vec<(&'static Capabilities, Vec<EntryRefusal>)>,
}

/// A socket that two routes of one kind fit.
#[derive(Debug)]
pub(crate) struct Ambiguous<'l> {
    pub(crate) socket: LabSocket<'l, 'l>,
    pub(crate) routes: [&'l Route; 2],
}

/// Where something goes.
enum Way<'l> {
    To(Vec<&'static Capabilities>),
    Nowhere,
    Ambiguous([&'l Route; 2]),
}

/// Decides where each socket of a lab goes. Without a route, it goes to the first provider that can open it with the user's `options`.
pub(crate) fn routed<'l>(lab: &'l Lab<'l>, routing: &'l Routing, options: &'l OptionsOf<'l>) -> Routed<'l> {
    let router = Router { lab, routing, options };
    let mut routed = Routed { parts: Vec::new(), nowhere: Vec::new(), ambiguous: Vec::new() };
    let mut parts: HashMap<Option<&'static str>, RoutedPart> = HashMap::new();
    // A long acl that many nodes inherit is looked at once.
    let mut firsts: HashMap<*const SocketEntry, Option<&'static Capabilities>> = HashMap::new();
    let mut first =
        |entry: &SocketEntry| *firsts.entry(std::ptr::from_ref(entry)).or_insert_with(|| router.first(entry));
    let (mut known, mut lost): (HashSet<Identity>, HashSet<Identity>) = (HashSet::new(), HashSet::new());
    let mut put = |provider: &'static Capabilities, socket: Option<SocketId>, entry: Identity| {
        let part = parts.entry(provider.name).or_insert_with(|| RoutedPart::new(provider));
        part.sockets.extend(socket);
        part.entries.insert(entry);
    };
    for socket in lab.sockets() {
        let entry = socket.item.identity();
        known.insert(entry.clone());
        match Router::way(router.fitting(&socket), || first(socket.entry)) {
            Way::To(providers) => {
                let id = || Some((socket.node.name.place.range(), entry.clone()));
                for provider in providers {
                    put(provider, id(), entry.clone());
                }
            }
            Way::Nowhere if lost.insert(entry) => routed.nowhere.push(router.nowhere(socket.item)),
            Way::Nowhere => {}
            Way::Ambiguous(routes) => routed.ambiguous.push(Ambiguous { socket, routes }),
        }
    }
    // An entry that no node uses is checked as if one did.
    for (item, entry) in lab.entries_to_publish(|_| true) {
        let identity = item.identity();
        if known.contains(&identity) {
            continue;
        }
        match Router::way(router.fitting_type(entry), || first(entry)) {
            Way::To(providers) => {
                for provider in providers {
                    put(provider, None, identity.clone());
                }
            }
            Way::Nowhere => routed.nowhere.push(router.nowhere(item)),
            // Nothing is opened by it.
            Way::Ambiguous(_) => {}
        }
    }
    routed.parts = routing.providers().iter().filter_map(|provider| parts.remove(&provider.name)).collect();
    routed
}

struct Router<'l> {
    lab: &'l Lab<'l>,
    routing: &'l Routing,
    options: &'l OptionsOf<'l>,
}

impl<'l> Router<'l> {
    /// The routes that fit a socket.
    fn fitting(&self, socket: &LabSocket<'_, 'l>) -> Vec<&'l Route> {
        let (node, entry) = (socket.node, socket.entry);
        let name = |provider: &Capabilities| {
            let socket_type = provider.effective_type(entry.socket_type, !entry.acl.is_empty());
            socket_name(provider, node.name.value, self.lab.container(node), socket_type, entry.port)
        };
        // A thousand routes ask for the names of a few providers.
        let names: LazyCell<HashMap<_, _>, _> = LazyCell::new(|| {
            self.routing.providers().into_iter().map(|provider| (provider.name, name(provider))).collect()
        });
        let fits = |route: &&Route| match &route.fits {
            Fit::Type(socket_type) => *socket_type == entry.socket_type,
            Fit::Node(pattern) => pattern.fits(node.name.value),
            Fit::Socket(pattern) => route.to.iter().any(|provider| pattern.fits(&names[&provider.name])),
        };
        self.routing.routes.iter().filter(fits).collect()
    }

    /// Those that fit an entry on whatever node it is.
    fn fitting_type(&self, entry: &SocketEntry) -> Vec<&'l Route> {
        let fits = |route: &&Route| route.fits == Fit::Type(entry.socket_type);
        self.routing.routes.iter().filter(fits).collect()
    }

    /// What the narrowest of some routes says; without any, the first provider of the order.
    fn way(fitting: Vec<&'l Route>, first: impl FnOnce() -> Option<&'static Capabilities>) -> Way<'l> {
        let narrowest = fitting.iter().map(|route| route.fits.rank()).max();
        let mut narrowest = fitting.into_iter().filter(|route| Some(route.fits.rank()) == narrowest);
        match (narrowest.next(), narrowest.next()) {
            (Some(one), Some(other)) => Way::Ambiguous([one, other]),
            (Some(route), None) => Way::To(route.to.clone()),
            (None, _) => first().map_or(Way::Nowhere, |provider| Way::To(vec![provider])),
        }
    }

    /// The first provider of the order that can open an entry.
    fn first(&self, entry: &SocketEntry) -> Option<&'static Capabilities> {
        let mut order = self.routing.order.iter().copied();
        order.find(|provider| entry_refusals(self.lab, provider, (self.options)(provider), entry).is_empty())
    }

    /// Why an entry goes nowhere.
    fn nowhere(&self, item: &'l Item<'l>) -> Nowhere<'l> {
        let entry = item.socket().expect("only sockets go somewhere");
        let order = self.routing.order.iter().copied();
        let lacks =
            order.map(|provider| (provider, entry_refusals(self.lab, provider, (self.options)(provider), entry)));
        Nowhere { item, lacks: lacks.collect() }
    }
}

impl RoutedPart {
    pub(crate) fn new(provider: &'static Capabilities) -> Self {
        Self { provider, sockets: HashSet::new(), entries: HashSet::new() }
    }
}

impl Routed<'_> {
    /// The lab with only what a provider gets. What goes nowhere is looked at in the first part, but for whether it can be opened.
    pub(crate) fn part<'l>(&self, lab: &Lab<'l>, part: &RoutedPart) -> Lab<'l> {
        let is_here = |socket: &LabSocket<'_, 'l>| {
            part.sockets.contains(&(socket.node.name.place.range(), socket.item.identity()))
        };
        let is_first = self.parts.first().is_none_or(|first| first.provider.name == part.provider.name);
        let is_somewhere = |entry: &Identity| self.parts.iter().any(|part| part.entries.contains(entry));
        let (mut elsewhere, mut nowhere) = (HashSet::new(), HashSet::new());
        for item in lab.items().filter(|item| item.socket().is_some()) {
            let entry = item.identity();
            if part.entries.contains(&entry) {
                continue;
            }
            if is_first && !is_somewhere(&entry) {
                nowhere.insert(entry);
            } else {
                elsewhere.insert(entry);
            }
        }
        lab.part(is_here, elsewhere, nowhere)
    }
}
