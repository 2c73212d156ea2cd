//! Rows for people: columns of text that fit a terminal, or a table in Markdown. Without a row there is no table.
//!
//! A terminal that is too narrow for a table gets less of it, in this order: columns go or get shorter, one step after another;
//! then cells are broken at spaces; then each row becomes a record, one field per line. Nothing is ever broken inside a word: an
//! entry, an address, or a name stays in one piece.

use std::borrow::Cow;
use std::iter;

use super::wrap;
use crate::base;

/// The most columns that a cell is padded to. A wider one makes its own row longer, not every other: an acl can name thousands
/// of people.
const WIDEST: usize = 400;

/// What is between two columns.
const GAP: usize = 2;

/// A cell of a column that may be wrapped gets at least this many columns before another column gives way to it.
const COMFORTABLE: usize = 32;

/// A table before it is known how wide it may be.
pub(crate) struct Table<'t> {
    header: Vec<&'t str>,
    rows: Vec<Vec<Cow<'t, str>>>,
    wrapping: &'t [&'t str],
    steps: Vec<Step<'t>>,
    elsewhere: &'t str,
}

/// One of the ways in which a table gets narrower.
enum Step<'t> {
    Leave(&'t str),
    /// The cell of each row, by the row's number.
    Shorten(&'t str, Box<dyn Fn(usize) -> String + 't>),
}

impl<'t> Table<'t> {
    pub(crate) fn new<C: Into<Cow<'t, str>>>(header: &[&'t str], rows: impl Iterator<Item = Vec<C>>) -> Self {
        Self {
            header: header.to_vec(),
            rows: rows.map(|row| row.into_iter().map(Into::into).collect()).collect(),
            wrapping: &[],
            steps: Vec::new(),
            elsewhere: "--format json has all",
        }
    }

    /// The columns, by their headings, whose cells are broken at spaces before another column gives way.
    pub(crate) fn wrapping(mut self, headings: &'t [&'t str]) -> Self {
        self.wrapping = headings;
        self
    }

    /// The next step: a column goes.
    pub(crate) fn leaving(mut self, heading: &'t str) -> Self {
        self.steps.push(Step::Leave(heading));
        self
    }

    /// The next step: a column gets shorter cells, by the number of their row.
    pub(crate) fn shortening(mut self, heading: &'t str, cell: impl Fn(usize) -> String + 't) -> Self {
        self.steps.push(Step::Shorten(heading, Box::new(cell)));
        self
    }

    /// Where the columns are that went, in words.
    pub(crate) fn elsewhere(mut self, words: &'t str) -> Self {
        self.elsewhere = words;
        self
    }

    /// Whether the table has room for all its columns.
    pub(crate) fn fits(&self, columns: Option<usize>) -> bool {
        columns.is_none_or(|columns| spread(&self.comfortable(), &self.natural(), columns).is_some())
    }

    /// The table in at most `columns`, with a line about the columns that are not in it; all of it, one line per row, if there
    /// is no limit.
    pub(crate) fn text(mut self, columns: Option<usize>) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let Some(columns) = columns else { return self.drawn(&self.natural()) };
        let mut left = Vec::new();
        let mut steps = std::mem::take(&mut self.steps).into_iter();
        while !self.fits(Some(columns)) {
            match steps.next() {
                None => break,
                Some(Step::Leave(heading)) => self.leave(heading, &mut left),
                Some(Step::Shorten(heading, cell)) => self.shorten(heading, &*cell),
            }
        }
        let natural = self.natural();
        let ways = [self.comfortable(), self.narrow(), self.narrowest()];
        let widths = ways.iter().find_map(|least| spread(least, &natural, columns));
        let mut text = widths.map_or_else(|| self.records(columns), |widths| self.drawn(&widths));
        if !left.is_empty() {
            text += &wrap::sentence(&format!("not shown: {} ({})", left.join(", "), self.elsewhere), Some(columns));
        }
        text
    }

    fn leave(&mut self, heading: &'t str, left: &mut Vec<&'t str>) {
        let Some(column) = self.column(heading) else { return };
        self.header.remove(column);
        for row in &mut self.rows {
            row.remove(column);
        }
        left.push(heading);
    }

    fn shorten(&mut self, heading: &str, cell: &dyn Fn(usize) -> String) {
        let Some(column) = self.column(heading) else { return };
        for (number, row) in self.rows.iter_mut().enumerate() {
            row[column] = cell(number).into();
        }
    }

    fn column(&self, heading: &str) -> Option<usize> {
        self.header.iter().position(|known| *known == heading)
    }

    /// The width of each column: that of its heading, or the largest measure of its cells.
    fn measured(&self, of: impl Fn(&str, &str) -> usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.header.iter().map(|heading| wrap::width(heading)).collect();
        for row in &self.rows {
            for ((width, cell), heading) in widths.iter_mut().zip(row).zip(&self.header) {
                *width = (*width).max(of(heading, cell));
            }
        }
        widths
    }

    /// The widths at which no cell is broken.
    fn natural(&self) -> Vec<usize> {
        self.measured(|_, cell| wrap::width(cell))
    }

    /// The widths below which another column gives way first.
    fn comfortable(&self) -> Vec<usize> {
        self.measured(|heading, cell| {
            let width = wrap::width(cell);
            let is_wrapped = width > COMFORTABLE && self.wrapping.contains(&heading);
            if is_wrapped { wrap::longest(cell).max(COMFORTABLE) } else { width }
        })
    }

    /// The widths at which the cells are broken wherever they may be, in the columns for that.
    fn narrow(&self) -> Vec<usize> {
        self.measured(
            |heading, cell| {
                if self.wrapping.contains(&heading) { wrap::longest(cell) } else { wrap::width(cell) }
            },
        )
    }

    /// The widths at which every cell is broken wherever it may be.
    fn narrowest(&self) -> Vec<usize> {
        self.measured(|_, cell| wrap::longest(cell))
    }

    fn drawn(&self, widths: &[usize]) -> String {
        let mut out = String::new();
        let header: Vec<Cow<'_, str>> = self.header.iter().map(|heading| Cow::Borrowed(*heading)).collect();
        for row in std::iter::once(&header).chain(&self.rows) {
            draw(&mut out, row, widths);
        }
        out
    }

    fn records(&self, columns: usize) -> String {
        let indent = self.header.iter().map(|heading| wrap::width(heading)).max().unwrap_or_default() + GAP;
        let mut out = String::new();
        for row in &self.rows {
            for (heading, cell) in self.header.iter().zip(row) {
                out += &field(heading, cell, indent, Some(columns));
            }
            out.push('\n');
        }
        out
    }
}

