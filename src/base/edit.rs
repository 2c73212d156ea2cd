use super::Span;

/// One change to a file: the bytes of `span` are replaced by `content`. An empty span inserts something, an empty content removes
/// something. Everything outside the edits stays as it is, to the byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced, in bytes of the original text.
    pub span: Span,
    /// What is there afterwards.
    pub content: String,
}

impl Edit {
    /// Removes the bytes of `span`.
    pub(crate) fn remove(span: Span) -> Self {
        Self { span, content: String::new() }
    }

    /// Inserts `content` before the byte `at`.
    pub(crate) fn insert(at: u32, content: String) -> Self {
        Self { span: Span::new(at, at), content }
    }

    /// Replaces the bytes of `span`.
    pub(crate) fn replace(span: Span, content: impl Into<String>) -> Self {
        Self { span, content: content.into() }
    }
}

/// Two edits that change the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits overlap")]
pub struct Overlap;

/// Applies edits to `text`, in any order. An edit inside another is no overlap if that one removes all of it; what is
/// inserted directly before it stays.
///
/// # Errors
/// [`Overlap`]; also if a span does not fit the text.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, Overlap> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    let is_taking = |edit: &Edit| edit.span.start < edit.span.end;
    sorted.sort_by_key(|edit| (edit.span.start, is_taking(edit), std::cmp::Reverse(edit.span.end)));
    let mut out = String::with_capacity(text.len());
    let mut position = 0;
    let mut taken_out_to = 0;
    for edit in sorted {
        let range = edit.span.range();
        if range.end <= taken_out_to && range.start < taken_out_to {
            continue;
        }
        if range.start < position {
            return Err(Overlap);
        }
        out.push_str(text.get(position..range.start).ok_or(Overlap)?);
        out.push_str(&edit.content);
        position = range.end;
        if edit.content.is_empty() {
            taken_out_to = range.end;
        }
    }
    out.push_str(text.get(position..).ok_or(Overlap)?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u32, end: u32, content: &str) -> Edit {
        Edit::replace(Span::new(start, end), content)
    }

    #[test]
    fn edits_are_applied_in_the_order_of_their_places() {
        assert_eq!(apply("abcdef", &[edit(4, 5, ""), edit(0, 1, "X"), edit(2, 2, "-")]), Ok("Xb-cdf".to_owned()));
        assert_eq!(apply("abc", &[]), Ok("abc".to_owned()));
    }

    #[test]
    fn what_is_taken_out_takes_the_edits_in_it_along() {
        assert_eq!(apply("abcdef", &[edit(1, 5, ""), edit(2, 3, "X"), edit(3, 3, "Y")]), Ok("af".to_owned()));
        assert_eq!(apply("abcdef", &[edit(1, 5, ""), edit(1, 1, "X")]), Ok("aXf".to_owned()));
        assert_eq!(apply("abcdef", &[edit(1, 5, "Z"), edit(2, 3, "")]), Err(Overlap));
        assert_eq!(apply("abcdef", &[edit(1, 3, ""), edit(2, 5, "")]), Err(Overlap));
        assert_eq!(apply("abc", &[edit(1, 9, "")]), Err(Overlap));
        assert_eq!(apply("é", &[edit(1, 2, "")]), Err(Overlap));
    }
}
