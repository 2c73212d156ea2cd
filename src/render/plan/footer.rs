//! What is below the rows of a plan: what they take of an account, how many of them are open to anyone on the Internet, and the lab's other
//! doors.

use crate::base::{SocketType, whole};
use crate::plan::{Count, Plan, PlannedSocket};
use crate::provider::{Capabilities, Carriage};
use crate::render::wrap;

/// The counts and, if any socket is open, a line that says so, in red if `color` is set; both fit `width` columns, if there is a
/// limit.
pub(super) fn lines(plan: &Plan, provider: Option<&Capabilities>, width: Option<usize>, color: bool) -> String {
    let open = plan.open_count().words(color).map_or_else(String::new, |open| wrap::sentence(&open, width));
    let doors: String = doors(plan).map(|door| wrap::sentence(&door, width)).collect();
    wrap::sentence(&counts(plan, provider), width) + &open + &doors
}

/// A line for each way to a node that no entry opens.
pub(super) fn doors(plan: &Plan) -> impl Iterator<Item = String> {
    plan.other_doors.iter().map(|door| format!("other door: {}", whole(&door.words)))
}

/// The same in one line without a line break and without colors.
pub(super) fn sentence(plan: &Plan, provider: Option<&Capabilities>) -> String {
    let open = plan.open_count().words(false).map_or_else(String::new, |open| format!("; {open}"));
    counts(plan, provider) + &open
}

/// `lab demo, provider frp: 2 tcp-based and 1 http-based sockets`, and what `raw` and `visitor` mean if the plan has them.
fn counts(plan: &Plan, provider: Option<&Capabilities>) -> String {
    // There are limits even then; say whose.
    let name = plan.provider.map_or_else(
        || "no provider selected, so containerlab's documentation applies".to_owned(),
        |name| format!("provider {name}"),
    );
    let of = |count: Count, class: &str| match count.limit {
        Some(limit) => format!("{} of {limit} {class}-based", count.used),
        None => format!("{} {class}-based", count.used),
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
    let is_page = |socket: &PlannedSocket| matches!(socket.socket_type, SocketType::Http | SocketType::Https);
    let pages_need = provider.and_then(|provider| provider.account.pages_need);
    if let Some(needed) = pages_need.filter(|_| plan.sockets.iter().any(is_page)) {
        words.push_str("; http and https need ");
        words.push_str(needed);
    }
    let all =
        plan.counts.all.and_then(|all| all.limit).map_or_else(String::new, |most| format!(", of {most} in total"));
    format!(
        "lab {}, {name}: {} and {} sockets{all}{words}",
        whole(&plan.lab),
        of(plan.counts.tcp, "tcp"),
        of(plan.counts.http, "http")
    )
}
