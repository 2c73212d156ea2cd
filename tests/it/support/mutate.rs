//! Topologies that are no longer what they were, and always the same ones.

/// Numbers that look like chance and are always the same (xorshift64).
pub(crate) struct Chance(u64);

impl Chance {
    /// Other numbers for another seed, which is not zero.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }
}

/// What means something in YAML.
const SIGNS: [&str; 36] = [
    "\t",
    "?",
    ":",
    " ",
    "\n",
    "-",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    "&a ",
    "*a",
    "!x ",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "\n---\n",
    "\n...\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\n\t\n",
    "? ",
    ": ",
    "- ",
    " #",
    "\u{feff}",
    "\n\u{feff}",
    "!!binary ",
    "!!null ",
];

/// A topology as somebody's editor, disk or network might leave it.
pub(crate) fn mutated(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = chance.below(lines.len());
    match chance.below(8) {
        0 => {
            for _ in 0..=chance.below(4) {
                let place = chance.below(bytes.len());
                bytes[place] ^= 1 << chance.below(8);
            }
        }
        // Wherever that is: between the bytes of a letter too.
        1 => bytes.truncate(chance.below(bytes.len())),
        2 => {
            // A letter of two bytes, of which the second is gone.
            bytes.insert(chance.below(bytes.len()), 0xc3);
        }
        3 => {
            let other = chance.below(lines.len());
            lines.swap(line, other);
            bytes = lines.concat().into_bytes();
        }
        4 => {
            lines.insert(line, lines[line]);
            bytes = lines.concat().into_bytes();
        }
        5 | 6 => {
            for _ in 0..=chance.below(2) {
                let sign = SIGNS[chance.below(SIGNS.len())];
                let place = chance.below(bytes.len());
                bytes.splice(place..place, sign.bytes());
            }
        }
        _ => {
            let start = chance.below(bytes.len());
            let end = bytes.len().min(start + 1 + chance.below(40));
            let part = bytes[start..end].to_vec();
            let place = chance.below(bytes.len());
            bytes.splice(place..place, part);
        }
    }
    bytes
}
