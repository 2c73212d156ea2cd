//! A plan as a table or in Markdown.

mod footer;

use super::entrance;
use super::table::{self, Table};
use crate::base::{self, whole};
use crate::plan::{Origin, Plan, PlannedSocket};
use crate::provider::{Capabilities, Carriage};

/// The columns of a plan. If it is known how visitors come in, there is one more.
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
        |socket: &PlannedSocket| socket.public_port.is_some() || socket.host_name.is_some() || socket.through.is_some();
    plan.sockets.iter().any(has_one)
}

/// A plan as a table with what is below it. It fits `width` columns, if there is a limit; what is open is red if `color` is set.
/// `provider` is the one that was selected.
pub(crate) fn table(plan: &Plan, provider: Option<&Capabilities>, width: Option<usize>, color: bool) -> String {
    columns(plan, provider).text(width) + &footer::lines(plan, provider, width, color)
}

/// The same in Markdown.
pub(crate) fn markdown(plan: &Plan, provider: Option<&Capabilities>) -> String {
    let rows = rows(plan, provider).map(|cells| table::escaped(&cells));
    let doors: Vec<String> = footer::doors(plan).map(|door| format!("\n{}\n", base::markdown(&door))).collect();
    let doors = doors.concat();
    format!("{}{}\n{doors}", table::markdown(&header(plan), rows), base::markdown(&footer::sentence(plan, provider)))
}

/// The order in which columns give way to a narrow terminal: docs/src/plan.md, "On a narrow terminal".
fn columns<'p>(plan: &'p Plan, provider: Option<&Capabilities>) -> Table<'p> {
    let mut table = Table::new(&header(plan), rows(plan, provider))
        .wrapping(&["REACHED AT", "AUDIENCE"])
        .leaving("SOCKET")
        .leaving("CONTAINER");
    let mut files = plan.sockets.iter().map(|socket| &socket.origin.file);
    let first = files.next();
    if files.all(|file| Some(file) == first) {
        table = table.shortening("DEFINED AT", |row| place(&plan.sockets[row].origin));
    }
    table.leaving("DEFINED AT")
}

/// `node 8:15`: where an entry is, without the file.
fn place(origin: &Origin) -> String {
    let words = origin.words();
    let level = words.split(' ').next().unwrap_or_default();
    format!("{level} {}:{}", origin.line, origin.column)
}

fn cells(socket: &PlannedSocket, provider: Option<&Capabilities>, has_entrances: bool) -> Vec<String> {
    let mut socket_type = if socket.socket_type == socket.written_type {
        socket.socket_type.to_string()
    } else {
        format!("{} (from {})", socket.socket_type, socket.written_type)
    };
    match socket.carriage {
        Some(Carriage::Raw) => socket_type.push_str(", raw"),
        Some(Carriage::ClientRequired) => socket_type.push_str(", visitor"),
        Some(Carriage::Native) | None => {}
    }
    let mut cells = vec![
        whole(&socket.node),
        socket.port.to_string(),
        socket_type,
        entrance::who(socket),
        whole(&socket.name),
        whole(&socket.container),
        whole(&socket.origin.words()),
    ];
    if has_entrances {
        cells.insert(ENTRANCE_COLUMN, entrance::words(socket, provider).unwrap_or_else(|| "–".to_owned()));
    }
    cells
}

fn rows(plan: &Plan, provider: Option<&Capabilities>) -> impl Iterator<Item = Vec<String>> {
    let has_entrances = has_entrances(plan);
    plan.sockets.iter().map(move |socket| cells(socket, provider, has_entrances))
}
