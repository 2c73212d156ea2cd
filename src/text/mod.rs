//! Takes the bytes of one file and an environment. Gives a [`Source`]: the text that YAML reads, with a map back to the
//! file on disk.
//!
//! The order is containerlab's (spec/before-yaml.md#templates): Go templates first, then the environment, then YAML. Templates
//! are recognized, not rendered.

mod encoding;
mod environment;
mod joined;
mod source;
mod substitute;
mod template;
mod variables;
mod within;

use std::sync::Arc;

pub(crate) use encoding::{encode, is_line_break};
pub use environment::{Environment, EnvironmentFileError};
pub use source::{Place, Source};
pub(crate) use source::{around, line_start, outermost};
pub use substitute::substitute;
pub(crate) use variables::Added;
pub use variables::Variable;

use crate::base::{Finding, Findings, SourceFile, Span, rule};

/// The largest file that can be read at all, in bytes: places are counted in 32 bits.
pub(crate) const MAX_SIZE: u64 = 0xffff_fffe;

/// Turns the bytes of the file called `name` into a source.
///
/// The file is always given, so that findings can be shown; the source is missing if nothing can be checked.
#[must_use]
pub fn read(name: &str, bytes: Vec<u8>, environment: &Environment) -> (Arc<SourceFile>, Option<Source>, Findings) {
    let (text, encoding_finding) = encoding::decode(bytes);
    let file = Arc::new(SourceFile::new(name, text));
    if let Some(finding) = encoding_finding {
        return (file, None, [finding].into_iter().collect());
    }
    if let Some(finding) = template::recognise(&file) {
        return (file, None, [finding].into_iter().collect());
    }
    let (source, mut findings) = Source::new(Arc::clone(&file), environment);
    findings.extend(encoding::forbidden_character(&source));
    (file, Some(source), findings)
}

/// The finding about a `${` that nothing closes.
fn unclosed(span: Span) -> Finding {
    Finding::error(rule::UNCLOSED_SUBSTITUTION, "unclosed `${`")
        .at(span, "expected a `}` on the same line")
        .help("close it, or write `$${` for a literal `${`; this applies in comments too")
}
