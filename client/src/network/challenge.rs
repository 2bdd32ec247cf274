//! What a proxy asks for: the challenges of `Proxy-Authenticate` (RFC 9110, section 11.6.1).

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;

/// One way to log in that a proxy offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// Its name, letters as the proxy writes them.
    pub(crate) scheme: String,
    /// What comes with it in Base64, as in NTLM; empty if nothing does.
    pub(crate) token: String,
    /// Names and values, without quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// All challenges of these header lines, of which each may hold several. What is none is passed over.
    pub(crate) fn all<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<Self> {
        let mut challenges = Vec::new();
        for line in lines {
            for element in elements(&text(line)) {
                Self::read(element, &mut challenges);
            }
        }
        challenges
    }

    /// Whether this is of that scheme.
    pub(crate) fn is_of(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// Whether a parameter has this value, in any case.
    pub(crate) fn says(&self, name: &str, value: &str) -> bool {
        let mut named = self.parameters.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.any(|(_, said)| said.eq_ignore_ascii_case(value))
    }

    /// An element is a challenge, with its token or its first parameter, or one more parameter of the last challenge.
    fn read(element: &str, challenges: &mut Vec<Self>) {
        if let Some(parameter) = parameter(element) {
            if let Some(challenge) = challenges.last_mut() {
                challenge.parameters.push(parameter);
            }
            return;
        }
        let (scheme, rest) = word(element);
        if scheme.is_empty() || !(rest.is_empty() || rest.starts_with(is_blank)) {
            return;
        }
        let rest = rest.trim_matches(is_blank);
        let token = if is_token68(rest) { rest.to_owned() } else { String::new() };
        let parameters = if token.is_empty() { parameter(rest).into_iter().collect() } else { Vec::new() };
        challenges.push(Self { scheme: scheme.to_owned(), token, parameters });
    }
}

/// A header's value as text. A realm may be in national letters, of which Shift_JIS has some that end in a backslash.
fn text(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(line)
            .unwrap_or_else(|| encoding_rs::mem::decode_latin1(line)),
    }
}

/// What stands between the commas, but for those in quotes.
fn elements(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    // A quote that nobody closes is a letter as any other, and all behind it as well.
    let mut quotes_count = true;
    std::iter::from_fn(move || {
        let text = rest?;
        let mut end = 0;
        loop {
            let Some(at) = text[end..].find(|c: char| c == ',' || (c == '"' && quotes_count)) else {
                rest = None;
                return Some(text);
            };
            let at = end + at;
            if text[at..].starts_with(',') {
                rest = Some(&text[at + 1..]);
                return Some(&text[..at]);
            }
            match closing_quote(&text[at + 1..]) {
                Some(length) => end = at + 1 + length + 1,
                None => {
                    quotes_count = false;
                    end = at + 1;
                }
            }
        }
    })
    .map(|element| element.trim_matches(is_blank))
}

/// Where the text in quotes ends that begins here.
fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.find(|c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })
}

/// `name=value`, blanks around the sign or none, the value in quotes or not.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, rest) = word(text);
    let value = rest.trim_start_matches(is_blank).strip_prefix('=')?.trim_matches(is_blank);
    // Base64 ends so.
    if name.is_empty() || value.chars().all(|c| c == '=') {
        return None;
    }
    let value = match value.strip_prefix('"').and_then(|rest| Some(&rest[..closing_quote(rest)?])) {
        Some(quoted) => unescaped(quoted),
        None => value.to_owned(),
    };
    Some((name.to_owned(), value))
}

fn unescaped(text: &str) -> String {
    let mut letters = text.chars();
    let next = || match letters.next()? {
        '\\' => letters.next(),
        letter => Some(letter),
    };
    std::iter::from_fn(next).collect()
}

/// The name at the beginning, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let is_sign = |c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    text.split_at(text.find(is_sign).unwrap_or(text.len()))
}

fn is_token68(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c))
}

