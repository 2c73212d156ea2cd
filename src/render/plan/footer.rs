//! What is below the rows of a plan: what they take of an account, how many of them are open to anyone on the Internet, and the lab's other
//! doors.

use crate::base::{SocketType, whole};
use crate::plan::{Count, Counts, Plan, PlannedSocket};
use crate::provider::{Capabilities, Carriage};
use crate::render::wrap;

/// The counts and, if any socket is open, a line that says so, in red if `color` is set; both fit `width` columns, if there is a
/// limit.
pub(super) fn lines(plan: &Plan, providers: &[&Capabilities], width: Option<usize>, color: bool) -> String {
    let open = plan.open_count().words(color).map_or_else(String::new, |open| wrap::sentence(&open, width));
    let doors: String = doors(plan).map(|door| wrap::sentence(&door, width)).collect();
    wrap::sentence(&counts(plan, providers), width) + &open + &doors
}

/// A line for each way to a node that no entry opens.
pub(super) fn doors(plan: &Plan) -> impl Iterator<Item = String> {
    plan.other_doors.iter().map(|door| format!("other door: {}", whole(&door.words)))
}

/// The same in one line without a line break and without colors.
pub(super) fn sentence(plan: &Plan, providers: &[&Capabilities]) -> String {
    let open = plan.open_count().words(false).map_or_else(String::new, |open| format!("; {open}"));
    counts(plan, providers) + &open
}

/// `lab demo, provider frp: 2 tcp-based and 1 http-based sockets`, and what `raw` and `visitor` mean if the plan has them.
fn counts(plan: &Plan, providers: &[&Capabilities]) -> String {
    let of_providers = if plan.providers.is_empty() {
        // There are limits even then; say whose.
        let name = plan.provider.map_or_else(
            || "no provider selected, so containerlab's documentation applies".to_owned(),
            |name| format!("provider {name}"),
        );
        format!("{name}: {}", used(&plan.counts))
    } else {
        let each = plan.providers.iter().map(|one| format!("provider {}: {}", one.name, used(&one.counts)));
        each.collect::<Vec<_>>().join("; ")
    };
    let mut words = String::new();
    for (carriage, meaning) in [
        (Carriage::Raw, "; raw: visitors get a plain port, without a hostname or certificate"),
        (Carriage::ClientRequired, "; visitor: visitors need a client program"),
    ] {
        if plan.sockets.iter().any(|socket| socket.carriage == Some(carriage)) {
            words.push_str(meaning);
        }
    }
    for provider in providers {
        let is_page = |socket: &PlannedSocket| {
            matches!(socket.socket_type, SocketType::Http | SocketType::Https)
                && socket.provider.is_none_or(|name| Some(name) == provider.name)
        };
        let needed = provider.account.pages_need.filter(|_| plan.sockets.iter().any(is_page));
        words.extend(needed.map(|needed| format!("; http and https need {needed}")));
    }
    format!("lab {}, {of_providers}{words}", whole(&plan.lab))
}

/// `2 of 5 tcp-based and 1 http-based sockets, of 8 in total`
fn used(counts: &Counts) -> String {
    let of = |count: Count, class: &str| match count.limit {
        Some(limit) => format!("{} of {limit} {class}-based", count.used),
        None => format!("{} {class}-based", count.used),
    };
    let all = counts.all.and_then(|all| all.limit).map_or_else(String::new, |most| format!(", of {most} in total"));
    format!("{} and {} sockets{all}", of(counts.tcp, "tcp"), of(counts.http, "http"))
}
