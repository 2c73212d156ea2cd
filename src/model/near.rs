//! Keys that were surely meant to be `publish`.

/// `publsh`, `publishs`, `Publish`: containerlab knows no other key so near.
pub(super) fn is_near_publish(key: &str) -> bool {
    const WORD: &str = "publish";
    const MOST: usize = 2;
    if key.len().abs_diff(WORD.len()) > MOST || !key.starts_with(['p', 'P', 'u', 'U']) {
        return false;
    }
    // Each edit takes one of its letters at most, and no letter stands in it twice.
    let is_there = |letter: &u8| key.bytes().any(|byte| byte.to_ascii_lowercase() == *letter);
    if key.is_ascii() && WORD.bytes().filter(is_there).count() < WORD.len() - MOST {
        return false;
    }
    key != WORD && strsim::damerau_levenshtein(&key.to_lowercase(), WORD) <= MOST
}
