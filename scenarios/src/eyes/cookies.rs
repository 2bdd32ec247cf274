//! Cookies of one site. Libraries for this read the wall clock; a scenario has its own time, so a
//! cookie lives until the site takes it back or the browser closes.

use reqwest::header::{HeaderMap, SET_COOKIE};
use url::Url;

/// The cookies that a browser holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(Vec<Cookie>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Jar {
    /// Takes up what an answer sets.
    pub(crate) fn take(&mut self, url: &Url, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            if let Some((cookie, gone)) = value.to_str().ok().and_then(|text| parse(url, text)) {
                self.0.retain(|known| known.name != cookie.name || known.path != cookie.path);
                if !gone {
                    self.0.push(cookie);
                }
            }
        }
    }

    /// The Cookie header for a request, if there is anything to send.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let fitting = self.0.iter().filter(|cookie| covers(&cookie.path, url.path()));
        let pairs: Vec<_> = fitting.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn parse(url: &Url, text: &str) -> Option<(Cookie, bool)> {
    let mut parts = text.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let mut path = url.path().rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned();
    let mut gone = false;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => path = value.to_owned(),
            "max-age" => gone |= value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            // Sites take a cookie back by a date long gone.
            "expires" => gone |= value.contains(" 1970 ") || value.contains("-1970 "),
            _ => {}
        }
    }
    Some((Cookie { name: name.to_owned(), value: value.to_owned(), path }, gone))
}

/// RFC 6265, 5.1.4.
fn covers(path: &str, requested: &str) -> bool {
    let rest = requested.strip_prefix(path.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_come_back_to_their_path_until_they_are_taken_back() {
        let url = |path: &str| Url::parse(&format!("https://localhost{path}")).unwrap();
        let set = |jar: &mut Jar, text: &str| {
            let headers = HeaderMap::from_iter([(SET_COOKIE, text.parse().unwrap())]);
            jar.take(&url("/p/rcd"), &headers);
        };
        let mut jar = Jar::default();
        set(&mut jar, "a=1; Path=/p; Secure; HttpOnly");
        set(&mut jar, "b=2");
        assert_eq!(jar.header(&url("/p/rcd")).as_deref(), Some("a=1; b=2"));
        assert_eq!(jar.header(&url("/px")), None);
        set(&mut jar, "a=3; Path=/p");
        set(&mut jar, "b=; Max-Age=0");
        assert_eq!(jar.header(&url("/p/ru")).as_deref(), Some("a=3"));
    }
}
