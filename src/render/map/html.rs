use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::change::Mark;
use super::graph::{Access, Graph, MapDoor, MapNode, WhoEnters};
use super::markup::xml;
use super::svg;
use crate::base::{SocketType, counted};

const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The most doors of the picture that shows each of them; the table has them all.
const MOST_DOORS: usize = 1_000;

/// A page that needs nothing else: the map, all doors in a table, and, where scripts run, a filter. Its policy lets no script, style,
/// or picture in that is not its own.
pub(super) fn document(graph: &Graph, folded: &Graph, notes: &[String]) -> String {
    let style = format!("{PAGE_STYLE}{}", svg::STYLE);
    let title = xml(&format!("Who can reach {}", graph.title));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{}</p>\n",
        hash(&style),
        hash(SCRIPT),
        xml(&graph.heading().map(String::as_str).collect::<Vec<_>>().join("; ")),
    );
    if !notes.is_empty() {
        let items: Vec<String> = notes.iter().map(|note| format!("<li>{}</li>\n", xml(note))).collect();
        let _ = write!(out, "<ul>\n{}</ul>\n", items.concat());
    }
    out += &form(graph);
    out.push_str("<p role=\"status\"></p>\n");
    let (all, lines) = (graph.doors().count(), folded.doors().count());
    if lines == all {
        out += &figure(graph, " id=\"all-doors\"", "Map");
    } else {
        out += &figure(folded, "", "Folded map");
        if all <= MOST_DOORS {
            let whole = figure(graph, " id=\"all-doors\"", "Map of every door");
            let _ = write!(out, "<details>\n<summary>Show each of the {all} doors</summary>\n{whole}</details>\n");
        }
    }
    out += &table(graph);
    let audiences: Vec<_> = graph.audiences.iter().map(searched).collect();
    // Inside of a script, only a `<` could end it.
    let audiences = serde_json::Value::from(audiences).to_string().replace('<', "\\u003c");
    let _ = write!(
        out,
        "</main>\n<script type=\"application/json\" id=\"audiences\">{audiences}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    out
}

/// What a policy for content calls a text (CSP 3, `hash-source`).
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn searched(who: &WhoEnters) -> serde_json::Value {
    let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    let policies = who.access == Access::Named && who.words.len() > who.emails.len() + who.domains.len();
    json!({
        "access": who.access.class(),
        "emails": lower(&who.emails),
        "domains": lower(&who.domains),
        "policies": policies,
    })
}

/// Shown by the script, which it needs.
fn form(graph: &Graph) -> String {
    let options = |words: BTreeSet<&str>| -> String {
        let option = |word| format!("<option value=\"{0}\">{0}</option>", xml(word));
        words.into_iter().map(option).collect::<Vec<_>>().concat()
    };
    let people: BTreeSet<&str> = graph.audiences.iter().flat_map(|who| &who.emails).map(String::as_str).collect();
    let nodes = graph.doors().filter(|(_, node, _)| !node.is_every);
    let nodes: BTreeSet<&str> = nodes.map(|(_, node, _)| node.words.as_str()).collect();
    let types: BTreeSet<&str> =
        graph.doors().filter_map(|(_, _, door)| door.socket_type).map(SocketType::word).collect();
    format!(
        "<form hidden>\n\
         <label>What can this person reach? <input name=\"person\" type=\"text\" inputmode=\"email\" autocomplete=\"off\" \
         placeholder=\"alice@example.com\" list=\"people\"></label>\n<datalist id=\"people\">{}</datalist>\n\
         <label>Node <select name=\"node\"><option value=\"\">all</option>{}</select></label>\n\
         <label>Type <select name=\"type\"><option value=\"\">all</option>{}</select></label>\n\
         <button type=\"reset\">Show all</button>\n</form>\n",
        options(people),
        options(nodes),
        options(types),
    )
}

fn figure(graph: &Graph, attributes: &str, label: &str) -> String {
    format!(
        "<figure{attributes} role=\"region\" tabindex=\"0\" aria-label=\"{label}\">\n{}\n</figure>\n",
        svg::picture(graph, &[], "", "")
    )
}

/// Every door in a row.
fn table(graph: &Graph) -> String {
    let has_changes = graph.doors().any(|(_, _, door)| door.change.is_some());
    let change = if has_changes { "<th scope=\"col\">Change</th>" } else { "" };
    let rows: String =
        graph.doors().map(|(_, node, door)| row(&graph.audiences[door.who], node, door, has_changes)).collect();
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table of doors\">\n<table>\n<caption>{}</caption>\n\
         <thead><tr>{change}<th scope=\"col\">Who</th><th scope=\"col\">Door</th><th scope=\"col\">How</th>\
         <th scope=\"col\">Node</th><th scope=\"col\">Port</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n",
        counted(graph.doors().count(), "door")
    )
}

fn row(who: &WhoEnters, node: &MapNode, door: &MapDoor, has_changes: bool) -> String {
    let change = door.change.as_ref().map_or_else(String::new, |change| xml(&change.words));
    let change = if has_changes { format!("<td>{change}</td>") } else { String::new() };
    let is_gone = door.change.as_ref().is_some_and(|change| change.mark == Mark::Gone);
    let people: Vec<String> = who.words.iter().map(|word| xml(word)).collect();
    format!(
        "<tr data-who=\"{}\" data-node=\"{node}\" data-type=\"{}\"{}>{change}<td class=\"{}\"><span class=\"verdict\"></span>{}</td>\
         <td>{}</td><td>{}</td><td>{node}</td><td>{}</td></tr>\n",
        door.who,
        door.socket_type.map_or("", SocketType::word),
        [if is_gone { " data-gone" } else { "" }, if node.is_every { " data-every" } else { "" }].concat(),
        who.access.class(),
        people.join("<br>"),
        xml(&door.entrance),
        xml(&door.how),
        door.ports.join(", "),
        node = xml(&node.words),
    )
}
