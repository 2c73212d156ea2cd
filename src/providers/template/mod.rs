//! Templates in which every value goes through a named quoting helper. A value without one stops the compilation.

mod quote;
mod sockets;
mod value;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use handlebars::{Context, Handlebars, RenderErrorReason};
use serde::Serialize;

use super::Refusal;
pub(super) use quote::{comment, slug, yaml};
use sockets::EachSocket;
pub(super) use sockets::NamedValues;
pub(super) use value::Value;

/// The head of every file that can have comments.
const HEAD: &str = include_str!("head.hbs");

/// The values for templates, prepared once for all files of a compilation.
pub(super) struct Values<'v> {
    lab: Context,
    /// The values of each socket, available between `{{#sockets}}` and `{{/sockets}}`.
    sockets: Vec<&'v dyn NamedValues>,
}

impl<'v> Values<'v> {
    /// Those of a lab, for templates that have no block of sockets.
    ///
    /// # Errors
    /// They have no form in JSON.
    pub(super) fn of_lab(lab: &impl Serialize) -> Result<Self, Refusal> {
        let lab = Context::wraps(lab);
        let lab = lab.map_err(|error| Refusal(format!("cannot prepare the values of the templates: {error}")))?;
        Ok(Self { lab, sockets: Vec::new() })
    }

    /// Those of a lab, and those of each of its sockets.
    ///
    /// # Errors
    /// Those of the lab have no form in JSON.
    pub(super) fn new(lab: &impl Serialize, sockets: &'v [impl NamedValues]) -> Result<Self, Refusal> {
        let sockets = sockets.iter().map(|socket| -> &dyn NamedValues { socket }).collect();
        Ok(Self { sockets, ..Self::of_lab(lab)? })
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
    values: &Values<'_>,
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
    for quote in quote::HELPERS {
        engine.register_helper(quote.helper, Box::new(*quote));
    }
    engine.register_helper("sockets", Box::new(EachSocket(values.sockets.clone())));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lab(values: &serde_json::Value) -> Values<'_> {
        Values::of_lab(values).expect("it is JSON")
    }

    /// A socket with a text `a`, and a list of texts.
    struct Socket(&'static str, Vec<String>);

    impl NamedValues for Socket {
        fn value(&self, name: &str) -> Option<Value<'_>> {
            Some(match name {
                "a" => self.0.into(),
                "texts" => self.1.as_slice().into(),
                "number" => 7.into(),
                "no" => false.into(),
                "absent" => None::<&str>.into(),
                _ => return None,
            })
        }
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
            let sockets = [Socket("1", Vec::new()), Socket("2 3", vec!["x".to_owned(), "y z".to_owned()])];
            let values = Values::new(&json!({"all": "x"}), &sockets).expect("it is JSON");
            render("t", &format!("{{{{#sockets}}}}{template}{{{{/sockets}}}}"), &[], &values)
        };
        for (template, text) in [
            ("-{{sh a}}", "-1-'2 3'"),
            ("{{number number}}", "77"),
            ("{{#if texts}}{{sh a}}{{else}}none {{/if}}", "none '2 3'"),
            ("{{#unless no}}{{#if absent}}a{{else}}b{{/if}}{{/unless}}", "bb"),
            ("[{{#each texts}}{{sh this}}{{#unless @last}}, {{/unless}}{{/each}}]", "[][x, 'y z']"),
        ] {
            assert_eq!(of(template), Ok(text.to_owned()), "{template}");
        }
        for wrong in [
            "{{a}}",
            "{{#if a}}{{a}}{{/if}}",
            "{{sh all}}",
            "{{sh b}}",
            "{{number a}}",
            "{{sh number}}",
            "{{sh absent}}",
            "{{sh texts}}",
            "{{sh this}}",
            "{{#each a}}{{/each}}",
            "{{#if b}}{{/if}}",
            "{{sh a.b}}",
            "{{sh \"a\"}}",
            "{{#with a}}{{/with}}",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
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
