//! Keys that were surely meant to be `publish`.

/// `publsh`, `publishs`, `Publish`: containerlab knows no other key that is so similar. Invisible characters make no difference.
pub(super) fn is_near_publish(key: &str) -> bool {
    const WORD: &str = "publish";
    const MOST: usize = 2;
    if !key.is_ascii() {
        let seen: String = key.chars().filter(|character| !is_unseen(*character)).collect();
        if seen.len() < key.len() {
            return seen == WORD || is_near_publish(&seen);
        }
    }
    if key.len().abs_diff(WORD.len()) > MOST || !key.starts_with(['p', 'P', 'u', 'U']) {
        return false;
    }
    // Each edit removes at most one of its letters, and no letter occurs in it twice.
    let is_there = |letter: &u8| key.bytes().any(|byte| byte.to_ascii_lowercase() == *letter);
    if key.is_ascii() && WORD.bytes().filter(is_there).count() < WORD.len() - MOST {
        return false;
    }
    key != WORD && strsim::damerau_levenshtein(&key.to_lowercase(), WORD) <= MOST
}

/// Without width, or without ink (Unicode's `Default_Ignorable_Code_Point`, and whitespace).
fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(character, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(character, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::is_near_publish;

    #[test]
    fn what_nobody_sees_makes_no_other_key() {
        for key in
            ["publsh", "Publish", "publish\u{200b}", "pub\u{2060}lish", "\u{feff}publ\u{200d}sh", "publish\u{3164}"]
        {
            assert!(is_near_publish(key), "{key:?}");
        }
        for key in ["publish", "public", "ports", "p\u{200b}"] {
            assert_eq!(is_near_publish(key), key == "public", "{key:?}");
        }
    }
}
