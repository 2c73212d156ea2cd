//! Templates in which every value goes through a named quoting helper. A value without one stops the compilation.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, Path, PathSeg, RenderContext, RenderError, RenderErrorReason,
    Renderable,
};
use serde::Serialize;
use serde_json::Value;

use super::Refusal;
use crate::base::{markdown, steers_a_terminal, whole};

/// The head of every file that can have comments.
const HEAD: &str = include_str!("head.hbs");

/// The values for templates, prepared once for all files of a compilation.
pub(super) struct Values {
    lab: Context,
    /// The values of each socket, available between `{{#sockets}}` and `{{/sockets}}`.
    sockets: Arc<Vec<Context>>,
}

impl Values {
    /// Those of a lab, and those of each of its sockets.
    ///
    /// # Errors
    /// They have no form in JSON.
    pub(super) fn new(lab: &impl Serialize, sockets: &[impl Serialize]) -> Result<Self, Refusal> {
        let refused = |error: RenderError| Refusal(format!("cannot prepare the values of the templates: {error}"));
        let sockets: Result<_, _> = sockets.iter().map(Context::wraps).collect();
        Ok(Self { lab: Context::wraps(lab).map_err(refused)?, sockets: Arc::new(sockets.map_err(refused)?) })
    }
}

/// The template with each `{{> name}}` that is alone in its line replaced by the text of that name. The engine would copy all values
/// for each of them.
fn with_partials(template: &str, partials: &[(&str, &str)]) -> String {
    [("head", HEAD)]
        .iter()
        .chain(partials)
        .fold(template.to_owned(), |text, (partial, body)| text.replace(&format!("{{{{> {partial}}}}}\n"), body))
}

/// Renders `template` with `partials`, by name, and the head. Unknown names are errors.
pub(super) fn render(
    name: &str,
    template: &str,
    partials: &[(&str, &str)],
    values: &Values,
) -> Result<String, Refusal> {
    let is_bare = Arc::new(AtomicBool::new(false));
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    // Only a value without a helper is escaped; there must be none.
    let seen = Arc::clone(&is_bare);
    engine.register_escape_fn(move |_| {
        seen.store(true, Ordering::Relaxed);
        String::new()
    });
    for quote in HELPERS {
        engine.register_helper(quote.helper, Box::new(*quote));
    }
    engine.register_helper("sockets", Box::new(EachSocket(Arc::clone(&values.sockets))));
    let broken = |error: String| Refusal(format!("the template of {name} is broken: {error}"));
    let template = with_partials(template, partials);
    let text = engine.render_template_with_context(&template, &values.lab).map_err(|error| {
        let reason = error.reason();
        match reason {
            RenderErrorReason::Other(words) => Refusal(format!("cannot write {name}: {words}")),
            _ => broken(error.to_string()),
        }
    })?;
    if is_bare.load(Ordering::Relaxed) { Err(broken("a value is not quoted".to_owned())) } else { Ok(text) }
}

type QuoteFunction = fn(&Value) -> Option<String>;

/// The quoting helpers, by name.
const HELPERS: &[Quote] = &[
    Quote::new("apache", |value| value.as_str().and_then(apache)),
    Quote::new("claim", |value| value.as_str().and_then(claim)),
    Quote::new("comment", |value| value.as_str().map(comment)),
    Quote::new("compose", |value| value.as_str().map(|text| yaml(text).replace('$', "$$"))),
    Quote::new("file", |value| value.as_str().and_then(file)),
    Quote::new("json", |value| serde_json::to_string(value).ok()),
    Quote::new("line", |value| value.as_str().filter(|text| !text.chars().any(steers_a_terminal)).map(str::to_owned)),
    Quote::new("markdown", |value| value.as_str().map(|text| markdown(&whole(text)))),
    Quote::new("number", |value| value.as_u64().map(|number| number.to_string())),
    Quote::new("path", |value| value.as_str().map(compose_path)),
    Quote::new("sh", |value| value.as_str().and_then(sh)),
    Quote::new("slug", |value| value.as_str().map(slug)),
    Quote::new("ssh", |value| value.as_str().and_then(ssh)),
    Quote::new("toml", |value| value.as_str().map(toml)),
    Quote::new("yaml", |value| value.as_str().map(yaml)),
];

/// The block that is written once per socket. The engine's own `each` would look up every name from the top of all values, and the
/// engine would look up every helper again for each socket.
struct EachSocket(Arc<Vec<Context>>);

