//! A reader of the comment, which knows Markdown and nothing else.

use std::collections::BTreeMap;

/// What a comment says.
#[derive(Debug, Default)]
pub(super) struct Comment {
    pub(super) says_nothing: bool,
    /// The number of ports in the first line that are open to anyone.
    pub(super) open_to_anyone: usize,
    pub(super) rows: Vec<Row>,
    pub(super) remarks: Vec<Remark>,
    pub(super) not_compared: Vec<String>,
    pub(super) has_new_errors: bool,
    pub(super) gone: Vec<String>,
    /// The topologies of the list, with what each was called before.
    pub(super) topologies: BTreeMap<String, Option<String>>,
}

/// A row of a table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) section: String,
    pub(super) topology: String,
    pub(super) is_bold: bool,
    pub(super) node: String,
    pub(super) port: u64,
    pub(super) types: String,
}

/// A line about something beside sockets.
#[derive(Debug)]
pub(super) struct Remark {
    pub(super) is_bold: bool,
    pub(super) text: String,
    pub(super) line: String,
    pub(super) topologies: Vec<String>,
    /// How many topologies are not named.
    pub(super) more: usize,
}

impl Remark {
    pub(super) fn is_about(&self, topology: &str) -> bool {
        self.more > 0 || self.topologies.iter().any(|named| named == topology)
    }
}

/// The text of the code span at the beginning, as `CommonMark` has it (section 6.1), and the rest.
fn span(text: &str) -> Option<(String, &str)> {
    let fence = text.len() - text.trim_start_matches('`').len();
    let inside = text.get(fence..).filter(|_| fence > 0)?;
    let mut from = 0;
    loop {
        let start = from + inside[from..].find('`')?;
        let run = inside[start..].len() - inside[start..].trim_start_matches('`').len();
        if run == fence {
            let code = &inside[..start];
            let stripped = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
            let code = stripped.filter(|code| !code.trim().is_empty()).unwrap_or(code);
            return Some((code.to_owned(), &inside[start + run..]));
        }
        from = start + run;
    }
}

/// The texts of all code spans of a line.
fn spans(mut text: &str) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(start) = text.find('`') {
        let Some((code, rest)) = span(&text[start..]) else { break };
        all.push(code);
        text = rest;
    }
    all
}

/// The text of a cell that is a code span.
fn cell(text: &str) -> String {
    span(text).map_or_else(|| text.to_owned(), |(code, _)| code.replace("\\u{7c}", "|"))
}

/// Reads a comment, all of which must be of a known form.
pub(super) fn read(text: &str) -> Comment {
    assert!(!text.contains("not shown here"), "{text}");
    let mut comment = Comment { says_nothing: text.contains("opens nothing and closes nothing"), ..Comment::default() };
    let mut section = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("#### ") {
            heading.clone_into(&mut section);
        } else if line.starts_with("| ") && !line.starts_with("| TOPOLOGY") && !line.starts_with("| -") {
            comment.rows.push(row(&section, line));
        } else if let Some(item) = line.strip_prefix("- ") {
            comment.item(&section, item);
        } else if section.is_empty() && line.contains("open to anyone") {
            let (count, _) = line.split_once(" port").unwrap();
            comment.open_to_anyone = count.rsplit("**").next().unwrap().parse().unwrap();
        }
    }
    comment
}

fn row(section: &str, line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [topology, change, node, port, types, _, _] = cells[..] else { panic!("{line}") };
    Row {
        section: section.to_owned(),
        topology: cell(topology),
        is_bold: change.starts_with("**"),
        node: cell(node),
        port: port.parse().unwrap(),
        types: types.to_owned(),
    }
}

impl Comment {
    fn item(&mut self, section: &str, item: &str) {
        let bold = item.strip_prefix("**");
        let (first, rest) = span(bold.unwrap_or(item)).unwrap_or_else(|| panic!("{item}"));
        match section {
            "Could not be compared" => {
                assert!(bold.is_some() && rest.contains("could not be compared**: `"), "{item}");
                self.not_compared.push(first);
            }
            "Topologies" => {
                let was = rest.strip_prefix(" (was `").map(|_| span(&rest[" (was ".len()..]).unwrap().0);
                self.topologies.insert(first, was);
            }
            "Deleted, or no longer in the compared paths" => {
                assert!(rest.starts_with(" is gone: "), "{item}");
                self.gone.push(first);
            }
            "Might lead elsewhere, or is unknown" | "Settings and notes" => {
                // A sentence that has no word of the repository's is no code.
                let mut names = rest.strip_prefix(if bold.is_some() { "** in " } else { " in " });
                names = names.or_else(|| item.rfind(" in `").map(|at| &item[at + " in ".len()..]));
                let mut remark = Remark {
                    is_bold: bold.is_some(),
                    text: first,
                    line: item.to_owned(),
                    topologies: Vec::new(),
                    more: 0,
                };
                while let Some((name, rest)) = names.and_then(span) {
                    remark.topologies.push(name);
                    names = rest.strip_prefix(", ");
                    if let Some(more) = rest.strip_prefix(" and ") {
                        remark.more = more.split(' ').next().unwrap().parse().unwrap();
                    }
                }
                // A line about several topologies names them where each has its part.
                if remark.topologies.is_empty() {
                    remark.topologies = spans(item);
                }
                assert!(!remark.topologies.is_empty(), "{item}");
                self.remarks.push(remark);
            }
            "No longer shown by `check`" => {}
            "New errors that stop `compile`" => self.has_new_errors = true,
            _ => panic!("{section}: {item}"),
        }
    }

    /// The rows about a port of a node of a topology.
    pub(super) fn rows_at<'c>(&'c self, topology: &'c str, node: &'c str, port: u64) -> impl Iterator<Item = &'c Row> {
        self.rows.iter().filter(move |row| row.topology == topology && row.node == node && row.port == port)
    }

    /// The remarks in bold about a topology.
    pub(super) fn bold_remarks<'c>(&'c self, topology: &'c str) -> impl Iterator<Item = &'c Remark> {
        self.remarks.iter().filter(move |remark| remark.is_bold && remark.is_about(topology))
    }
}
