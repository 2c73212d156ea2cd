//! Standard error of a known width: notes and errors in one sentence are broken at spaces, not inside a name.

use std::io::{self, Write};

use crate::render::wrap;

/// How the lines begin that are sentences. Everything else is written as it comes: frames around findings, parts of files.
const SENTENCES: [&[u8]; 2] = [b"note: ", b"publish-plan: "];

/// A stream that fits sentences to a number of columns; without one it changes nothing.
pub(super) struct Fitted<'s> {
    stream: &'s mut dyn Write,
    columns: Option<usize>,
    /// The beginning of a line whose end is not written yet: only if the line is a sentence or can still become one.
    pending: Vec<u8>,
    is_at_start: bool,
}

impl<'s> Fitted<'s> {
    pub(super) fn new(stream: &'s mut dyn Write, columns: Option<usize>) -> Self {
        Self { stream, columns, pending: Vec::new(), is_at_start: true }
    }

    /// Writes a line, or the part of one that is there.
    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        let text = std::str::from_utf8(line).ok().filter(|_| is_sentence(line));
        match (self.columns, text) {
            (Some(columns), Some(text)) => self.stream.write_all(wrap::filled(text, columns, wrap::INDENT).as_bytes()),
            _ => self.stream.write_all(line),
        }
    }
}

fn is_sentence(line: &[u8]) -> bool {
    SENTENCES.iter().any(|start| line.starts_with(start))
}

/// Whether more of a line could make it a sentence.
fn may_become_sentence(line: &[u8]) -> bool {
    SENTENCES.iter().any(|start| start.starts_with(line))
}

impl Write for Fitted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.columns.is_none() {
            return self.stream.write(bytes);
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_end = part.ends_with(b"\n");
            if self.is_at_start {
                self.pending.extend_from_slice(part);
                let is_kept = !is_end && (is_sentence(&self.pending) || may_become_sentence(&self.pending));
                if !is_kept {
                    let line = std::mem::take(&mut self.pending);
                    self.put(&line)?;
                    self.is_at_start = is_end;
                }
            } else {
                self.stream.write_all(part)?;
                self.is_at_start = is_end;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Drop for Fitted<'_> {
    fn drop(&mut self) {
        let rest = std::mem::take(&mut self.pending);
        let _ = self.put(&rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parts: &[&str], columns: Option<usize>) -> String {
        let mut out = Vec::new();
        let mut fitted = Fitted::new(&mut out, columns);
        for part in parts {
            fitted.write_all(part.as_bytes()).unwrap();
        }
        drop(fitted);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sentences_are_broken_and_nothing_else() {
        let parts =
            ["no", "te: one two ", "three\nnot one of them, however long\nnote", "worthy\n", "publish-plan: a b c d"];
        assert_eq!(
            written(&parts, Some(16)),
            "note: one two\n  three\nnot one of them, however long\nnoteworthy\npublish-plan: a\n  b c d"
        );
        assert_eq!(written(&parts, None), parts.concat());
    }
}
