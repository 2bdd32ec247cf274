//! Cookies of one visit, kept in memory and aged by the client's own clock (RFC 6265).

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use url::Url;

/// The cookies that one visit has gathered.
#[derive(Debug, Default)]
pub(crate) struct Cookies(Vec<Cookie>);

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl Cookies {
    /// Takes a `Set-Cookie` header that came from `url`.
    pub(crate) fn set(&mut self, header: &str, url: &Url, now: Timestamp) {
        let Some(host) = url.host_str() else { return };
        let Some(cookie) = Cookie::parse(header, host, url.path(), now) else { return };
        self.0.retain(|old| {
            !(old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path)
        });
        if !cookie.is_over(now) {
            self.0.push(cookie);
        }
    }

    /// The `Cookie` header for a request to `url`, the longest paths first.
    pub(crate) fn header(&self, url: &Url, now: Timestamp) -> Option<String> {
        let mut fitting: Vec<&Cookie> =
            self.0.iter().filter(|cookie| !cookie.is_over(now) && cookie.goes_to(url)).collect();
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> =
            fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn parse(header: &str, host: &str, request_path: &str, now: Timestamp) -> Option<Self> {
        let mut parts = header.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let default_path = match request_path.rfind('/') {
            Some(0) | None => "/",
            Some(end) => &request_path[..end],
        };
        let mut cookie = Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            domain: host.to_ascii_lowercase(),
            host_only: true,
            path: default_path.to_owned(),
            secure: false,
            expires: None,
        };
        let mut max_age = None;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "domain" if !value.is_empty() => {
                    let domain = value.trim_start_matches('.').to_ascii_lowercase();
                    // A cookie for somewhere else is not taken; a host name without a dot is nobody's parent.
                    if cookie.domain != domain && !(domain.contains('.') && is_below(&cookie.domain, &domain))
                    {
                        return None;
                    }
                    cookie.domain = domain;
                    cookie.host_only = false;
                }
                "path" if value.starts_with('/') => cookie.path = value.to_owned(),
                "secure" => cookie.secure = true,
                "max-age" => max_age = value.parse::<i64>().ok(),
                "expires" => cookie.expires = date(value),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            let end = now.as_second().saturating_add(seconds.max(0));
            cookie.expires = Some(Timestamp::from_second(end).unwrap_or(Timestamp::MAX));
        }
        (!cookie.name.is_empty()).then_some(cookie)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    fn goes_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let host_fits = host == self.domain || (!self.host_only && is_below(host, &self.domain));
        let rest = url.path().strip_prefix(self.path.as_str());
        let path_fits =
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        host_fits && path_fits && (!self.secure || url.scheme() == "https")
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Both forms of date that servers write: `Wed, 21 Oct 2026 07:28:00 GMT`, and the same with hyphens.
fn date(text: &str) -> Option<Timestamp> {
    let parser = rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text.replace('-', " ").as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sent(headers: &[&str], to: &str, now: i64) -> Option<String> {
        let from = Url::parse("https://cert.example.jp/p/rcd").unwrap();
        let mut cookies = Cookies::default();
        for header in headers {
            cookies.set(header, &from, at(0));
        }
        cookies.header(&Url::parse(to).unwrap(), at(now))
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_path_only() {
        let cookie = ["sid=1; Path=/p; Secure; HttpOnly"];
        assert_eq!(sent(&cookie, "https://cert.example.jp/p/ru", 0).as_deref(), Some("sid=1"));
        assert_eq!(sent(&cookie, "https://cert.example.jp/pq", 0), None);
        assert_eq!(sent(&cookie, "https://other.example.jp/p/ru", 0), None);
        assert_eq!(sent(&cookie, "http://cert.example.jp/p/ru", 0), None);
    }

    #[test]
    fn a_cookie_ends_by_max_age_or_date_on_the_given_clock() {
        assert_eq!(
            sent(&["a=1; Path=/; Max-Age=60"], "https://cert.example.jp/", 59).as_deref(),
            Some("a=1")
        );
        assert_eq!(sent(&["a=1; Path=/; Max-Age=60"], "https://cert.example.jp/", 60), None);
        let dated = ["a=1; Path=/; Expires=Thu, 01-Jan-1970 00:01:00 GMT"];
        assert_eq!(sent(&dated, "https://cert.example.jp/", 59).as_deref(), Some("a=1"));
        assert_eq!(sent(&dated, "https://cert.example.jp/", 60), None);
    }

    #[test]
    fn a_later_cookie_of_the_same_name_replaces_the_earlier() {
        assert_eq!(
            sent(&["a=1; Path=/", "a=2; Path=/"], "https://cert.example.jp/", 0).as_deref(),
            Some("a=2")
        );
        assert_eq!(sent(&["a=1; Path=/", "a=; Path=/; Max-Age=0"], "https://cert.example.jp/", 0), None);
    }

    #[test]
    fn a_cookie_for_a_parent_domain_goes_to_its_other_hosts_but_never_to_strangers() {
        let shared = ["a=1; Path=/; Domain=.example.jp"];
        assert_eq!(sent(&shared, "https://ru.example.jp/", 0).as_deref(), Some("a=1"));
        assert_eq!(sent(&["a=1; Path=/; Domain=example.com"], "https://cert.example.jp/", 0), None);
        assert_eq!(sent(&["a=1; Path=/; Domain=jp"], "https://cert.example.jp/", 0), None);
    }
}
