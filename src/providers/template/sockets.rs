//! The block that is written once per socket. A lab has thousands of them, and the engine would look up every helper and every name
//! again for each one; here a block is read once, and a socket says what its values are without a copy of them.

use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};
use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, Path, PathSeg, RenderContext, RenderError, RenderErrorReason,
};

use super::quote::{HELPERS, Quote};
use super::value::Value;

/// What templates can use of a socket, by name.
pub(in crate::providers) trait NamedValues: Sync {
    /// The value of a name; none if no socket has one of this name.
    fn value(&self, name: &str) -> Option<Value<'_>>;
}

/// `{{#sockets}}…{{/sockets}}`
pub(super) struct EachSocket<'v>(pub(super) Vec<&'v dyn NamedValues>);

/// A part of the block.
enum Part<'t> {
    Text(&'t str),
    /// `{{helper name}}`
    Quoted(Quote, &'t str),
    /// `{{helper this}}`
    This(Quote),
    /// `{{#if name}}` and `{{else}}`; with `unless`, the other way round.
    If(&'t str, [Vec<Self>; 2]),
    /// `{{#each name}}`
    Each(&'t str, Vec<Self>),
    /// `{{#unless @last}}`
    UnlessLast(Vec<Self>),
}

/// A text of a list, and whether it is the last one.
type Item<'v> = Option<(&'v str, bool)>;

impl<'t> Part<'t> {
    fn all(template: Option<&'t Template>) -> Result<Vec<Self>, RenderError> {
        template.into_iter().flat_map(|template| &template.elements).map(Self::of).collect()
    }

    fn of(element: &'t TemplateElement) -> Result<Self, RenderError> {
        let part = match element {
            TemplateElement::RawString(text) => Some(Self::Text(text)),
            TemplateElement::Expression(expression) => Self::quoted(expression),
            TemplateElement::HelperBlock(block) => Self::block(block)?,
            _ => None,
        };
        part.ok_or_else(|| unreadable("a part of it is not for blocks of sockets"))
    }

    fn quoted(expression: &'t HelperTemplate) -> Option<Self> {
        let helper = expression.name.as_name()?;
        let quote = *HELPERS.iter().find(|quote| quote.helper == helper)?;
        Some(match argument(expression)? {
            "this" => Self::This(quote),
            name => Self::Quoted(quote, name),
        })
    }

    fn block(block: &'t HelperTemplate) -> Result<Option<Self>, RenderError> {
        let (Some(helper), Some(name)) = (block.name.as_name(), argument(block)) else { return Ok(None) };
        let (body, inverse) = (Self::all(block.template.as_ref())?, Self::all(block.inverse.as_ref())?);
        Ok(match (helper, name) {
            ("unless", "@last") => Some(Self::UnlessLast(body)),
            ("if", name) => Some(Self::If(name, [body, inverse])),
            ("unless", name) => Some(Self::If(name, [inverse, body])),
            ("each", name) => Some(Self::Each(name, body)),
            _ => None,
        })
    }

    fn write(&self, socket: &dyn NamedValues, item: Item<'_>, out: &mut dyn Output) -> HelperResult {
        let value =
            |name: &str| socket.value(name).ok_or_else(|| RenderErrorReason::MissingVariable(Some(name.to_owned())));
        match self {
            Self::Text(text) => out.write(text)?,
            Self::Quoted(quote, name) => quote.write(Some(name), socket.value(name), out)?,
            Self::This(quote) => quote.write(None, item.map(|(text, _)| text.into()), out)?,
            Self::If(name, [then, otherwise]) => {
                let parts = if value(name)?.is_true() { then } else { otherwise };
                write_all(parts, socket, item, out)?;
            }
            Self::Each(name, body) => {
                let Value::Texts(texts) = value(name)? else { return Err(unreadable("`each` needs a list")) };
                for (index, text) in texts.iter().enumerate() {
                    write_all(body, socket, Some((text, index + 1 == texts.len())), out)?;
                }
            }
            Self::UnlessLast(body) if item.is_some_and(|(_, is_last)| !is_last) => {
                write_all(body, socket, item, out)?;
            }
            Self::UnlessLast(_) => {}
        }
        Ok(())
    }
}

fn write_all(parts: &[Part<'_>], socket: &dyn NamedValues, item: Item<'_>, out: &mut dyn Output) -> HelperResult {
    parts.iter().try_for_each(|part| part.write(socket, item, out))
}

fn unreadable(why: &str) -> RenderError {
    RenderErrorReason::NestedError(why.into()).into()
}

/// The name that is the only argument of a helper.
fn argument(helper: &HelperTemplate) -> Option<&str> {
    match helper.params.as_slice() {
        [Parameter::Path(Path::Relative((segments, raw)))] => match segments.as_slice() {
            [PathSeg::Named(name)] => Some(name),
            _ if raw == "this" => Some(raw),
            _ => None,
        },
        [Parameter::Path(Path::Local((_, _, raw)))] => Some(raw),
        _ => None,
    }
}

impl handlebars::HelperDef for EachSocket<'_> {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let parts = Part::all(helper.template())?;
        self.0.iter().try_for_each(|socket| write_all(&parts, *socket, None, out))
    }
}
