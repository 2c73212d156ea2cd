//! A plan as a table, JSON, YAML or Markdown.

use super::failure::Failure;
use super::table;
use super::values::PlanFormat;
use crate::base::{self, SocketType, whole};
use crate::capability::Carriage;
use crate::plan::{Count, Plan, PlannedSocket};
use crate::providers;

/// The columns of a plan; where it is known how visitors come in, there is one more.
fn header(plan: &Plan) -> Vec<&'static str> {
    let mut header = vec!["NODE", "PORT", "TYPE", "AUDIENCE", "SOCKET", "CONTAINER", "DEFINED AT"];
    if has_entrances(plan) {
        header.insert(ENTRANCE_COLUMN, "REACHED AT");
    }
    header
}

const ENTRANCE_COLUMN: usize = 3;

fn has_entrances(plan: &Plan) -> bool {
    let has_one =
        |socket: &PlannedSocket| socket.relay_port.is_some() || socket.host_name.is_some() || socket.through.is_some();
    plan.sockets.iter().any(has_one)
}

/// `folded: through r1`, `folded: 127.0.0.1:20067 through r1`
fn through(socket: &PlannedSocket) -> Option<String> {
    let through = socket.through.as_ref()?;
    let local = through.local_port.map_or_else(String::new, |port| format!("127.0.0.1:{port} "));
    Some(format!("folded: {local}via {}", whole(&through.jump_host)))
}

/// The text of a plan. A table is fitted to `width` columns, where there is a terminal, and its footer has colors if `color` is
/// set.
pub(super) fn write(plan: &Plan, format: PlanFormat, width: Option<usize>, color: bool) -> Result<String, Failure> {
    match format {
        PlanFormat::Table => Ok(table::text(&header(plan), rows(plan), width) + &counts(plan, color) + "\n"),
        PlanFormat::Markdown => Ok(table::markdown(&header(plan), rows(plan).map(|cells| table::escaped(&cells)))
            + &base::markdown(&counts(plan, false))
            + "\n"),
        PlanFormat::Json => {
            let json = serde_json::to_string_pretty(plan).map_err(|error| Failure::Format(error.to_string()))?;
            Ok(json + "\n")
        }
        PlanFormat::GithubComment => unreachable!("a plan alone is no change"),
        PlanFormat::Yaml => serde_saphyr::to_string(plan).map_err(|error| Failure::Format(error.to_string())),
    }
}

fn cells(socket: &PlannedSocket, has_entrances: bool) -> Vec<String> {
    let mut socket_type = if socket.socket_type == socket.written_type {
        socket.socket_type.to_string()
    } else {
        format!("{} (from {})", socket.socket_type, socket.written_type)
    };
    match socket.carriage {
        Some(Carriage::Raw) => socket_type.push_str(", raw"),
        Some(Carriage::Visitor) => socket_type.push_str(", visitor"),
        Some(Carriage::Native) | None => {}
    }
    let mut cells = vec![
        whole(&socket.node),
        socket.port.to_string(),
        socket_type,
        socket.audience.to_string(),
        whole(&socket.name),
        whole(&socket.container),
        whole(&socket.origin.words()),
    ];
    if has_entrances {
        let port = socket.relay_port.map(|port| format!("port {port}"));
        let entrance = through(socket).or(socket.host_name.clone()).or(port).unwrap_or_else(|| "–".to_owned());
        cells.insert(ENTRANCE_COLUMN, entrance);
    }
    cells
}

fn rows(plan: &Plan) -> impl Iterator<Item = Vec<String>> {
    plan.sockets.iter().map(|socket| cells(socket, has_entrances(plan)))
}

/// `lab demo, provider frp: 2 tcp-based and 1 http-based sockets; 1 of 3 sockets is open to anyone on the Internet`, and what
/// `raw` and `visitor` mean if the plan has them. With `color`, what is open is red.
fn counts(plan: &Plan, color: bool) -> String {
    // Somebody's limits are counted against even then; say whose.
    let provider = plan.provider.map_or_else(
        || "no provider selected (the rules of containerlab's documentation apply)".to_owned(),
        |name| format!("provider {name}"),
    );
    let of = |count: Count, class: &str| match count.limit {
        Some(limit) => format!("{} of {limit} {class}-based", count.used),
        None => format!("{} {class}-based", count.used),
    };
    let mut words = plan.open_count().words(color).map_or_else(String::new, |open| format!("; {open}"));
    for (carriage, meaning) in [
        (Carriage::Raw, "; raw: visitors get a plain port, without a hostname or certificate"),
        (Carriage::Visitor, "; visitor: visitors need a client program"),
    ] {
        if plan.sockets.iter().any(|socket| socket.carriage == Some(carriage)) {
            words.push_str(meaning);
        }
    }
    let is_page = |socket: &PlannedSocket| matches!(socket.socket_type, SocketType::Http | SocketType::Https);
    let pages_need = plan.provider.and_then(providers::find).and_then(|provider| provider.capabilities().pages_need);
    if let Some(needed) = pages_need.filter(|_| plan.sockets.iter().any(is_page)) {
        words.push_str("; http and https need ");
        words.push_str(needed);
    }
    let all =
        plan.counts.all.and_then(|all| all.limit).map_or_else(String::new, |most| format!(", of {most} in total"));
    format!(
        "lab {}, {provider}: {} and {} sockets{all}{words}",
        whole(&plan.lab),
        of(plan.counts.tcp, "tcp"),
        of(plan.counts.http, "http")
    )
}
