//! People with addresses of chance, and entries with addresses and domains that look like theirs: in gets exactly who an independent
//! reader says.

use std::fmt::Write as _;
use std::thread;

use super::stage::{Gateway, Identity, soon};
use crate::support::mutate::Chance;

/// Always the same people and entries.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const PEOPLE: usize = 25;
/// Entries for each person.
const ENTRIES: usize = 8;

/// One of these.
fn one<'a>(chance: &mut Chance, of: &[&'a str]) -> &'a str {
    of[chance.below(of.len())]
}

/// The same text with its letters in another case.
fn in_other_case(chance: &mut Chance, text: &str) -> String {
    text.chars().map(|letter| if chance.below(3) == 0 { letter.to_ascii_uppercase() } else { letter }).collect()
}

/// An address of few letters, so that others are like it.
fn address(chance: &mut Chance) -> String {
    let name: Vec<&str> =
        (0..=chance.below(3)).map(|_| one(chance, &["a", "b", "ab", ".", "+", "-", "_", "1"])).collect();
    let name = name.concat();
    let name = if name.starts_with(['-', '.']) || name.ends_with('.') || name.contains("..") {
        format!("a{}b", name.replace('.', ""))
    } else {
        name
    };
    let domain: Vec<&str> = (0..=chance.below(2)).map(|_| one(chance, &["a", "ab", "b-a", "b"])).collect();
    format!("{name}@{}.{}", domain.join("."), one(chance, &["co", "com", "org"]))
}

/// What an entry names that lets somebody in, or that looks like it.
fn item(chance: &mut Chance, person: &str) -> String {
    let (name, domain) = person.split_once('@').unwrap();
    let near = match chance.below(16) {
        0..3 => person.to_owned(),
        3..6 => domain.to_owned(),
        6 => format!("sub.{domain}"),
        7 => format!("{name}@sub.{domain}"),
        8 => {
            domain.split_once('.').map(|(_, rest)| rest).filter(|rest| rest.contains('.')).unwrap_or("a.co").to_owned()
        }
        9 => format!("{domain}.org"),
        10 => format!("a{domain}"),
        11 => format!("{name}1@{domain}"),
        12 => format!("a{name}@{domain}"),
        13 => format!("{}@{domain}", name.replace(['.', '+', '_'], "-").trim_matches('-').to_owned() + "x"),
        // A character in place of each dot.
        14 => format!("{}.com", domain.replace('.', "x")),
        _ => person.replace('+', "-").trim_start_matches('-').to_owned(),
    };
    let near = if near.starts_with(['@', '-', '.']) { person } else { &near };
    in_other_case(chance, near)
}

/// Whether an acl names somebody, in the words of the language: an address is the same in any case, and a domain is that of the address
/// as a whole.
fn names(items: &[String], person: &str) -> bool {
    let person = person.to_lowercase();
    let its_domain = &person[person.rfind('@').unwrap() + 1..];
    items
        .iter()
        .any(|item| if item.contains('@') { item.to_lowercase() == person } else { item.to_lowercase() == its_domain })
}

#[test]
fn of_two_hundred_pairs_exactly_those_get_in_whom_the_entry_names() {
    let mut chance = Chance::new(SEED);
    let mut people = Vec::new();
    let mut topology = String::from("name: stage\ntopology:\n  nodes:\n");
    let mut pairs = Vec::new();
    for index in 0..PEOPLE {
        let written = address(&mut chance);
        let person = in_other_case(&mut chance, &written);
        people.push((format!("person{index}"), person.clone()));
        for entry in 0..ENTRIES {
            let mut items = vec![item(&mut chance, &written)];
            let another = item(&mut chance, &written);
            // The same twice, or an address of a domain that is there, is a warning.
            let is_new = items[0].contains('@') == another.contains('@') && !another.eq_ignore_ascii_case(&items[0]);
            if is_new && chance.below(2) == 0 {
                items.push(another);
            }
            let node = format!("n{index}x{entry}");
            writeln!(topology, "    {node}: {{kind: linux, publish: [\"http/80/{}\"]}}", items.join(",")).unwrap();
            pairs.push((index, node, items));
        }
    }
    let Some(gateway) = Gateway::start_with(Identity::Mock, &people) else { return };
    gateway.install_text(&topology, &[]);
    // A child of Apache that ends can still answer for a moment, and knows none of these pages.
    let first = format!("https://{}-80.lab.test/", pairs[0].1);
    assert!(soon(|| gateway.get(None, &first, &[]).status == 302), "{:?}", gateway.get(None, &first, &[]));
    let tries = |(index, (name, address)): (usize, &(String, String))| -> usize {
        let own = pairs.iter().filter(|(whose, ..)| *whose == index);
        let is_in = own.map(|(_, node, items)| {
            let page = gateway.login(name, &format!("https://{node}-80.lab.test/"));
            // No node answers: who is let in is told so.
            let is_in = page.status == 503 && page.body.contains("The tunnel of the lab is down.");
            assert!(is_in || page.is_refusal(), "{address} at {items:?}: {page:?}");
            assert_eq!(is_in, names(items, address), "{address} at {items:?}");
            is_in
        });
        is_in.filter(|is_in| *is_in).count()
    };
    let inside: usize = thread::scope(|scope| {
        let all: Vec<_> = people.iter().enumerate().collect();
        let parts: Vec<_> = all
            .chunks(PEOPLE / 4)
            .map(|part| {
                let (part, tries) = (part.to_vec(), &tries);
                scope.spawn(move || part.into_iter().map(tries).sum::<usize>())
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum()
    });
    assert!((40..160).contains(&inside), "{inside} of {} pairs: too few of one kind show nothing", pairs.len());
}
