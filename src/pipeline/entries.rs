//! What an entries file says about its topology, before either is examined (spec/entries-file.md#which-topology).

use super::NamedFile;
use crate::model::TOPOLOGY_KEY;
use crate::text::Environment;
use crate::{syntax, text};

/// Whether a file might be an entries file by what is in it: it has a line `topology:` with a word behind it. In a topology, nothing
/// or a map follows.
pub(crate) fn may_be_entries(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(found) = memchr::memmem::find(rest, b"topology:") {
        let is_line_start = found == 0 || matches!(rest[found - 1], b'\n' | b'\r');
        rest = &rest[found + b"topology:".len()..];
        let line = rest.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default().trim_ascii();
        if is_line_start && !matches!(line.first(), None | Some(b'{' | b'&' | b'*' | b'!' | b'#')) {
            return true;
        }
    }
    false
}

/// The path of the topology that an entries file names; none if it names none, and if the file cannot be read. A value from the
/// environment is no part of a path: paths are in messages.
pub(crate) fn topology_named_by(file: &NamedFile, environment: &Environment) -> Option<String> {
    let (_, source, _) = text::read(&file.name, file.bytes.clone(), environment);
    let source = source?;
    let (tree, _) = syntax::parse(&source);
    let tree = tree?;
    let topology = tree.lookup(tree.root()?, TOPOLOGY_KEY)?;
    let place = tree.place(topology.value);
    let scalar = tree.scalar(topology.value).filter(|scalar| !scalar.is_null && !scalar.value.is_empty())?;
    Some(if source.has_values(place) { source.original(place).to_owned() } else { scalar.value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_behind_the_key_makes_an_entries_file() {
        for (text, is_so) in [
            ("topology: st.clab.yml\n", true),
            ("# x\r\ntopology:   \"st.clab.yml\"\n", true),
            ("topology:\n  nodes:\n", false),
            ("topology:  # the lab\n  nodes:\n", false),
            ("topology: {nodes: {}}\n", false),
            ("topology: &t\n  nodes:\n", false),
            ("name: x\n  topology: y\n", false),
            ("a: topology: y\n", false),
            ("topology:\n\ntopology: x", true),
            ("", false),
        ] {
            assert_eq!(may_be_entries(text.as_bytes()), is_so, "{text:?}");
        }
    }
}
