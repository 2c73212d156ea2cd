//! Email domains in the form that is compared: lower-case ASCII (RFC 5890, RFC 1035).

use crate::base::dns::{LONGEST_HOST_NAME, LONGEST_LABEL, ends_in_number, has_length_of_label};

/// The ASCII form of a domain, or what was expected instead.
pub(super) fn canonical(text: &str) -> Result<String, String> {
    let ascii = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else if text.chars().any(is_dropped) {
        return Err("a domain without invisible characters".to_owned());
    } else {
        idna::domain_to_ascii_strict(text).map_err(|_| "a valid internationalized domain name (RFC 5891)".to_owned())?
    };
    if ascii.len() > LONGEST_HOST_NAME {
        return Err(format!("a domain of at most {LONGEST_HOST_NAME} characters"));
    }
    if !ascii.contains('.') || !ascii.split('.').all(has_length_of_label) {
        return Err(format!("a domain whose labels have 1 to {LONGEST_LABEL} characters each"));
    }
    if ends_in_number(&ascii) {
        return Err("an email domain, not an IP address or a number".to_owned());
    }
    Ok(ascii)
}

/// Characters that the ASCII form drops silently, such as a soft hyphen (UTS 46, "ignored"): two domains that look alike would be
/// the same.
fn is_dropped(letter: char) -> bool {
    !letter.is_ascii() && idna::domain_to_ascii_strict(&format!("a{letter}a")).is_ok_and(|ascii| ascii == "aa")
}

/// An address with its domain in ASCII form; the part before the `@` is kept as written.
pub(super) fn canonical_email(text: &str) -> Result<String, String> {
    let (mailbox, host) = text.split_once('@').ok_or("an email address, `user@domain.com`")?;
    if mailbox.len() > 64 {
        return Err("at most 64 characters before the `@`".to_owned());
    }
    Ok(format!("{mailbox}@{}", canonical(host)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_names_become_ascii() {
        assert_eq!(canonical("Bücher.example").as_deref(), Ok("xn--bcher-kva.example"));
        assert_eq!(canonical_email("O.Brien@Bücher.example").as_deref(), Ok("O.Brien@xn--bcher-kva.example"));
    }

    #[test]
    fn what_no_mail_server_can_have_is_refused() {
        assert!(canonical("10.0.0.1").is_err());
        assert!(canonical(&format!("{}.com", "a".repeat(64))).is_err());
        assert!(canonical(&vec!["abcdefgh"; 40].join(".")).is_err());
        assert!(canonical("a\u{2028}b.com").is_err());
        for invisible in ["b.com\u{200b}", "b\u{ad}.com", "\u{2060}b.com", "b.co\u{fe0f}m", "b\u{200d}.com"] {
            assert!(canonical(invisible).is_err(), "{invisible:?}");
            assert!(canonical_email(&format!("a@{invisible}")).is_err(), "{invisible:?}");
        }
        assert!(canonical("nokia\u{3002}com.evil").is_ok_and(|ascii| ascii == "nokia.com.evil"));
    }
}
