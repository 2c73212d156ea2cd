//! Rows as people read them: columns of text, or a table of Markdown. Where there is no row, there is no table.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use crate::base;

/// Columns, fitted to `width` of them where there is a terminal.
pub(super) fn text(header: &[&str], rows: impl Iterator<Item = Vec<String>>, width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    match width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.add_rows(rows);
    if table.is_empty() {
        return String::new();
    }
    table.to_string().lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{}", line.trim_end());
        out
    })
}

/// A table of Markdown with an empty line behind it. The cells are Markdown already: what is not meant as markup is escaped.
pub(super) fn markdown(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<String> = rows.map(|cells| row(&cells)).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("{}{}\n", head(header), rows.concat())
}

/// The head of a table of Markdown.
pub(super) fn head(header: &[&str]) -> String {
    format!("{}{}", row(header), row(&vec!["---"; header.len()]))
}

/// A row of a table of Markdown.
pub(super) fn row(cells: &[impl AsRef<str>]) -> String {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Text that stays text in each cell.
pub(super) fn escaped(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| base::markdown(cell)).collect()
}
