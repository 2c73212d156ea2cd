//! The conversions on checkout in a .gitattributes (gitattributes(5)). If it is not certain whether a line applies to a file, it does:
//! git is not run for each file, and later lines that unset an attribute are not followed.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The attributes that change a file on checkout. Others change line breaks only, which mean the same in YAML.
const CONVERTING: [&str; 3] = ["filter", "ident", "working-tree-encoding"];

/// The most patterns of one file that are matched. With more of them, every file counts as converted.
const MOST_PATTERNS: usize = 1000;

/// The longest pattern that is matched, in bytes. Git does not read longer lines (`ATTR_MAX_LINE_LENGTH`).
const LONGEST_PATTERN: usize = 2048;

/// How a line of a macro begins.
const MACRO: &str = "[attr]";

/// The characters that separate words in git.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// Macros about conversions, each with whether it sets one.
pub(super) type Macros = HashMap<String, bool>;

/// The lines about conversions of a .gitattributes.
#[derive(Debug)]
pub(super) struct Rules {
    /// The lines that set or unset one of the attributes.
    pub(super) lines: Vec<String>,
    /// The patterns of the lines that set one; `None` matches every file.
    patterns: Option<Gitignore>,
    /// The macros that it defines.
    pub(super) macros: Macros,
}

impl Default for Rules {
    fn default() -> Self {
        Self { lines: Vec::new(), patterns: Some(Gitignore::empty()), macros: Macros::default() }
    }
}

impl Rules {
    /// The rules of a file that is not read: any. `object` is the name of its object.
    pub(super) fn any(object: String) -> Self {
        Self { lines: vec![object], patterns: None, macros: Macros::default() }
    }

    /// The rules in the bytes of a file, with the given macros, or with its own if none are given.
    pub(super) fn read(bytes: &[u8], macros: Option<&Macros>) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<Line<'_>> = text.trim_start_matches('\u{feff}').split('\n').filter_map(Line::of).collect();
        let own = self::macros(&lines);
        let all = macros.unwrap_or(&own);
        let (mut said, mut patterns) = (Vec::new(), Some(Vec::new()));
        for line in lines.iter().filter(|line| line.words().any(|word| word.sets(all).is_some())) {
            said.push(line.whole.to_owned());
            // Git rejects a pattern that begins with `!`.
            let is_setting = line.words().any(|word| word.sets(all) == Some(true));
            if is_setting && line.of_macro().is_none() && !line.pattern.starts_with('!') {
                patterns = patterns.zip(glob(&line.pattern)).map(|(mut patterns, glob)| {
                    patterns.push(glob);
                    patterns
                });
            }
        }
        Self { lines: said, patterns: patterns.and_then(|patterns| matcher(&patterns)), macros: own }
    }

    /// Whether a line that sets an attribute might apply to a file, by its path from the directory of these rules.
    pub(super) fn apply_to(&self, path: &Path) -> bool {
        let path = PathBuf::from(path.as_os_str().to_ascii_lowercase());
        self.patterns.as_ref().is_none_or(|patterns| !patterns.matched(path, false).is_none())
    }
}

/// The macros about conversions: they name one of the attributes, or another macro that might.
fn macros(lines: &[Line<'_>]) -> Macros {
    let names: HashSet<&str> = lines.iter().filter_map(Line::of_macro).collect();
    let any: Macros = names.iter().map(|name| ((*name).to_owned(), true)).collect();
    let mut macros = Macros::default();
    for line in lines {
        let sets = line.words().filter_map(|word| word.sets(&any)).reduce(|one, other| one | other);
        if let (Some(name), Some(sets)) = (line.of_macro(), sets) {
            *macros.entry(name.to_owned()).or_default() |= sets;
        }
    }
    macros
}

/// A line that is neither empty nor a comment.
struct Line<'t> {
    whole: &'t str,
    pattern: String,
    rest: &'t str,
}

impl<'t> Line<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let whole = line.trim_matches(BLANK);
        if whole.is_empty() || whole.starts_with('#') {
            return None;
        }
        let (pattern, rest) = unquoted(whole).unwrap_or_else(|| {
            let (pattern, rest) = whole.split_at(whole.find(BLANK).unwrap_or(whole.len()));
            (pattern.to_owned(), rest)
        });
        Some(Self { whole, pattern, rest })
    }

    /// The macro that it defines.
    fn of_macro(&self) -> Option<&str> {
        let name = self.pattern.strip_prefix(MACRO).filter(|name| !name.is_empty())?;
        name.trim_start_matches(BLANK).split(BLANK).next()
    }

    fn words(&self) -> impl Iterator<Item = Word<'t>> + use<'t> {
        self.rest.split(BLANK).filter(|word| !word.is_empty()).map(Word)
    }
}

