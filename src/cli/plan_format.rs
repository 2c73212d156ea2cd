//! A plan as a table, JSON, YAML or Markdown.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::failure::Failure;
use super::values::PlanFormat;
use crate::base::{self, whole};
use crate::capability::Carriage;
use crate::plan::{Count, Plan, PlannedSocket};

/// The columns of a plan; with a relay there is one more.
fn header(plan: &Plan) -> Vec<&'static str> {
    let mut header = vec!["NODE", "PORT", "TYPE", "AUDIENCE", "SOCKET", "CONTAINER", "WRITTEN AT"];
    if has_relay(plan) {
        header.insert(RELAY_COLUMN, "RELAY PORT");
    }
    header
}

const RELAY_COLUMN: usize = 3;

fn has_relay(plan: &Plan) -> bool {
    plan.sockets.iter().any(|socket| socket.relay_port.is_some())
}

/// The text of a plan. A table is fitted to `width` columns, where there is a terminal.
pub(super) fn write(plan: &Plan, format: PlanFormat, width: Option<usize>) -> Result<String, Failure> {
    match format {
        PlanFormat::Table => Ok(table(plan, width)),
        PlanFormat::Markdown => Ok(markdown(plan)),
        PlanFormat::Json => {
            let json = serde_json::to_string_pretty(plan).map_err(|error| Failure::Format(error.to_string()))?;
            Ok(json + "\n")
        }
        PlanFormat::Yaml => serde_saphyr::to_string(plan).map_err(|error| Failure::Format(error.to_string())),
    }
}

fn cells(socket: &PlannedSocket, has_relay: bool) -> Vec<String> {
    let mut socket_type = if socket.socket_type == socket.written_type {
        socket.socket_type.to_string()
    } else {
        format!("{} (written {})", socket.socket_type, socket.written_type)
    };
    if socket.carriage == Some(Carriage::Raw) {
        socket_type.push_str(", raw");
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
    if has_relay {
        let port = socket.relay_port.map_or_else(|| "–".to_owned(), |port| port.to_string());
        cells.insert(RELAY_COLUMN, port);
    }
    cells
}

fn table(plan: &Plan, width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header(plan));
    match width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for socket in &plan.sockets {
        table.add_row(cells(socket, has_relay(plan)));
    }
    let mut out = String::new();
    if !plan.sockets.is_empty() {
        for line in table.to_string().lines() {
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    let _ = writeln!(out, "{}", counts(plan));
    out
}

fn markdown(plan: &Plan) -> String {
    let mut out = String::new();
    if !plan.sockets.is_empty() {
        let row = |out: &mut String, cells: &[String]| {
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        };
        let header = header(plan);
        row(&mut out, &header.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        row(&mut out, &vec!["---".to_owned(); header.len()]);
        for socket in &plan.sockets {
            let cells = cells(socket, has_relay(plan));
            row(&mut out, &cells.iter().map(|cell| base::markdown(cell)).collect::<Vec<_>>());
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", base::markdown(&counts(plan)));
    out
}

/// `lab demo, no provider chosen: 2 of 5 tcp-based and 1 of 10 http-based sockets`, and what raw means where it is said.
fn counts(plan: &Plan) -> String {
    let provider = plan.provider.map_or_else(|| "no provider chosen".to_owned(), |name| format!("provider {name}"));
    let of = |count: Count, class: &str| match count.limit {
        Some(limit) => format!("{} of {limit} {class}-based", count.used),
        None => format!("{} {class}-based", count.used),
    };
    let is_raw = plan.sockets.iter().any(|socket| socket.carriage == Some(Carriage::Raw));
    let raw = if is_raw {
        "; raw: visitors get a plain port of the relay, without a name or a certificate for it"
    } else {
        ""
    };
    format!(
        "lab {}, {provider}: {} and {} sockets{raw}",
        whole(&plan.lab),
        of(plan.counts.tcp, "tcp"),
        of(plan.counts.http, "http")
    )
}
