//! The labs that are open from an account, as a table.

use super::table::Table;

const HEADER: [&str; 7] = ["LAB", "PROVIDER", "OPEN FOR", "CLOSES", "UP", "OPEN TO ANYONE", "DIRECTORY"];

/// The table of `rows`, each with a cell for every column. It fits `width` columns, if there is a limit.
pub(crate) fn table(rows: impl Iterator<Item = Vec<String>>, width: Option<usize>) -> String {
    Table::new(&HEADER, rows).wrapping(&["DIRECTORY"]).text(width)
}
