//! Random changes of a repository.

use super::make::{FOLDERS, GROUPS, KEYS, KINDS, LABS, Maker, NODES};
use super::tree::{Lab, Level, Settings, Thing, Tree, folder, join, provider, seen_from};

type Edit = fn(&mut Maker, &mut Tree) -> Option<()>;

/// Each with what it does, and how often it is tried.
const EDITS: [(&str, usize, Edit); 24] = [
    ("add an entry", 2, add_entry),
    ("change an entry", 4, change_entry),
    ("remove an entry", 2, remove_entry),
    ("a variable", 2, put_variable),
    ("rename a node", 2, rename_node),
    ("swap two nodes", 2, swap_nodes),
    ("move a file", 2, move_file),
    ("move and change a file", 3, move_and_change),
    ("delete a file", 1, delete_file),
    ("a new topology", 2, new_topology),
    ("a link in place of a file", 2, link_file),
    ("break a file", 2, break_file),
    ("change a setting", 14, change_setting),
    ("remove a setting", 2, remove_setting),
    ("nested settings", 2, nested_settings),
    ("remove settings", 1, remove_settings),
    ("a link in place of settings", 4, link_settings),
    ("change a key's file", 4, change_key_file),
    ("swap pins", 8, swap_pins),
    ("change the head", 3, change_head),
    ("change a kind", 2, change_kind),
    ("a link in place of a folder", 9, link_folder),
    ("lead a link elsewhere", 5, relink),
    ("change nothing that matters", 2, change_nothing),
];

/// Changes something: what it was.
pub(super) fn edit(maker: &mut Maker, tree: &mut Tree) -> &'static str {
    let all: usize = EDITS.iter().map(|(_, weight, _)| weight).sum();
    loop {
        let mut choice = maker.below(all);
        for (name, weight, edit) in EDITS {
            if choice >= weight {
                choice -= weight;
                continue;
            }
            let before = tree.clone();
            if edit(maker, tree).is_some() && *tree != before {
                return name;
            }
            *tree = before;
            break;
        }
    }
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    EDITS.iter().map(|(name, ..)| *name)
}

fn is_lab(thing: &Thing) -> bool {
    matches!(thing, Thing::Lab(_))
}

fn is_link(thing: &Thing) -> bool {
    matches!(thing, Thing::Link(_))
}

/// Some topology, and the provider there.
fn some_lab<'t>(maker: &mut Maker, tree: &'t mut Tree) -> Option<(Option<String>, &'t mut Lab)> {
    let path = maker.pick(&tree.paths(is_lab))?;
    let provider = tree.provider_at(&path);
    match tree.things.get_mut(&path) {
        Some(Thing::Lab(lab)) => Some((provider, lab)),
        _ => None,
    }
}

/// Settings, mostly of some topology.
fn some_settings<'t>(maker: &mut Maker, tree: &'t mut Tree) -> Option<&'t mut Settings> {
    let all = tree.paths(|thing| matches!(thing, Thing::Settings(_)));
    let of_labs: Vec<String> = tree.paths(is_lab).iter().filter_map(|path| tree.settings_of(path)).collect();
    let is_of_any = of_labs.is_empty() || maker.one_in(8);
    let path = maker.pick(if is_of_any { &all } else { &of_labs })?;
    match tree.things.get_mut(&path) {
        Some(Thing::Settings(settings)) => Some(settings),
        _ => None,
    }
}

fn some_level<'l>(maker: &mut Maker, lab: &'l mut Lab, has_entries: bool) -> Option<&'l mut Level> {
    let mut levels = lab.levels();
    levels.retain(|level| !has_entries || !level.entries.is_empty());
    if levels.is_empty() { None } else { Some(levels.swap_remove(maker.below(levels.len()))) }
}

fn add_entry(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (provider, lab) = some_lab(maker, tree)?;
    let entry = maker.entry(provider.as_deref());
    some_level(maker, lab, false)?.entries.push(entry);
    Some(())
}

fn change_entry(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (provider, lab) = some_lab(maker, tree)?;
    let entries = &mut some_level(maker, lab, true)?.entries;
    let index = maker.below(entries.len());
    let entry = maker.entry(provider.as_deref());
    // The same port for other people, in most cases.
    let parts = |entry: &str| entry.splitn(3, '/').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (parts(&entries[index]), parts(&entry));
    entries[index] = if maker.below(4) > 0 && old.len() > 1 && !entries[index].contains('$') {
        [&old[..2], &new[2..]].concat().join("/")
    } else {
        entry
    };
    Some(())
}

