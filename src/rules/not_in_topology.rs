//! A level of an entries file that the topology does not have.

use std::collections::BTreeSet;

use super::RuleContext;
use crate::base::{Edit, Finding, Findings, Fix, Rule, Severity, closest, did_you_mean, plain, quoted};
use crate::model::{Listed, Section, Text};
use crate::resolve::Lab;

pub(crate) const RULE: &Rule = &Rule::new("not-in-topology", &[Severity::Error]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    for Listed { section, name } in lab.topology.entries_file.iter().flat_map(|file| &file.unknown) {
        let span = lab.span(name.place);
        let message = format!("the topology has no {} {}", section.word(), quoted(lab.shown(*name)));
        let finding = Finding::error(RULE, message)
            .at(span, "this list applies to nothing; what was meant keeps its other entries");
        let names = names(lab, *section);
        let is_written = !lab.source.is_substituted(name.place);
        let guess = closest(name.value, names.iter().copied()).filter(|_| is_written);
        findings.push(match guess {
            Some(guess) => {
                // Only a name that is written as it is can be replaced by another.
                let is_bare = lab.original(name.place) == name.value && is_plain(guess);
                finding.help(did_you_mean(guess)).fix(is_bare.then(|| Fix::guess(Edit::replace(span, guess))))
            }
            None => finding.help(help(*section, &names)),
        });
    }
}

/// The names that a section could have; none with a value from the environment in it.
fn names<'l>(lab: &Lab<'l>, section: Section) -> BTreeSet<&'l str> {
    let topology = lab.topology;
    let names: Vec<Text<'l>> = match section {
        Section::Nodes => topology.nodes.iter().map(|(name, _)| *name).collect(),
        Section::Kinds => topology
            .kinds
            .all
            .iter()
            .map(|(name, _)| *name)
            .chain(lab.nodes.iter().filter_map(|node| node.kind))
            .collect(),
        Section::Groups => {
            let named = topology.nodes.iter().filter_map(|(_, level)| level.group);
            topology.groups.all.iter().map(|(name, _)| *name).chain(named).collect()
        }
        Section::Defaults => Vec::new(),
    };
    names.into_iter().filter(|name| !lab.source.is_substituted(name.place)).map(|name| name.value).collect()
}

/// The most names that a help line lists.
const MOST_NAMES: usize = 8;

fn help(section: Section, names: &BTreeSet<&str>) -> String {
    if names.is_empty() || names.len() > MOST_NAMES {
        return format!("write the name of a {} as the topology has it", section.word());
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", plain(name))).collect();
    format!("it has {}", names.join(", "))
}

/// A word that is the same in YAML without quotes.
fn is_plain(word: &str) -> bool {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    word.starts_with(|letter: char| letter.is_ascii_alphabetic()) && word.chars().all(is_of_name)
}
