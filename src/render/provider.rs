//! Everything about one provider, for people and for programs. What is shown is taken apart without `..`: a new fact does not compile
//! before it is shown, or left out on purpose.

use serde_json::{Value, json};

use super::providers::{carriage, kinds, limits, needs};
use super::table;
use crate::base::{AccountClass, AclKind};
use crate::provider::{
    About, Access, Account, Applies, Audience, Capabilities, Carried, FreeNames, LegacyNode, Need, ProxyUse, Reads,
    RelayUse, Secret, Setting, Subscription,
};

/// Where the words of a fact begin, in columns.
const INDENT: usize = 13;

/// Everything about one provider, one fact per line. A fact that is wider than `columns`, if there is a limit, is broken at spaces.
pub(crate) fn description(provider: &Capabilities, columns: Option<usize>) -> String {
    let Capabilities { name: _, naming, lab_name, carries, access, account, node, relay, reads, about } = provider;
    let Reads { proxy, flags, settings } = reads;
    let About { images, secrets, tried, from_outside, note, shut_down } = about;
    let mut text = String::new();
    let mut say = |what: &str, words: &str| text += &table::field(what, words, INDENT, columns);
    say("provider", provider.title());
    for carried in *carries {
        say(&format!("  {}", carried.socket_type), &way_in_words(carried));
    }
    for (what, words) in access_in_words(access) {
        say(what, &words);
    }
    say("limits", &limits(provider));
    say("account", &account_in_words(account));
    if let Some(needed) = account.pages_need {
        say("web pages", &format!("need {needed}"));
    }
    if relay.is_needed {
        say("relay", "a server of your own that visitors connect to");
    }
    say("names", naming.form());
    if let Some(lab_name) = lab_name {
        say("lab name", &format!("only {}", lab_name.expected));
    }
    let proxy = match proxy {
        ProxyUse::No => "not supported",
        ProxyUse::Yes => "with `compile --proxy`",
        ProxyUse::PaidPlan => "with `compile --proxy`, on a paid tier",
    };
    say("http proxy", proxy);
    if let Some(flags) = flags_in_words(flags, settings) {
        say("flags", &flags);
    }
    for secret in *secrets {
        say("secret", &format!("{}: {}", secret.what, secret.found.replace('`', "")));
    }
    for image in *images {
        let setting = image.setting.as_ref();
        let setting = setting.map_or_else(String::new, |key| format!("; {} replaces it", key.setting.key));
        say("image", &format!("{} ({}{setting})", image.reference, image.purpose));
    }
    if let Some(node) = node_in_words(node) {
        say("old node", &node);
    }
    if let Some(shut_down) = shut_down {
        say("note", &format!("the service {shut_down}"));
    }
    if let Some(note) = note {
        say("note", note);
    }
    say("from outside", from_outside);
    say("tested", tried);
    text
}

/// Who is let in: facts with their words.
fn access_in_words(access: &Access) -> Vec<(&'static str, String)> {
    let Access { without_acl, identity_tcp_becomes_tls, own_domain, exact, encrypts } = access;
    let rewritten = identity_tcp_becomes_tls.then(|| ("", "tcp with an acl becomes tls".to_owned()));
    let own = own_domain.as_ref().map(|own| ("domains", format!("only {}'s own domain can be in an acl", own.owner)));
    let exact = exact.map(|exact| ("acl items", format!("only {}", exact.expected)));
    let encrypted = encrypts.then(|| ("encryption", "everything, from the client to the visitor's program".to_owned()));
    let without = Some(("without acl", without_acl.to_string()));
    [rewritten, without, own, exact, encrypted].into_iter().flatten().collect()
}

/// The flags of `compile` that its client uses, those of its own settings too. None if there are none.
fn flags_in_words(flags: &[&str], settings: &[Setting]) -> Option<String> {
    let own = settings.iter().filter_map(|setting| setting.flag).map(|flag| flag.name);
    let flags: Vec<String> = flags.iter().copied().chain(own).map(|flag| format!("--{flag}")).collect();
    (!flags.is_empty()).then(|| flags.join(", "))
}

/// `native, on a paid tier; acl: email`.
fn way_in_words(carried: &Carried) -> String {
    let Carried { socket_type: _, applies, carriage: way, enforces, ingress: _, login, needs } = carried;
    let needs = match needs {
        None => "",
        Some(Need::Card) => ", with a payment card on file",
        Some(Need::PaidPlan) => ", on a paid tier",
    };
    let applies = match applies {
        Applies::Always => "",
        Applies::WithAcl => ", with an acl",
        Applies::WithoutAcl => ", without an acl",
    };
    let login = login.map_or_else(String::new, |login| format!(", {}", login.words()));
    format!("{}{applies}{needs}; acl: {}{login}", carriage(*way), kinds(enforces))
}