/// `ident`, `-ident`, `!ident`, `filter=x`.
#[derive(Clone, Copy)]
struct Word<'t>(&'t str);

impl Word<'_> {
    /// Whether it sets a conversion; none if it is not about one.
    fn sets(self, macros: &Macros) -> Option<bool> {
        let name = self.0.trim_start_matches(['-', '!']);
        let is_set = name.len() == self.0.len();
        let name = name.split('=').next().unwrap_or(name);
        let may_set = if CONVERTING.contains(&name) { true } else { *macros.get(name)? };
        Some(is_set && may_set)
    }
}

/// The quoted pattern at the beginning of a line, with its escapes of C replaced, and the rest of the line. None if it is not correctly
/// quoted: git then reads it as written.
fn unquoted(line: &str) -> Option<(String, &str)> {
    let quoted = line.strip_prefix('"')?;
    let (mut bytes, mut letters) = (Vec::new(), quoted.bytes().enumerate());
    loop {
        let byte = match letters.next()? {
            (end, b'"') => return Some((String::from_utf8_lossy(&bytes).into_owned(), &quoted[end + 1..])),
            (_, b'\\') => match letters.next()?.1 {
                b'a' => 7,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                byte @ (b'\\' | b'"') => byte,
                start @ b'0'..=b'3' => {
                    let mut digit = || letters.next().map(|(_, byte)| byte).filter(|byte| matches!(byte, b'0'..=b'7'));
                    (start - b'0') << 6 | (digit()? - b'0') << 3 | (digit()? - b'0')
                }
                _ => return None,
            },
            (_, byte) => byte,
        };
        bytes.push(byte);
    }
}

/// A git pattern for the matcher, in lower case, because git ignores case on some systems. None if it might match anything.
fn glob(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST_PATTERN || pattern.contains('\u{fffd}') {
        return None;
    }
    let pattern = pattern.to_ascii_lowercase();
    let (mut glob, mut rest) = (String::new(), pattern.as_str());
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '\\' => {
                let escaped = rest.chars().next()?;
                rest = &rest[escaped.len_utf8()..];
                if escaped != '/' {
                    glob.push('\\');
                }
                glob.push(escaped);
            }
            '[' => {
                let (class, after) = class(rest)?;
                glob.push_str(&class);
                rest = after;
            }
            // Git reads three as two. It compares the part before the first one separately, so the rest can begin with two.
            '*' if glob.ends_with("**") => {}
            '*' if rest.starts_with('*') && pattern.contains('/') && !glob.is_empty() && !glob.ends_with('/') => {
                return None;
            }
            // These are ordinary characters in git.
            '{' | '}' | '#' => glob.extend(['\\', letter]),
            letter if letter.is_whitespace() => glob.extend(['\\', letter]),
            letter => glob.push(letter),
        }
    }
    Some(glob)
}

/// The replacement for a character class, and the text after it; `rest` begins after its `[`. A class with anything but letters and
/// digits matches any character. None if its end is not certain.
fn class(rest: &str) -> Option<(String, &str)> {
    let (inside, after) = rest.split_once(']')?;
    if let Some(name) = inside.strip_prefix("[:").and_then(|name| name.strip_suffix(':')) {
        let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase());
        return after.strip_prefix(']').filter(|_| is_name).map(|after| ("?".to_owned(), after));
    }
    let is_one = |byte: u8| byte.is_ascii_alphanumeric();
    match inside.strip_prefix(['!', '^']).unwrap_or(inside) {
        "" => None,
        class if class == inside && class.bytes().all(is_one) => Some((format!("[{class}]"), after)),
        class if class.bytes().all(|byte| is_one(byte) || b"-._ ".contains(&byte)) => Some(("?".to_owned(), after)),
        _ => None,
    }
}

