//! Random changes of random repositories, read twice: naively, topology by topology in a work tree of each side, and by the comment
//! for a reviewer. Whoever gets in or is led elsewhere after and not before is in the comment. Real git.

mod comment;
mod edits;
mod make;
mod reader;
mod settings;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use publish_plan::Exit;
use rayon::prelude::*;
use serde_json::Value;

use crate::reports::review::Repository;
use crate::support::make_repository;
use comment::Comment;
use make::{Maker, PROVIDERS};
use reader::{Place, Reading, WORLDS};
use tree::Tree;

/// How many pairs of repositories there are.
const PAIRS: u32 = 200;

/// The heading above the rows that open to anyone.
const ANYONE: &str = "Open to anyone on the Internet";

/// In how many pairs each of these has to be seen, or the test says nothing about it.
const LEAST: [(&str, usize); 21] = [
    ("strangers get in", 15),
    ("someone gets in", 15),
    ("someone gets into what is new", 4),
    ("someone gets in with a variable", 10),
    ("leads elsewhere", 8),
    ("leads elsewhere with a variable", 4),
    ("an address leads elsewhere", 3),
    ("an address leads into another topology", 2),
    ("behind a jump host", 5),
    ("another provider", 10),
    ("another relay", 5),
    ("another secret", 2),
    ("another domain", 2),
    ("another jump host", 2),
    ("others know the visitors", 3),
    ("another head", 8),
    ("renamed", 15),
    ("gone", 5),
    ("not readable any more", 10),
    ("nobody is let in or led elsewhere", 20),
    ("the comment says that nothing differs", 15),
];

#[test]
fn whoever_gets_in_or_is_led_elsewhere_is_in_the_comment() {
    let seeds = (0..PAIRS).into_par_iter().with_min_len(50);
    let all: Vec<BTreeSet<&str>> = seeds.map_init(Ground::new, |ground, seed| look(seed, ground)).collect();
    let count = |what: &str| all.iter().filter(|seen| seen.contains(what)).count();
    let edits = edits::names().map(|name| (name, 3));
    let providers = PROVIDERS.map(|provider| (provider, 1));
    let all = LEAST.into_iter().chain(edits).chain(providers).map(|(what, least)| (what, count(what), least));
    let seldom: Vec<_> = all.filter(|(_, count, least)| count < least).collect();
    assert!(seldom.is_empty(), "seen too seldom, with how often it is to be seen: {seldom:?}");
}

/// Where trees are written, one after another: a work tree for the side before, and a repository with a commit of each side.
struct Ground {
    base: tempfile::TempDir,
    head: Repository,
    before: Tree,
    after: Tree,
}

impl Ground {
    fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        make_repository(base.path());
        let head = Repository::new(&[]);
        for setting in ["gc.auto", "maintenance.auto"] {
            head.git(&["config", setting, "0"]);
        }
        Self { base, head, before: Tree::default(), after: Tree::default() }
    }

    fn put(&mut self, before: &Tree, after: &Tree) {
        before.write(self.base.path(), &self.before);
        before.write(self.head.folder.path(), &self.after);
        self.head.commit();
        self.head.base = self.head.git(&["rev-parse", "HEAD"]);
        after.write(self.head.folder.path(), before);
        self.head.commit();
        (self.before, self.after) = (before.clone(), after.clone());
    }
}

/// Looks at one pair: what there was to see.
fn look(seed: u32, ground: &mut Ground) -> BTreeSet<&'static str> {
    let mut maker = Maker::new(u64::from(seed) + 1);
    let mut before = maker.tree();
    for _ in 0..maker.below(4) {
        edits::edit(&mut maker, &mut before);
    }
    let mut after = before.clone();
    let edited: Vec<&str> = (0..=maker.below(4)).map(|_| edits::edit(&mut maker, &mut after)).collect();
    // Where git tracks no topology, nothing is compared, and that is said.
    if !before.things.keys().chain(after.things.keys()).any(|path| is_topology(path)) {
        return BTreeSet::new();
    }
    ground.put(&before, &after);
    let run = ground.head.comment(&[]);
    let mut pair = Pair {
        ground,
        renamed: renamed(&ground.head),
        comment: comment::read(&run.stdout),
        seen: edited.iter().copied().collect(),
        wrong: Vec::new(),
        is_any_wider: false,
    };
    pair.check(run.exit);
    assert!(
        pair.wrong.is_empty(),
        "pair {seed}, {}:\n- {}\n\nbefore:\n{}\nafter:\n{}\n{}{}",
        edited.join(", "),
        pair.wrong.join("\n- "),
        before.text(),
        after.text(),
        run.stdout,
        run.stderr,
    );
    pair.seen
}

