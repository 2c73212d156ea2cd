//! Lists in sentences.

/// A choice of `words`, in their order, with the serial comma: `a`, `a or b`, `a, b, or c`. `None` for no words.
pub(crate) fn any_of(words: &[&str]) -> Option<String> {
    match words {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first, second] => Some(format!("{first} or {second}")),
        [first @ .., last] => Some(format!("{}, or {last}", first.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::any_of;

    #[test]
    fn a_list_of_three_has_a_serial_comma() {
        assert_eq!(any_of(&[]), None);
        assert_eq!(any_of(&["ssh"]).as_deref(), Some("ssh"));
        assert_eq!(any_of(&["border0", "ssh"]).as_deref(), Some("border0 or ssh"));
        assert_eq!(any_of(&["border0", "frp", "ssh"]).as_deref(), Some("border0, frp, or ssh"));
    }
}