/// The matcher for the patterns; none if they cannot be matched.
fn matcher(globs: &[String]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    if globs.len() > MOST_PATTERNS {
        return None;
    }
    for glob in globs {
        builder.add_line(None, glob).ok()?;
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applies(text: &str, path: &str) -> bool {
        Rules::read(text.as_bytes(), None).apply_to(Path::new(path))
    }

    #[test]
    fn a_line_applies_wherever_git_applies_it() {
        for (line, path) in [
            ("*.yml ident", "a/b.yml"),
            ("  *.yml\tfoo -bar\tfilter=x\r", "b.yml"),
            ("/a.yml working-tree-encoding=UTF-16", "a.yml"),
            ("\u{feff}*.YML ident", "a.yml"),
            ("\"a b.yml\" ident", "x/a b.yml"),
            ("\"a\\040\\142.yml\"ident", "a b.yml"),
            ("\"#a.yml\" ident", "#a.yml"),
            ("\"a.yml \" ident", "a.yml "),
            ("a/** ident", "a/b/c.yml"),
            ("a/*** ident", "a/b/c.yml"),
            ("a/**/c.yml ident", "a/c.yml"),
            ("ol**/a.yml ident", "old/x/a.yml"),
            ("**\\/b.yml ident", "a/a/b.yml"),
            ("{a}.yml ident", "{a}.yml"),
            ("\\!a.yml ident", "!a.yml"),
            ("*.[x-z]ml ident", "a.yml"),
            ("*.[^a]ml ident", "a.yml"),
            ("a[[:space:]]b.yml ident", "a b.yml"),
            ("[a]]*.yml ident", "a].yml"),
            ("[]]a.yml ident", "]a.yml"),
            ("[\\]]a.yml ident", "]a.yml"),
            ("[[\\]]a.yml ident", "[a.yml"),
            ("[[:x]a.yml ident", ":a.yml"),
            ("[attr]one filter=x\n*.yml one", "a.yml"),
            ("*.yml two\n[attr]two one\n[attr]one filter=x", "a.yml"),
            ("\"[attr] one\" ident\n*.yml one", "a.yml"),
            ("[attr]one\n[attr]one ident\n*.yml one", "a.yml"),
            ("*.yml ident\n*.yml -ident", "a.yml"),
            ("\"*.yml ident", "\"a.yml"),
        ] {
            assert!(applies(line, path), "{line:?} {path}");
        }
        for (line, path) in [
            ("*.png filter=lfs diff=lfs merge=lfs -text", "a.yml"),
            ("*.[pP][nN][gG] filter=lfs", "a.yml"),
            ("my[[:space:]]file.png filter=lfs", "a.yml"),
            ("*.yml text eol=lf diff=ident", "a.yml"),
            ("*.yml -ident !filter -working-tree-encoding", "a.yml"),
            ("# *.yml ident", "a.yml"),
            ("!*.yml ident", "a.yml"),
            ("a/ ident", "a/b.yml"),
            ("a ident", "a/b.yml"),
            ("/b.yml ident", "a/b.yml"),
            ("{a,b}.yml ident", "a.yml"),
            ("[attr]one -filter\n*.yml one", "a.yml"),
            ("[attr]one filter=x\n*.yml -one", "a.yml"),
            ("[attr]one filter=x\n*.png one", "a.yml"),
            ("", "a.yml"),
        ] {
            assert!(!applies(line, path), "{line:?} {path}");
        }
    }

    #[test]
    fn what_cannot_be_read_applies_to_everything() {
        let many = "x.png ident\n".repeat(MOST_PATTERNS + 1);
        let long = format!("{}.png ident", "x".repeat(LONGEST_PATTERN));
        for line in ["[ ident", "a\\ ident", "[z-a[] ident", &many, &long] {
            assert!(applies(line, "a.yml"), "{}", &line[..20.min(line.len())]);
        }
        assert!(Rules::read(b"\xff.png ident", None).apply_to(Path::new("a.yml")));
    }

    #[test]
    fn a_line_that_unsets_one_is_remembered() {
        let lines = |text: &str| Rules::read(text.as_bytes(), None).lines;
        assert_eq!(lines("*.yml ident\n*.md text\na.yml -ident\n"), ["*.yml ident", "a.yml -ident"]);
        assert_eq!(lines("[attr]no !filter\n*.yml no\n"), ["[attr]no !filter", "*.yml no"]);
        // Another file's macros count.
        let root = Rules::read(b"[attr]one filter=x\n", None);
        assert!(Rules::read(b"* one", Some(&root.macros)).apply_to(Path::new("a.yml")));
        assert!(!Rules::read(b"[attr]two ident\n* two", Some(&root.macros)).apply_to(Path::new("a.yml")));
    }
}
