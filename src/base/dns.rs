//! Names in DNS: their lengths, their labels, and what other programs accept as a host.

/// The longest label and the longest name, in bytes (RFC 1035, section 2.3.4; a name without the dot at its end).
pub(crate) const LONGEST_LABEL: usize = 63;
/// See [`LONGEST_LABEL`].
pub(crate) const LONGEST_HOST_NAME: usize = 253;

/// Whether a name in lower case is valid in DNS: labels of 1 to 63 letters, digits, and dashes, without a dash at either end
/// (RFC 1123).
pub(crate) fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        has_length_of_label(label)
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= LONGEST_HOST_NAME && name.split('.').all(is_label)
}

/// Whether a label is as long as DNS allows, whatever is in it.
pub(crate) fn has_length_of_label(label: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
}

/// Whether the last label is a number: then the name is an address, or would be read as one (RFC 1123, section 2.1).
pub(crate) fn ends_in_number(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a text can be given to other programs as a host: a hostname as DNS has it, the name of a container, which may have
/// `_` in it, or an IPv4 address. It begins with a letter or a digit, so that no program takes it for an option.
pub(crate) fn is_host(text: &str) -> bool {
    text.len() <= LONGEST_HOST_NAME
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || ".-_".contains(character))
}

/// A word as part of a label: in lower case, with one dash for anything else between letters and digits.
pub(crate) fn dns_safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            safe.push(character.to_ascii_lowercase());
        } else if !safe.is_empty() && !safe.ends_with('-') {
            safe.push('-');
        }
    }
    safe.truncate(safe.trim_end_matches('-').len());
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_63_bytes_and_no_dash_at_an_end() {
        assert!(is_host_name(&"a".repeat(63)) && !is_host_name(&"a".repeat(64)));
        assert!(!is_host_name("-80.lab.example.net") && !is_host_name("a..b") && !is_host_name("A.b"));
        assert!(is_host_name(&["a"; 127].join(".")) && !is_host_name(&["a"; 128].join(".")));
    }

    #[test]
    fn a_host_is_no_option() {
        assert!(is_host("clab_lab-r1.example") && is_host("192.0.2.1") && !is_host("-o") && !is_host("_a"));
    }
}
