//! A plan as a table, JSON, YAML or Markdown.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::failure::Failure;
use super::options::PlanFormat;
use crate::base::whole;
use crate::plan::{Count, Plan, PlannedSocket};

const HEADER: [&str; 7] = ["NODE", "PORT", "TYPE", "AUDIENCE", "SOCKET", "CONTAINER", "WRITTEN AT"];

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

fn cells(socket: &PlannedSocket) -> [String; 7] {
    let socket_type = if socket.socket_type == socket.written_type {
        socket.socket_type.to_string()
    } else {
        format!("{} (written {})", socket.socket_type, socket.written_type)
    };
    [
        whole(&socket.node),
        socket.port.to_string(),
        socket_type,
        socket.audience.to_string(),
        whole(&socket.name),
        whole(&socket.container),
        whole(&socket.origin.words()),
    ]
}

fn table(plan: &Plan, width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(HEADER);
    match width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for socket in &plan.sockets {
        table.add_row(cells(socket));
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
        row(&mut out, &HEADER.map(str::to_owned));
        row(&mut out, &HEADER.map(|_| "---".to_owned()));
        for socket in &plan.sockets {
            row(&mut out, &cells(socket).map(|cell| markdown_text(&cell)));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", markdown_text(&counts(plan)));
    out
}

/// Text that stays text in a Markdown table cell, an address that is not turned into a link or a mention.
fn markdown_text(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(character);
            }
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            _ => out.push(character),
        }
    }
    out
}

/// `lab demo, no provider chosen: 2 of 5 tcp-based and 1 of 10 http-based sockets`
fn counts(plan: &Plan) -> String {
    let provider = plan.provider.map_or_else(|| "no provider chosen".to_owned(), |name| format!("provider {name}"));
    let of = |count: Count, class: &str| match count.limit {
        Some(limit) => format!("{} of {limit} {class}-based", count.used),
        None => format!("{} {class}-based", count.used),
    };
    format!(
        "lab {}, {provider}: {} and {} sockets",
        whole(&plan.lab),
        of(plan.counts.tcp, "tcp"),
        of(plan.counts.http, "http")
    )
}