fn remove_entry(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (_, lab) = some_lab(maker, tree)?;
    let entries = &mut some_level(maker, lab, true)?.entries;
    entries.remove(maker.below(entries.len()));
    Some(())
}

fn put_variable(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (_, lab) = some_lab(maker, tree)?;
    let variable = maker.variable();
    let level = some_level(maker, lab, false)?;
    if level.entries.is_empty() || maker.one_in(2) {
        level.entries.push(variable);
    } else {
        let index = maker.below(level.entries.len());
        level.entries[index] = variable;
    }
    Some(())
}

fn rename_node(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (_, lab) = some_lab(maker, tree)?;
    let old = maker.pick(&lab.nodes.keys().cloned().collect::<Vec<_>>())?;
    let new = maker.of(&NODES);
    if lab.nodes.contains_key(new) {
        return None;
    }
    let level = lab.nodes.remove(&old)?;
    lab.nodes.insert(new.to_owned(), level);
    Some(())
}

fn swap_nodes(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (_, lab) = some_lab(maker, tree)?;
    let names: Vec<String> = lab.nodes.keys().cloned().collect();
    let [one, other] = [maker.pick(&names)?, maker.pick(&names)?];
    let [level, other_level] = [lab.nodes.get(&one)?.clone(), lab.nodes.get(&other)?.clone()];
    lab.nodes.insert(one, other_level);
    lab.nodes.insert(other, level);
    Some(())
}

fn new_place(maker: &mut Maker, tree: &Tree, old: &str) -> Option<String> {
    let place = match maker.below(4) {
        0 => join(folder(old), maker.of(&["renamed.clab.yml", "notes.txt", ".hidden.clab.yml"])),
        1 => join(maker.of(&FOLDERS), old.rsplit('/').next()?),
        _ => maker.place(),
    };
    tree.is_free(&place).then_some(place)
}

fn move_file(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let old = maker.pick(&tree.paths(is_lab))?;
    let place = new_place(maker, tree, &old)?;
    let thing = tree.things.remove(&old)?;
    tree.things.insert(place, thing);
    Some(())
}

fn move_and_change(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    move_file(maker, tree)?;
    change_entry(maker, tree)
}

fn delete_file(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let path = maker.pick(&tree.paths(is_lab))?;
    tree.things.remove(&path);
    Some(())
}

fn new_topology(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let place = maker.place();
    let provider = tree.provider_at(&place);
    let lab = maker.lab(provider.as_deref());
    tree.is_free(&place).then(|| _ = tree.things.insert(place, Thing::Lab(lab)))
}

fn link_file(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let [from, to] = [maker.pick(&tree.paths(is_lab))?, maker.pick(&tree.paths(is_lab))?];
    let target = if maker.one_in(8) { "nowhere".to_owned() } else { seen_from(&from, &to) };
    (from != to).then(|| _ = tree.things.insert(from, Thing::Link(target)))
}

fn break_file(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    some_lab(maker, tree)?.1.broken = true;
    Some(())
}

fn change_setting(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let settings = some_settings(maker, tree)?;
    let own: Vec<(String, String)> =
        settings.iter().flat_map(|(table, keys)| keys.keys().map(|key| (table.clone(), key.clone()))).collect();
    let (table, key) = if own.is_empty() || maker.one_in(6) { maker.key() } else { maker.pick(&own)? };
    if table == "relay.pins" || key == "provider" && maker.below(3) > 0 {
        return None;
    }
    let before = settings.clone();
    for _ in 0..4 {
        if *settings == before {
            maker.set(settings, &table, &key);
        }
    }
    Some(())
}

fn remove_setting(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let settings = some_settings(maker, tree)?;
    let table = maker.pick(&settings.keys().cloned().collect::<Vec<_>>())?;
    let keys = settings.get_mut(&table)?;
    let key = maker.pick(&keys.keys().cloned().collect::<Vec<_>>())?;
    keys.remove(&key);
    Some(())
}

fn nested_settings(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let lab = maker.pick(&tree.paths(is_lab))?;
    let place = join(folder(&lab), "publish-plan.toml");
    let settings = maker.settings();
    tree.is_free(&place).then(|| _ = tree.things.insert(place, Thing::Settings(settings)))
}