/// The new and the old paths of files that have other names, as git sees them.
fn renamed(head: &Repository) -> BTreeMap<String, String> {
    let listed = head.git(&["diff-tree", "-r", "-z", "--find-renames", "--name-status", &head.base, "HEAD"]);
    let mut fields = listed.split('\0').filter(|field| !field.is_empty());
    let mut renamed = BTreeMap::new();
    while let Some(status) = fields.next() {
        let path = fields.next().unwrap();
        if status.starts_with('R') {
            renamed.insert(fields.next().unwrap().to_owned(), path.to_owned());
        }
    }
    renamed
}

/// Two trees that were put, and what the comment says of them.
struct Pair<'g> {
    ground: &'g Ground,
    /// By new path.
    renamed: BTreeMap<String, String>,
    comment: Comment,
    /// What was seen.
    seen: BTreeSet<&'static str>,
    /// What the comment should say and does not, or says and should not.
    wrong: Vec<String>,
    /// Somebody is let in or led elsewhere.
    is_any_wider: bool,
}

impl Pair<'_> {
    fn check(&mut self, exit: Exit) {
        let (base, head) = (self.ground.base.path(), self.ground.head.folder.path());
        let looked_at = self.looked_at(head);
        let old = self.ground.before.things.keys().filter(|path| is_topology(path));
        let old = old.filter_map(|path| Some((path, reader::read(base, path)?.doors())));
        let old: Vec<(&String, reader::Door)> =
            old.flat_map(|(path, doors)| doors.into_iter().map(move |door| (path, door))).collect();
        let mut differs = false;
        for path in &looked_at {
            let (after, was) = (reader::read(head, path), self.was(path));
            let before = was.as_ref().and_then(|was| reader::read(base, was));
            differs |= self.compare(path, before.as_ref(), after.as_ref());
            let own = was.as_ref().unwrap_or(path);
            for door in after.iter().flat_map(Reading::doors) {
                let is_own = old.iter().any(|(other, old)| *other == own && *old == door);
                if !is_own && old.iter().any(|(other, old)| *other != own && door.may_have_led_elsewhere(old)) {
                    let what = "an address leads into another topology";
                    let has_row = self.has_row(path, &door.led.1, false);
                    let is_told = has_row || self.comment.bold_remarks(path).next().is_some();
                    self.expect_told(what, is_told, || format!("{} led into another than {path}", door.address));
                }
            }
            if was.is_some_and(|was| was != *path) {
                self.seen.insert("renamed");
            }
        }
        for path in self.ground.before.things.keys().filter(|path| is_topology(path)) {
            let is_elsewhere = looked_at.contains(path) || self.renamed.values().any(|old| old == path);
            if !is_elsewhere && reader::read(base, path).is_some_and(|reading| publishes(reading.plan(0))) {
                differs = true;
                self.seen.insert("gone");
                self.expect(self.comment.gone.contains(path), || format!("{path} is gone"));
            }
        }
        self.check_claims(differs, exit);
    }

    /// The topologies that are looked at now: those of git by their names, what they were renamed to, and what is found through a
    /// linked folder where one was.
    fn looked_at(&self, head: &Path) -> BTreeSet<String> {
        let named = self.ground.after.things.keys().filter(|path| is_topology(path));
        let followed = self.renamed.iter().filter(|(_, old)| is_topology(old)).map(|(new, _)| new);
        let found = self.ground.before.things.keys().filter(|path| is_topology(path) && head.join(path).is_file());
        named.chain(followed).chain(found).cloned().collect()
    }

    /// The path that a topology had.
    fn was(&self, path: &str) -> Option<String> {
        if self.ground.before.things.contains_key(path) {
            return Some(path.to_owned());
        }
        let through_link = || self.ground.base.path().join(path).is_file().then(|| path.to_owned());
        // What was not looked at before is new.
        self.renamed.get(path).filter(|old| is_topology(old)).cloned().or_else(through_link)
    }

    fn expect(&mut self, is_so: bool, words: impl FnOnce() -> String) {
        if !is_so {
            self.wrong.push(words());
        }
    }

    /// Somebody is let in or led elsewhere: it was seen, and it is told.
    fn expect_told(&mut self, what: &'static str, is_told: bool, words: impl FnOnce() -> String) {
        self.seen.insert(what);
        self.is_any_wider = true;
        self.expect(is_told, words);
    }

    /// Whether there is a row in bold about a socket, in the section about anyone if it is for `anyone`.
    fn has_row(&self, path: &str, (node, port): &Place, anyone: bool) -> bool {
        let mut rows = self.comment.rows_at(path, node, *port);
        rows.any(|row| row.is_bold && (row.section == ANYONE || row.section == "Wider" && !anyone))
    }

    /// Looks for what the comment has to say of a topology; whether anything differs.
    fn compare(&mut self, path: &str, before: Option<&Reading>, after: Option<&Reading>) -> bool {
        let old = before.and_then(|before| before.plan(0));
        let is_not_compared = self.comment.not_compared.iter().any(|other| other == path);
        let Some(after) = after.filter(|after| after.plan(0).is_some()) else {
            if publishes(old) {
                self.seen.insert("not readable any more");
                let is_told = is_not_compared || self.comment.gone.iter().any(|gone| gone == path);
                self.expect(is_told, || format!("{path} is not readable any more"));
            }
            return publishes(old);
        };
        if is_not_compared {
            self.is_any_wider = true;
            return true;
        }
        let mut differs = false;
        let worlds = after.plans.len().max(before.map_or(1, |before| before.plans.len()));
        for world in 0..worlds {
            let (before, after) = (before.and_then(|before| before.plan(world)), after.plan(world));
            if let Some(after) = after {
                self.compare_plans(path, world, before, after);
            }
            differs |= reader::published(before) != reader::published(after);
        }
        if let (Some(before), Some(_)) = (before, old) {
            differs |= self.compare_deciding(path, before, after);
        }
        differs
    }

    /// Who gets in now, and where it leads, in one of the worlds.
    fn compare_plans(&mut self, path: &str, world: usize, before: Option<&Value>, after: &Value) {
        let is_plain = world == 0;
        let is_remarked = self.comment.bold_remarks(path).next().is_some();
        // Who is a member of what, and holds what, only the provider knows.
        let is_other = before.is_some_and(|before| before["provider"] != after["provider"]);
        for (at, strangers) in reader::gained(before, after) {
            let what = match (is_plain, strangers, before.is_some()) {
                (false, ..) => "someone gets in with a variable",
                (_, true, _) => "strangers get in",
                (_, _, true) => "someone gets in",
                (_, _, false) => "someone gets into what is new",
            };
            let may_be_remarked = !is_plain || is_other && !strangers;
            let is_told = may_be_remarked && is_remarked || self.has_row(path, &at, strangers);
            self.expect_told(what, is_told, || {
                format!("{what}, strangers {strangers}, world {world}: {at:?} of {path}")
            });
        }
        if publishes(Some(after)) {
            self.seen.extend(PROVIDERS.into_iter().find(|provider| after["provider"] == *provider));
            let is_folded = reader::sockets(after).any(|socket| socket["through"].is_object());
            self.seen.extend(is_folded.then_some("behind a jump host"));
        }
        let Some(before) = before else { return };
        let elsewhere = reader::leading_elsewhere(before, after).into_iter().map(|at| (at, "leads elsewhere"));
        let led = reader::led_elsewhere(before, after).into_iter().map(|at| (at, "an address leads elsewhere"));
        for (at, what) in elsewhere.chain(led) {
            let is_told = !is_plain && is_remarked || self.has_row(path, &at, false);
            let what = if is_plain { what } else { "leads elsewhere with a variable" };
            self.expect_told(what, is_told, || format!("{what}, world {world}: {at:?} of {path}"));
        }
    }

    /// What decides beside the plan; whether anything differs that matters.
    fn compare_deciding(&mut self, path: &str, before: &Reading, after: &Reading) -> bool {
        if !(0..WORLDS.len()).any(|world| publishes(after.plan(world))) {
            return false;
        }
        let keys: BTreeSet<&String> = before.deciding.keys().chain(after.deciding.keys()).collect();
        let is_other = |key: &&&String| before.deciding.get(**key) != after.deciding.get(**key);
        let mut differing: Vec<&str> = keys.iter().filter(is_other).map(|key| key.as_str()).collect();
        // What another provider reads says nothing of what this one read.
        if differing.contains(&"provider") {
            differing = vec!["provider"];
        }
        let names_key = publishes(after.plan(0));
        for key in &differing {
            let is_told = self.comment.bold_remarks(path).any(|remark| !names_key || remark.text.starts_with(key));
            self.expect_told(about(key), is_told, || format!("{key} differs for {path}"));
        }
        !differing.is_empty()
    }

    /// What the comment says is so.
    fn check_claims(&mut self, differs: bool, exit: Exit) {
        if !self.is_any_wider {
            self.seen.insert("nobody is let in or led elsewhere");
        }
        if self.comment.says_nothing {
            self.seen.insert("the comment says that nothing differs");
            let is_so = !differs && self.comment.rows.is_empty();
            self.expect(is_so, || "something differs, and the comment says that nothing does".to_owned());
        }
        let open = self.comment.rows.iter().filter(|row| row.section == ANYONE);
        let open: Vec<_> =
            open.map(|row| (row.topology.clone(), (row.node.clone(), row.port), row.types.clone())).collect();
        self.expect(open.len() == self.comment.open_to_anyone, || "the first line counts others".to_owned());
        for (path, at, types) in open {
            let socket_type = types.rsplit(' ').next().unwrap_or_default();
            let lets_in = |root: &Path, path: &str| {
                let reading = reader::read(root, path);
                let plan = reading.as_ref().and_then(|reading| reading.plan(0));
                plan.is_some_and(|plan| reader::lets_strangers_in(plan, &at, socket_type))
            };
            let was = self.was(&path);
            let was_so = was.is_some_and(|was| lets_in(self.ground.base.path(), &was));
            let is_so = lets_in(self.ground.head.folder.path(), &path);
            self.expect(is_so && !was_so, || format!("{at:?} of {path} is not open to anyone, or was before"));
        }
        let is_led = ["an address leads elsewhere", "an address leads into another topology"];
        let is_led = is_led.iter().any(|what| self.seen.contains(what));
        let says_led = self.comment.remarks.iter().any(|remark| remark.line.contains(" led to port "));
        self.expect(is_led || !says_led, || "an address leads where it led, and the comment says elsewhere".to_owned());
        let is_bold = self.comment.rows.iter().any(|row| row.is_bold)
            || self.comment.remarks.iter().any(|remark| remark.is_bold)
            || self.comment.has_new_errors
            || !self.comment.not_compared.is_empty();
        self.expect(is_bold == (exit != Exit::Clean), || format!("{exit:?}, and something bold: {is_bold}"));
    }
}

fn is_topology(path: &str) -> bool {
    path.ends_with(".clab.yml") || path.ends_with(".clab.yaml")
}

fn publishes(plan: Option<&Value>) -> bool {
    plan.is_some_and(|plan| reader::sockets(plan).next().is_some())
}

/// What a key is about.
fn about(key: &str) -> &'static str {
    match key {
        "provider" => "another provider",
        "jump-host" => "another jump host",
        "relay.address" | "relay.identity" | "relay.known-hosts" => "another relay",
        "secret" | "cloudflare.credentials" => "another secret",
        "names.domain" => "another domain",
        "cloudflare.tunnel" | "cloudflare.team" | "access-tags" | "tailscale.domain" => "others know the visitors",
        "name" | "prefix" | "mgmt.network" | "image of the tunnel node" => "another head",
        _ => unreachable!("{key}"),
    }
}