/// One field of a record: `what`, and from column `indent` on its words, wrapped if there is a limit.
pub(crate) fn field(what: &str, words: &str, indent: usize, columns: Option<usize>) -> String {
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent));
    let words = wrap::lines(words, room, room).join(&format!("\n{:indent$}", ""));
    let fill = indent.saturating_sub(wrap::width(what));
    format!("{what}{:fill$}{words}", "").trim_end().to_owned() + "\n"
}

/// Widths between `least` and `natural` that fill at most `columns`, if the least ones do.
fn spread(least: &[usize], natural: &[usize], columns: usize) -> Option<Vec<usize>> {
    // A table begins with a space.
    let taken = 1 + least.iter().sum::<usize>() + GAP * least.len().saturating_sub(1);
    let mut free = columns.checked_sub(taken)?;
    let mut widths = least.to_vec();
    // A column that never has to wrap with a little more room gets it first.
    let mut order: Vec<usize> = (0..widths.len()).collect();
    order.sort_by_key(|column| natural[*column] - least[*column]);
    for (index, column) in order.iter().enumerate() {
        let share = free / (order.len() - index);
        let more = share.min(natural[*column] - least[*column]);
        widths[*column] += more;
        free -= more;
    }
    Some(widths)
}

fn draw(out: &mut String, row: &[Cow<'_, str>], widths: &[usize]) {
    let fits = |(cell, width): (&Cow<'_, str>, &usize)| wrap::width(cell) <= *width && !cell.contains('\n');
    if row.iter().zip(widths).all(fits) {
        return draw_line(out, row.iter().map(|cell| &**cell), widths);
    }
    let cells: Vec<Vec<&str>> = row.iter().zip(widths).map(|(cell, width)| wrap::lines(cell, *width, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..height {
        draw_line(out, cells.iter().map(|lines| lines.get(number).copied().unwrap_or_default()), widths);
    }
}

fn draw_line<'c>(out: &mut String, cells: impl Iterator<Item = &'c str>, widths: &[usize]) {
    let start = out.len();
    for (column, (text, width)) in cells.zip(widths).enumerate() {
        let gap = if column == 0 { 1 } else { GAP };
        let fill = (*width).min(WIDEST).saturating_sub(wrap::width(text));
        out.extend(iter::repeat_n(' ', gap));
        out.push_str(text);
        out.extend(iter::repeat_n(' ', fill));
    }
    out.truncate(start + out[start..].trim_end().len());
    out.push('\n');
}

/// A table of Markdown with an empty line after it. The cells are Markdown already: what is not meant as markup is escaped.
pub(crate) fn markdown(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<String> = rows.map(|cells| row(&cells)).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("{}{}\n", head(header), rows.concat())
}

/// The head of a table of Markdown.
pub(crate) fn head(header: &[&str]) -> String {
    format!("{}{}", row(header), row(&vec!["---"; header.len()]))
}

/// A row of a table of Markdown.
pub(crate) fn row(cells: &[impl AsRef<str>]) -> String {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Cells in which no character is markup.
pub(crate) fn escaped(cells: &[impl AsRef<str>]) -> Vec<String> {
    cells.iter().map(|cell| base::markdown(cell.as_ref())).collect()
}
