//! A plan as a table, JSON, YAML or Markdown.

use super::failure::Failure;
use super::values::PlanFormat;
use super::{plan_footer, table};
use crate::base::{self, whole};
use crate::capability::Carriage;
use crate::plan::{Plan, PlannedSocket};

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
        PlanFormat::Table => Ok(table::text(&header(plan), rows(plan), width) + &plan_footer::lines(plan, color)),
        PlanFormat::Markdown => Ok(table::markdown(&header(plan), rows(plan).map(|cells| table::escaped(&cells)))
            + &base::markdown(&plan_footer::sentence(plan))
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
