use super::quoted;

/// The sentence for a guess: "did you mean `publish`?".
pub(crate) fn did_you_mean(guess: &str) -> String {
    format!("did you mean {}?", quoted(guess))
}

/// The candidate that `word` was probably meant to be: at most a third of its letters differ, and no other is as close.
pub(crate) fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let types = ["http", "https", "tcp", "tls"];
        assert_eq!(closest("tpc", types), Some("tcp"));
        assert_eq!(closest("HTTPS", types), Some("https"));
        assert_eq!(closest("SPINES", ["Spine"]), Some("Spine"));
        assert_eq!(closest("ftp", types), None);
        assert_eq!(closest("", types), None);
    }
}