/// What the account is needed for, and what a free one does not have; its limits are said elsewhere.
fn account_in_words(account: &Account) -> String {
    let Account { is_needed, limits: _, free_names, free_people, gives_domain, pages_need: _ } = account;
    let mut words = vec![if *is_needed { "needed" } else { "not needed" }.to_owned()];
    if *gives_domain {
        words.push("sockets without a domain of yours get hostnames from the provider".to_owned());
    }
    match free_names {
        FreeNames::Any => {}
        FreeNames::Flat => words.push("a free certificate covers one label below the domain".to_owned()),
        FreeNames::DomainOnly => words.push("a free account has one domain, and no names below it".to_owned()),
    }
    if let Some(people) = free_people {
        words.push(format!("a free account lets {people} people log in per month"));
    }
    words.join("; ")
}

/// The tunnel node that topologies had before containerlab 0.62. None if there was none.
fn node_in_words(node: &LegacyNode) -> Option<String> {
    let LegacyNode { kind, makes_policies, needs_image, token, reads_proxy } = node;
    let mut words = vec![format!("kind {}", (*kind)?)];
    if *needs_image {
        words.push("needs an image".to_owned());
    }
    if let Some(token) = token {
        words.push(format!("its token is bound to {}", token.destination));
    }
    if *reads_proxy {
        words.push("its extras have the HTTP proxy".to_owned());
    }
    if *makes_policies {
        words.push("every item of an acl is a policy".to_owned());
    }
    Some(words.join("; "))
}

/// The same for programs.
pub(super) fn json(provider: &Capabilities) -> Value {
    let Capabilities { name, naming, lab_name, carries, access, account, node, relay, reads, about } = provider;
    let Access { without_acl, identity_tcp_becomes_tls, own_domain, exact, encrypts } = access;
    let Account { is_needed, limits: _, free_names, free_people, gives_domain, pages_need } = account;
    let LegacyNode { kind, makes_policies, needs_image, token, reads_proxy } = node;
    let RelayUse { is_needed: has_relay, only_ports, has_all_ports: _, own_labels } = relay;
    let Reads { proxy, flags, settings } = reads;
    let About { images, secrets, tried, from_outside, note, shut_down } = about;
    let limit = |class| provider.limit(class, Subscription::Free).map(|limit| limit.most);
    let secret = |secret: &Secret| json!({ "what": secret.what, "found": secret.found.replace('`', "") });
    json!({
        "name": name,
        "carries": carries.iter().map(carried_json).collect::<Vec<_>>(),
        "tcp_with_acl_becomes_tls": identity_tcp_becomes_tls,
        "without_acl": match without_acl {
            Audience::Anyone => "anyone",
            Audience::Members => "members",
            Audience::Nobody | Audience::Named(_) => "nobody",
        },
        "limits": { "tcp": limit(Some(AccountClass::Tcp)), "http": limit(Some(AccountClass::Http)), "all": limit(None) },
        "relay": has_relay,
        "proxy": *proxy != ProxyUse::No,
        "secrets": secrets.iter().map(secret).collect::<Vec<_>>(),
        "images": images.iter().map(|image| image.reference).collect::<Vec<_>>(),
        "shut_down": shut_down,
        "note": note,
        "tried": tried,
        "from_outside": from_outside,
        "encrypts": encrypts,
        "own_domain_only": own_domain.is_some(),
        "exact": exact.map(|exact| exact.expected),
        "account": {
            "needed": is_needed,
            "free_names": match free_names {
                FreeNames::Any => "any",
                FreeNames::Flat => "flat",
                FreeNames::DomainOnly => "domain-only",
            },
            "free_people": free_people,
            "gives_domain": gives_domain,
            "pages_need": pages_need,
        },
        "old_node": kind.map(|kind| json!({
            "kind": kind,
            "needs_image": needs_image,
            "token": token.as_ref().map(|token| token.destination),
            "reads_proxy": reads_proxy,
            "makes_policies": makes_policies,
        })),
        "only_ports": only_ports,
        "own_labels": own_labels,
        "flags": flags,
        "settings": settings.iter().map(|setting| setting.key).collect::<Vec<_>>(),
        "socket_name": naming.form(),
        "lab_name": lab_name.as_ref().map(|lab_name| lab_name.expected),
    })
}

fn carried_json(carried: &Carried) -> Value {
    let Carried { socket_type, applies, carriage: way, enforces, ingress: _, login, needs: need } = carried;
    let kind = |kind: &AclKind| match kind {
        AclKind::Email => "email",
        AclKind::Domain => "domain",
        AclKind::Policy => "policy",
    };
    json!({
        "type": socket_type.word(),
        "applies": match applies {
            Applies::Always => "always",
            Applies::WithAcl => "with-acl",
            Applies::WithoutAcl => "without-acl",
        },
        "carriage": carriage(*way),
        "enforces": enforces.iter().map(kind).collect::<Vec<_>>(),
        "login": login,
        "needs": need.map(needs),
    })
}