fn remove_settings(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let settings = |path: &String| path.ends_with("publish-plan.toml");
    let path = maker.pick(&tree.things.keys().filter(|path| settings(path)).cloned().collect::<Vec<_>>())?;
    tree.things.remove(&path);
    Some(())
}

fn link_settings(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let all = tree.paths(|thing| matches!(thing, Thing::Settings(_)));
    let (from, to) = (maker.pick(&all)?, maker.pick(&all)?);
    let target = if maker.one_in(4) { "nowhere".to_owned() } else { seen_from(&from, &to) };
    (from != to).then(|| _ = tree.things.insert(from, Thing::Link(target)))
}

fn change_key_file(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let key = tree.things.get_mut(maker.of(&KEYS))?;
    *key = Thing::Text(format!("{}\n", maker.of(&["one", "two", "three"])));
    Some(())
}

fn swap_pins(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let path = maker.pick(&tree.paths(is_lab))?;
    let Some(Thing::Lab(lab)) = tree.things.get(&path) else { return None };
    let (names, settings) = (lab.sockets(), tree.settings_of(&path)?);
    let Some(Thing::Settings(settings)) = tree.things.get_mut(&settings) else { return None };
    let has_ports = ["ssh", "bore", "frp", "tailscale"].contains(&provider(settings)?.as_str());
    let pins = settings.get_mut("relay.pins").filter(|_| has_ports)?;
    let pinned: Vec<String> = names.into_iter().filter(|name| pins.contains_key(name)).collect();
    let [one, other] = [maker.pick(&pinned)?, maker.pick(&pinned)?];
    let [port, other_port] = [pins.get(&one)?.clone(), pins.get(&other)?.clone()];
    pins.insert(one, other_port);
    pins.insert(other, port);
    Some(())
}

fn change_head(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (_, lab) = some_lab(maker, tree)?;
    match maker.below(3) {
        0 => maker.of(&LABS).clone_into(&mut lab.name),
        1 => lab.prefix = maker.pick(&[None, Some(String::new()), Some("x".to_owned()), Some("clab".to_owned())])?,
        _ => lab.network = maker.pick(&[None, Some("n1".to_owned()), Some("n2".to_owned())])?,
    }
    Some(())
}

fn change_kind(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let (_, lab) = some_lab(maker, tree)?;
    let node = maker.pick(&lab.nodes.keys().cloned().collect::<Vec<_>>())?;
    let level = lab.nodes.get_mut(&node)?;
    match maker.below(3) {
        0 => level.group = maker.one_in(2).then(|| maker.of(&GROUPS).to_owned()),
        1 if level.image.is_some() => level.image = Some("border0:2".to_owned()),
        _ => level.kind = Some(maker.of(&KINDS).to_owned()),
    }
    Some(())
}

/// What was in the folder goes elsewhere, or is gone.
fn link_folder(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let all = ["labs", "my labs", "spare", "moved", "keys", "other keys"];
    let (from, to) = (maker.of(&all), maker.of(&all));
    let inside = tree.paths(|_| true).into_iter().filter(|path| path.starts_with(&format!("{from}/")));
    let inside: Vec<String> = inside.collect();
    if from == to || inside.is_empty() || tree.things.contains_key(to) {
        return None;
    }
    let is_moved = maker.one_in(2);
    for path in inside {
        let thing = tree.things.remove(&path)?;
        let place = format!("{to}{}", path.strip_prefix(from)?);
        if is_moved && !is_link(&thing) && tree.is_free(&place) {
            tree.things.insert(place, thing);
        }
    }
    tree.things.insert(from.to_owned(), Thing::Link(to.to_owned()));
    Some(())
}

fn relink(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    let path = maker.pick(&tree.paths(is_link))?;
    let target = match path.as_str() {
        "linked" => maker.of(&["keys", "other keys"]).to_owned(),
        path if path.ends_with("publish-plan.toml") => return None,
        path => seen_from(path, &maker.pick(&tree.paths(is_lab))?),
    };
    tree.things.insert(path, Thing::Link(target));
    Some(())
}

fn change_nothing(maker: &mut Maker, tree: &mut Tree) -> Option<()> {
    if maker.one_in(2) {
        tree.things.insert("README.md".to_owned(), Thing::Text("more labs\n".to_owned()));
    } else {
        let (_, lab) = some_lab(maker, tree)?;
        lab.owner.push_str(" and others");
    }
    Some(())
}
