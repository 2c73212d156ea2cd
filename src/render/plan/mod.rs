//! A plan as a table or in Markdown.

mod footer;

use super::entrance;
use super::table::{self, Table};
use crate::base::{self, whole};
use crate::plan::{Origin, Plan, PlannedSocket};
use crate::provider::{Capabilities, Carriage};

/// The columns that a plan has only if there is something in them.
#[derive(Clone, Copy)]
struct Columns {
    /// There are several providers.
    provider: bool,
    /// It is known how visitors come in.
    entrance: bool,
}

impl Columns {
    fn of(plan: &Plan) -> Self {
        let has_entrance = |socket: &PlannedSocket| {
            socket.public_port.is_some() || socket.host_name.is_some() || socket.through.is_some()
        };
        Self { provider: !plan.providers.is_empty(), entrance: plan.sockets.iter().any(has_entrance) }
    }

    fn header(self) -> Vec<&'static str> {
        let provider = self.provider.then_some("PROVIDER");
        let entrance = self.entrance.then_some("REACHED AT");
        let first = ["NODE", "PORT", "TYPE"].into_iter().chain(provider).chain(entrance);
        first.chain(["AUDIENCE", "SOCKET", "CONTAINER", "DEFINED AT"]).collect()
    }
}

/// A plan as a table with what is below it. It fits `width` columns, if there is a limit; what is open is red if `color` is set.
/// `providers` are those that were selected.
pub(crate) fn table(plan: &Plan, providers: &[&Capabilities], width: Option<usize>, color: bool) -> String {
    columns(plan).text(width) + &footer::lines(plan, providers, width, color)
}

/// The same in Markdown.
pub(crate) fn markdown(plan: &Plan, providers: &[&Capabilities]) -> String {
    let rows = rows(plan).map(|cells| table::escaped(&cells));
    let doors: Vec<String> = footer::doors(plan).map(|door| format!("\n{}\n", base::markdown(&door))).collect();
    let doors = doors.concat();
    format!(
        "{}{}\n{doors}",
        table::markdown(&Columns::of(plan).header(), rows),
        base::markdown(&footer::sentence(plan, providers))
    )
}

/// The order in which columns give way to a narrow terminal: docs/src/plan.md, "On a narrow terminal".
fn columns(plan: &Plan) -> Table<'_> {
    let mut table = Table::new(&Columns::of(plan).header(), rows(plan))
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

fn cells(socket: &PlannedSocket, columns: Columns) -> Vec<String> {
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
    let or_none = |words: Option<String>| words.unwrap_or_else(|| "–".to_owned());
    let provider = columns.provider.then(|| or_none(socket.provider.map(str::to_owned)));
    let entrance = columns.entrance.then(|| or_none(entrance::words(socket)));
    let first = [whole(&socket.node), socket.port.to_string(), socket_type].into_iter().chain(provider).chain(entrance);
    let [name, container] = [&socket.name, &socket.container].map(|name| whole(name));
    first.chain([entrance::who(socket), name, container, whole(&socket.origin.words())]).collect()
}

fn rows(plan: &Plan) -> impl Iterator<Item = Vec<String>> {
    let columns = Columns::of(plan);
    plan.sockets.iter().map(move |socket| cells(socket, columns))
}
