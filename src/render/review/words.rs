//! Text in Markdown that GitHub shows as written: every text from the repository is in a code span, where nothing is a link, a
//! mention, or markup.

use crate::base::whole;
use crate::provider::Audience;

/// The most people that a cell names; the rest are counted.
const MOST_PEOPLE: usize = 6;

/// The longest text from the repository in a line, in characters. Names of nodes and files can have 255.
const LONGEST: usize = 400;

/// A text from the repository as a code span.
pub(super) fn code(text: &str) -> String {
    span(&whole(&cut(text)))
}

/// The same for a cell of a table, where a `|` ends the cell even in a code span.
pub(super) fn cell(text: &str) -> String {
    span(&whole(&cut(text)).replace('|', "\\u{7c}"))
}

/// GitHub Flavored Markdown, section 6.3: one backtick more than any run of them inside, and a space at both ends if the text begins
/// or ends with a backtick or a space.
fn span(text: &str) -> String {
    // A missing value is not a text from the repository.
    if text.trim().is_empty() || text == "–" {
        return "–".to_owned();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The text, or if it is too long, its beginning, its end, and its length.
fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(LONGEST / 2).collect();
    let end: String = text.chars().skip(count - LONGEST / 2).collect();
    format!("{beginning}…{end} ({count} characters)")
}

/// An audience in words: those who are in `first` too come before the others, and domains and policies before single people. If there
/// are many, the rest are counted.
pub(super) fn people(audience: &Audience, first: &Audience) -> String {
    let Audience::Named(acl) = audience else { return audience.to_string() };
    let first = match first {
        Audience::Named(acl) => acl.words(),
        Audience::Anyone | Audience::Members | Audience::Nobody => Vec::new(),
    };
    let all = acl.words();
    if all.len() <= MOST_PEOPLE {
        return audience.to_string();
    }
    let (mut ordered, rest): (Vec<String>, Vec<String>) = all.into_iter().partition(|word| first.contains(word));
    ordered.extend(rest);
    let more = ordered.len() - MOST_PEOPLE;
    format!("{} and {more} more of {}", ordered[..MOST_PEOPLE].join(", "), ordered.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Acl;

    #[test]
    fn nothing_ends_a_code_span() {
        assert_eq!(code("r1"), "`r1`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\nb|\u{202e}"), "`a\\u{a}b|\\u{202e}`");
        assert_eq!(cell("a|b\\|c"), "`a\\u{7c}b\\\\u{7c}c`");
        assert_eq!(code(""), "–");
        assert_eq!(code(&"x".repeat(500)), format!("`{0}…{0} (500 characters)`", "x".repeat(200)));
    }

    #[test]
    fn who_is_new_is_named_whoever_else_there_is() {
        let acl = |emails: Vec<String>, domains: &[&str]| {
            let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
            Audience::Named(Acl { emails, domains, policies: Vec::new() })
        };
        let many: Vec<String> = (0..20).map(|index| format!("p{index}@x.com")).collect();
        let few = acl(many[..3].to_vec(), &["y.com"]);
        assert_eq!(people(&few, &Audience::Nobody), few.to_string());
        let all = acl(many.clone(), &["y.com"]);
        assert!(people(&all, &Audience::Nobody).starts_with("anyone @y.com, p0@x.com, "));
        let told = people(&all, &acl(vec![many[19].clone()], &[]));
        assert!(told.starts_with("p19@x.com, anyone @y.com, ") && told.ends_with(" and 15 more of 21"), "{told}");
        assert_eq!(people(&Audience::Anyone, &few), "anyone on the Internet");
    }
}
