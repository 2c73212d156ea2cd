use std::borrow::Cow;

use super::change::{ChangedDoor, Mark};
use crate::base::{Acl, SocketType, counted, whole};
use crate::plan::DoorKind;
use crate::provider::Audience;
use crate::render::wrap;

/// Who may enter by which doors, and to which nodes they lead. All texts are as messages may show them.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    /// The lab, and what is known about all of it: one line each.
    pub(super) title: String,
    pub(super) facts: Vec<String>,
    /// Why something may be missing.
    pub(super) missing: Option<String>,
    pub(super) audiences: Vec<WhoEnters>,
    /// Nodes of one group or kind, in the order of their first sockets.
    pub(super) groups: Vec<NodeGroup>,
}

/// People whom some doors let in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WhoEnters {
    pub(super) access: Access,
    /// One for each person, domain, or policy; a sentence if they are not named.
    pub(super) words: Vec<String>,
    /// Email addresses, for a search by person.
    pub(super) emails: Vec<String>,
    /// Email domains, for a search by person.
    pub(super) domains: Vec<String>,
}

/// How far a door is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Access {
    /// Anyone on the Internet.
    Anyone,
    /// Every member of a closed network.
    Members,
    /// Those who are named.
    Named,
    /// Nobody.
    Nobody,
    /// Anyone who gets to it: publish-plan neither opens nor closes it.
    Unplanned,
}

/// Nodes of one group or kind.
#[derive(Clone, Debug)]
pub(super) struct NodeGroup {
    /// `group spines`, `kind linux`; empty for nodes that have neither.
    pub(super) words: String,
    pub(super) nodes: Vec<MapNode>,
}

/// A node and the doors that lead to it.
#[derive(Clone, Debug)]
pub(super) struct MapNode {
    pub(super) words: String,
    /// It stands for every node of the lab.
    pub(super) is_every: bool,
    pub(super) doors: Vec<MapDoor>,
}

/// A socket, another door, or several of them that have been folded into one.
#[derive(Clone, Debug)]
pub(super) struct MapDoor {
    /// An index into the audiences.
    pub(super) who: usize,
    /// Where visitors come in.
    pub(super) entrance: String,
    /// The type, the provider, and how a visitor is identified; empty for other doors.
    pub(super) how: String,
    /// Where it leads in the node: `22`, `161/udp`; empty if that is in `entrance`.
    pub(super) ports: Vec<String>,
    /// Missing for other doors.
    pub(super) socket_type: Option<SocketType>,
    pub(super) change: Option<ChangedDoor>,
    /// How many doors it is.
    pub(super) count: usize,
}

impl Access {
    /// The class of a box or a line, in all formats.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Members => "members",
            Self::Named => "named",
            Self::Nobody => "nobody",
            Self::Unplanned => "unplanned",
        }
    }

    /// The color of a line, for formats without style sheets; `mark` says how its door changed.
    pub(super) fn color(self, mark: Option<Mark>) -> &'static str {
        match (mark, self) {
            (Some(Mark::Narrower), _) => "#1a7f37",
            (_, Self::Anyone) => "#c11a2b",
            (_, Self::Members) => "#8a5700",
            (_, Self::Named) => "#0a5cc2",
            (_, Self::Nobody | Self::Unplanned) => "#818b98",
        }
    }

    /// What its color means.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Anyone => "anyone on the Internet",
            Self::Members => "every member of the tailnet",
            Self::Named => "people who are named",
            Self::Nobody => "nobody",
            Self::Unplanned => "not opened by an entry",
        }
    }
}

/// The most columns of a line of a door, if there is a space to break it at.
const COLUMNS: usize = 48;

/// The most lines of an audience; more people are counted.
const MOST_WORDS: usize = 12;

/// The most ports that are listed; more are counted.
const MOST_PORTS: usize = 4;

impl MapDoor {
    /// `port 22`, `ports 22, 161/udp`, `12 ports`; empty if the entrance says it.
    pub(super) fn port(&self) -> String {
        match self.ports.as_slice() {
            [] => String::new(),
            [one] => format!("port {one}"),
            ports if ports.len() <= MOST_PORTS => format!("ports {}", ports.join(", ")),
            ports => counted(ports.len(), "port"),
        }
    }

    /// What is drawn in its box: where visitors come in, how, and what changed.
    pub(super) fn lines(&self) -> Vec<Cow<'_, str>> {
        let change = self.change.as_ref().map(|change| change.words.as_str());
        let texts = [Some(self.entrance.as_str()), Some(self.how.as_str()), change];
        let texts = texts.into_iter().flatten().filter(|text| !text.is_empty());
        texts.flat_map(|text| wrap::lines(text, COLUMNS, COLUMNS)).map(Cow::Borrowed).collect()
    }
}

impl WhoEnters {
    pub(super) fn of(audience: &Audience) -> Self {
        let access = match audience {
            Audience::Anyone => Access::Anyone,
            Audience::Members => Access::Members,
            Audience::Named(acl) if !acl.is_empty() => Access::Named,
            Audience::Named(_) | Audience::Nobody => Access::Nobody,
        };
        let Audience::Named(acl) = audience else {
            return Self { access, words: vec![audience.to_string()], emails: Vec::new(), domains: Vec::new() };
        };
        // Of many, only the first are shown.
        let words: Vec<String> = acl.words().iter().map(|word| whole(word)).collect();
        let words = if words.is_empty() { vec![audience.to_string()] } else { words };
        let Acl { emails, domains, policies: _ } = acl.clone();
        Self { access, words, emails, domains }
    }

    /// What is drawn in its box: the people, each in a line of their own; of many, the first and how many more.
    pub(super) fn lines(&self) -> Vec<Cow<'_, str>> {
        let shown = if self.words.len() > MOST_WORDS { MOST_WORDS - 1 } else { self.words.len() };
        let words = self.words[..shown].iter().flat_map(|words| wrap::lines(words, COLUMNS, COLUMNS));
        let people = if shown + self.emails.len() >= self.words.len() { " people" } else { "" };
        let more = (shown < self.words.len()).then(|| format!("and {} more{people}", self.words.len() - shown).into());
        words.map(Cow::Borrowed).chain(more).collect()
    }

    pub(super) fn of_other(kind: DoorKind) -> Self {
        let words = match kind {
            DoorKind::HostPort | DoorKind::HostNetwork => "anyone who can reach the lab host there",
            DoorKind::SharedTerminal => "anyone who has the link to the terminal",
            DoorKind::ManagementNetwork => "machines that can route to the management network",
            DoorKind::LoadBalancer => "anyone who can reach the address of the service",
        };
        let words = vec![words.to_owned()];
        Self { access: Access::Unplanned, words, emails: Vec::new(), domains: Vec::new() }
    }
}

impl Graph {
    /// The notes above the map: what is known about all of it, and what may be missing.
    pub(super) fn heading(&self) -> impl Iterator<Item = &String> {
        self.facts.iter().chain(&self.missing)
    }

    /// Every door with its node and its group.
    pub(super) fn doors(&self) -> impl Iterator<Item = (&NodeGroup, &MapNode, &MapDoor)> {
        let nodes = self.groups.iter().flat_map(|group| group.nodes.iter().map(move |node| (group, node)));
        nodes.flat_map(|(group, node)| node.doors.iter().map(move |door| (group, node, door)))
    }

    /// Whether any door has changed in this way.
    pub(super) fn has(&self, mark: Mark) -> bool {
        self.doors().any(|(_, _, door)| door.change.as_ref().is_some_and(|change| change.mark == mark))
    }
}
