//! Go templates are recognized, never rendered (spec/before-yaml.md#templates).

use crate::base::{Finding, SourceFile, Span, narrow, rule};

/// One warning at the first `{{`.
pub(super) fn recognise(file: &SourceFile) -> Option<Finding> {
    let start = narrow(memchr::memmem::find(file.text().as_bytes(), b"{{")?);
    Some(
        Finding::warning(rule::TEMPLATE_NOT_RENDERED, "Go templates are not checked")
            .at(Span::new(start, start + 2), "the template starts here")
            .help(
                "render it first and check the result; containerlab writes the rendered topology to its lab directory",
            )
            .blocks_compile(),
    )
}
