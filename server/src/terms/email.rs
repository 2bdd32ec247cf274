//! Mail addresses, as far as a mail can go to them.

use std::borrow::Cow;

use super::text::text;

text! {
    /// An address to which a mail can go: `local@domain` in ASCII, as browsers check it, with RFC 5321's
    /// lengths.
    shown EmailAddress, read by check or EmailError
}

impl EmailAddress {
    /// As mails and mail servers write it. Some operators give out addresses with dots at the end of the local part or side
    /// by side, which RFC 5321 (4.1.2) and RFC 5322 (3.4.1) have in quotes alone.
    pub fn mailbox(&self) -> Cow<'_, str> {
        match self.0.split_once('@') {
            Some((local, domain)) if !is_dot_string(local) => format!("\"{local}\"@{domain}").into(),
            _ => self.as_str().into(),
        }
    }
}

/// Why a text is no mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not of the form, or with blanks, line breaks or other characters that have no place there.
    #[error("a mail address reads name@example.jp")]
    Format,
    /// RFC 5321, 4.5.3.1: 64 octets before the @, 254 in all.
    #[error("a mail address has at most 254 characters, 64 before the @")]
    TooLong,
}

fn check(text: &str) -> Result<(), EmailError> {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let (local, domain) = text.split_once('@').ok_or(EmailError::Format)?;
    let quotes = if is_dot_string(local) { 0 } else { 2 };
    if text.len() + quotes > 254 || local.len() + quotes > 64 {
        return Err(EmailError::TooLong);
    }
    let fits =
        !local.is_empty() && local.bytes().all(atom) && domain.contains('.') && domain.split('.').all(label);
    if fits { Ok(()) } else { Err(EmailError::Format) }
}

/// Whether each of the parts between its dots has a letter.
fn is_dot_string(local: &str) -> bool {
    local.split('.').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_that_a_mail_can_go_to_are_taken() {
        for text in ["a@b.jp", "reseputo.tanto+1@clinic-1.example.co.jp", "O'Hara@xn--eckwd4c7c.jp"] {
            assert!(text.parse::<EmailAddress>().is_ok(), "{text}");
        }
    }

    #[test]
    fn an_address_is_quoted_where_a_mail_server_would_not_read_it_otherwise() {
        for (text, mailbox) in [
            ("tanto@clinic.example.jp", "tanto@clinic.example.jp"),
            ("a.b@docomo.ne.jp", "a.b@docomo.ne.jp"),
            ("a..b@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"),
            ("a.@ezweb.ne.jp", "\"a.\"@ezweb.ne.jp"),
            (".a@ezweb.ne.jp", "\".a\"@ezweb.ne.jp"),
        ] {
            assert_eq!(text.parse::<EmailAddress>().unwrap().mailbox(), mailbox);
        }
    }

    #[test]
    fn what_is_no_address_is_told_from_what_is_too_long() {
        for text in [
            "",
            "a",
            "a@",
            "@b.jp",
            "a@b",
            "a b@c.jp",
            "a@b..jp",
            "a@-b.jp",
            "a@b@c.jp",
            "ａ@b.jp",
            "a@b.jp\r\nBcc: c@d.jp",
            "\"a\"@b.jp",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailError::Format), "{text:?}");
        }
        for text in [
            format!("{}@b.jp", "a".repeat(65)),
            format!("a@{}jp", "b.".repeat(130)),
            format!("a..{}@b.jp", "a".repeat(60)),
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailError::TooLong), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_address_can_break_out_of_a_header(text in "\\PC{0,20}@\\PC{0,20}|[\\x00-\\x7f]{0,10}@[\\x00-\\x7f]{0,10}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(!address.as_str().contains(['<', '>', ',', ';', '"', '\\']));
                prop_assert!(address.mailbox().parse::<lettre::Address>().is_ok(), "{}", address.mailbox());
            }
        }
    }
}