/// What may stand between words; a header over several lines has their ends in it.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(lines: &[&[u8]]) -> Vec<Challenge> {
        Challenge::all(lines.iter().copied())
    }

    fn schemes(line: &[u8]) -> String {
        let schemes: Vec<_> = read(&[line]).into_iter().map(|challenge| challenge.scheme).collect();
        schemes.join(" ")
    }

    #[test]
    fn a_line_may_hold_several_challenges() {
        for (line, expected) in [
            (&b"NTLM"[..], "NTLM"),
            (b"Negotiate, NTLM, Basic realm=\"clinic\"", "Negotiate NTLM Basic"),
            (b"Basic realm=\"clinic\", NTLM", "Basic NTLM"),
            (b"basic realm=clinic,ntlm,NEGOTIATE", "basic ntlm NEGOTIATE"),
            (b"Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", Basic realm=\"a\"", "Digest Basic"),
            (b"Digest realm = \"a\" , nonce = b , NTLM", "Digest NTLM"),
            (b"Basic realm=\"one, NTLM two\", Negotiate", "Basic Negotiate"),
            (b"Basic realm=\"say \\\"hello, NTLM\\\"\", Negotiate", "Basic Negotiate"),
            (b"Basic realm=\"never closed, NTLM", "Basic NTLM"),
            (b"Basic realm=\"a\"; charset=\"b\", NTLM", "Basic NTLM"),
            (b",, NTLM,, ,Basic realm=x,", "NTLM Basic"),
            (b"NTLM TlRMTVNTUAACAAAA==, Basic realm=\"x\"", "NTLM Basic"),
            (b"\tNTLM \t", "NTLM"),
            (b"Basic\trealm=x", "Basic"),
            (b"Digest realm=\"a\",\r\n nonce=\"b\",\r\n\tNTLM", "Digest NTLM"),
            (b"NTLM: x, Basic", "Basic"),
            (b"\"NTLM\", =x, /, Basic", "Basic"),
            (b"", ""),
        ] {
            assert_eq!(schemes(line), expected, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn a_realm_in_national_letters_hides_nothing() {
        for realm in ["ラソ表", "医院", "Prüfung", "é"] {
            let sjis = SHIFT_JIS.encode(realm).0;
            let latin: Vec<u8> = realm.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            for realm in [realm.as_bytes(), &sjis, &latin] {
                let line =
                    [b"Basic realm=\"", realm, b"\", charset=\"UTF-8\", NTLM, Digest realm=\"x\""].concat();
                let found = read(&[&line]);
                assert_eq!(schemes(&line), "Basic NTLM Digest", "{}", String::from_utf8_lossy(&line));
                assert!(found[0].says("CHARSET", "utf-8") && !found[2].says("charset", "utf-8"));
            }
        }
    }

    #[test]
    fn a_token_is_told_from_parameters() {
        let found = read(&[b"NTLM TlRM/+==", b"Negotiate YII=", b"Basic realm=", b"Basic realm=x"]);
        let tokens: Vec<_> = found.iter().map(|challenge| challenge.token.as_str()).collect();
        assert_eq!(tokens, ["TlRM/+==", "YII=", "realm=", ""]);
        assert!(found[3].says("realm", "x"));
        assert!(read(&[b"Basic realm=\"a \\\"b\\\" c\""])[0].says("realm", "a \"b\" c"));
    }

    #[test]
    fn a_parameter_may_stand_on_the_next_line() {
        let found = read(&[b"realm=nobody's", b"Basic realm=x", b"charset=\"UTF-8\", NTLM"]);
        assert_eq!(found.len(), 2);
        assert!(found[0].says("charset", "UTF-8"));
    }

    proptest! {
        #[test]
        fn ntlm_is_found_wherever_it_stands(
            mut others in prop::collection::vec(
                "(Basic|Digest|Negotiate|Bearer) realm=(\"([^\"\\\\]|\\\\.){0,12}\"|[a-zA-Z0-9]{1,9})(, ?nonce=\"[^\"\\\\]*\")?",
                0..4,
            ),
            place: prop::sample::Index,
            split in 0_usize..4,
        ) {
            let place = place.index(others.len() + 1);
            others.insert(place, "nTlM".to_owned());
            let (first, second) = others.split_at(split.min(others.len()));
            let (first, second) = (first.join(", "), second.join(","));
            let found = read(&[first.as_bytes(), second.as_bytes()]);
            prop_assert_eq!(found.len(), others.len(), "{:?}", found);
            prop_assert!(found[place].is_of("NTLM"));
        }

        #[test]
        fn any_bytes_are_read(line in prop::collection::vec(any::<u8>(), 0..60)) {
            read(&[&line]);
        }
    }
}