/// A part of the block.
enum Part<'t> {
    Text(&'t str),
    /// A value of the socket, by its name.
    Quoted(Quote, &'t str),
    /// Anything else, which the engine writes.
    Other(&'t TemplateElement),
}

impl<'t> Part<'t> {
    fn of(element: &'t TemplateElement) -> Self {
        match element {
            TemplateElement::RawString(text) => Self::Text(text),
            TemplateElement::Expression(expression) => Self::quoted(expression).unwrap_or(Self::Other(element)),
            _ => Self::Other(element),
        }
    }

    /// `{{helper name}}`
    fn quoted(expression: &'t HelperTemplate) -> Option<Self> {
        let helper = expression.name.as_name()?;
        let quote = HELPERS.iter().find(|quote| quote.helper == helper)?;
        match expression.params.as_slice() {
            [Parameter::Path(Path::Relative((path, _)))] => match path.as_slice() {
                [PathSeg::Named(name)] => Some(Self::Quoted(*quote, name)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl handlebars::HelperDef for EachSocket {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        engine: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let block = helper.template().ok_or(RenderErrorReason::BlockContentRequired)?;
        let parts: Vec<Part<'_>> = block.elements.iter().map(Part::of).collect();
        for socket in self.0.iter() {
            for part in &parts {
                match part {
                    Part::Text(text) => out.write(text)?,
                    Part::Quoted(quote, name) => quote.write(Some(name), socket.data().get(name), out)?,
                    Part::Other(element) => element.render(engine, socket, &mut RenderContext::new(None), out)?,
                }
            }
        }
        Ok(())
    }
}

/// A helper that quotes its one argument.
#[derive(Clone, Copy)]
struct Quote {
    helper: &'static str,
    quote: QuoteFunction,
}

impl Quote {
    const fn new(helper: &'static str, quote: QuoteFunction) -> Self {
        Self { helper, quote }
    }

    /// Writes the value of a name; a value that a template has itself has no name.
    fn write(self, name: Option<&str>, value: Option<&Value>, out: &mut dyn Output) -> HelperResult {
        let value = value.ok_or_else(|| RenderErrorReason::MissingVariable(name.map(str::to_owned)))?;
        // The name only, because the value may be a secret.
        let refused = || {
            let name = name.unwrap_or("a value");
            format!("`{name}` cannot be quoted for {}; use only letters, digits, `/`, `.`, `-`, and `_`", self.helper)
        };
        let quoted = (self.quote)(value).ok_or_else(|| RenderErrorReason::Other(refused()))?;
        Ok(out.write(&quoted)?)
    }
}

impl handlebars::HelperDef for Quote {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let argument = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("quote", 0))?;
        let value = Some(argument.value()).filter(|_| !argument.is_value_missing());
        self.write(argument.relative_path().map(String::as_str), value, out)
    }
}

/// A double-quoted scalar that YAML 1.1 and 1.2 read alike: with the escapes of JSON, and with escapes for characters that only one of
/// the two versions treats as a line break or as unprintable.
pub(super) fn yaml(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            steering if steers_a_terminal(steering) || matches!(steering, '\u{a0}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(steering));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Text in a comment up to the end of its line. Programs that render their file as a Go template first, such as frp, run the text between
/// braces even in comments.
pub(super) fn comment(text: &str) -> String {
    text.split('{').map(whole).collect::<Vec<_>>().join("\\u{7b}")
}

/// A TOML basic string, without `{`, for programs that render the file as a Go template first.
fn toml(text: &str) -> String {
    yaml(text).replace('{', "\\u007b")
}

/// A shell word. Characters that are invisible or control a terminal are refused, because people read the script and it prints such
/// words.
fn sh(text: &str) -> Option<String> {
    if text.chars().any(steers_a_terminal) { None } else { shlex::try_quote(text).ok().map(Into::into) }
}

/// The path of a file as a shell word. The home directory is a variable, and so is the directory of the script, `here`, to which other
/// paths are relative.
fn file(path: &str) -> Option<String> {
    match path.strip_prefix("~/") {
        Some(rest) => Some(format!("\"${{HOME:-}}\"/{}", sh(rest)?)),
        None if path.starts_with('/') => sh(path),
        None => Some(format!("\"$here\"/{}", sh(path)?)),
    }
}

/// A word of lowercase letters, digits, and dashes, for names that only have to be different.
pub(super) fn slug(text: &str) -> String {
    let word: String = text
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .collect();
    let word = word.trim_matches('-');
    if word.is_empty() { "lab".to_owned() } else { word.to_owned() }
}

/// The path of a file in a compose file, in which the home directory is a variable.
fn compose_path(path: &str) -> String {
    let (home, rest) = path.strip_prefix("~/").map_or(("", path), |rest| ("${HOME}/", rest));
    let quoted = yaml(rest).replace('$', "$$");
    format!("\"{home}{}", &quoted[1..])
}

/// A part of an argument of an Apache directive, in double quotes or without. What could be an expression, a variable, or the end of the
/// argument is refused.
fn apache(text: &str) -> Option<String> {
    let is_plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'$' | b'%' | b'<' | b'>' | b'#');
    (!text.is_empty() && text.bytes().all(is_plain)).then(|| text.to_owned())
}

/// An argument of `Require claim` in double quotes: the same, but `'` is itself there.
fn claim(text: &str) -> Option<String> {
    apache(&text.replace('\'', "")).map(|_| text.to_owned())
}

/// An argument of `ssh_config(5)` in double quotes, with `%` doubled because it would start a token. Characters that not every version
/// of ssh can escape are refused.
fn ssh(text: &str) -> Option<String> {
    let is_plain = |character: char| !character.is_control() && !matches!(character, '"' | '\\' | '$');
    text.chars().all(is_plain).then(|| format!("\"{}\"", text.replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lab(values: &Value) -> Values {
        Values::new(values, &[(); 0]).expect("it is JSON")
    }

    #[test]
    fn a_bare_value_stops_the_compilation() {
        let values = json!({"a": "x"});
        assert_eq!(render("t", "{{sh a}}", &[], &lab(&values)), Ok("x".to_owned()));
        assert!(render("t", "{{a}}", &[], &lab(&values)).is_err());
        assert!(render("t", "{{#if a}}{{a}}{{/if}}", &[], &lab(&values)).is_err());
        assert!(render("t", "{{sh b}}", &[], &lab(&values)).is_err());
        assert!(render("t", "{{#each b}}{{/each}}", &[], &lab(&values)).is_err());
    }

    #[test]
    fn a_block_of_sockets_names_what_is_theirs_and_quotes_it() {
        let of = |template: &str| {
            let values = Values::new(&json!({"all": "x"}), &[json!({"a": "1"}), json!({"a": "2 3"})]);
            render("t", template, &[], &values.expect("it is JSON"))
        };
        assert_eq!(of("{{#sockets}}-{{sh a}}{{/sockets}}"), Ok("-1-'2 3'".to_owned()));
        for wrong in ["{{a}}", "{{#if a}}{{a}}{{/if}}", "{{sh all}}", "{{sh b}}"] {
            assert!(of(&format!("{{{{#sockets}}}}{wrong}{{{{/sockets}}}}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_quoted_is_refused() {
        let values = json!({"nul": "a\u{0}", "quote": "a\"b", "text": "1"});
        assert!(render("t", "{{sh nul}}", &[], &lab(&values)).is_err());
        assert!(render("t", "{{ssh quote}}", &[], &lab(&values)).is_err());
        assert!(render("t", "{{number text}}", &[], &lab(&values)).is_err());
    }

    #[test]
    fn each_helper_quotes_for_its_reader() {
        let values = json!({"v": "a'b$c%`\u{2028}"});
        let of = |helper: &str| render("t", &format!("{{{{{helper} v}}}}"), &[], &lab(&values));
        assert_eq!(render("t", "{{sh v}}", &[], &lab(&json!({"v": "a'b$c%`"}))), Ok("\"a'b\"'$c%`'".to_owned()));
        for steering in ["\u{1b}[2J", "a\nb", "\u{202e}", "\u{9b}"] {
            assert!(render("t", "{{sh v}}", &[], &lab(&json!({ "v": steering }))).is_err(), "{steering:?}");
        }
        assert_eq!(of("yaml"), Ok("\"a'b$c%`\\u2028\"".to_owned()));
        assert_eq!(of("compose"), Ok("\"a'b$$c%`\\u2028\"".to_owned()));
        let braces = json!({"v": "{{ .Envs.HOME }}\n\"\\"});
        assert_eq!(
            render("t", "{{comment v}}", &[], &lab(&braces)),
            Ok("\\u{7b}\\u{7b} .Envs.HOME }}\\u{a}\"\\".to_owned())
        );
        assert_eq!(
            render("t", "{{toml v}}", &[], &lab(&braces)),
            Ok("\"\\u007b\\u007b .Envs.HOME }}\\n\\\"\\\\\"".to_owned())
        );
        assert_eq!(of("comment"), Ok("a'b$c%`\\u{2028}".to_owned()));
        assert_eq!(render("t", "{{ssh v}}", &[], &lab(&json!({"v": "/a b/%d"}))), Ok("\"/a b/%%d\"".to_owned()));
        assert_eq!(render("t", "{{markdown v}}", &[], &lab(&json!({"v": "*a*|b"}))), Ok("\\*a\\*\\|b".to_owned()));
    }
}
