//! To whom anything is sent: the site and nobody else (RFC 6454).

use url::{Origin, Url};

use crate::terms::breach::Breach;

/// The site's own origins, by the address that the caller gave.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    /// Where the walks begin.
    pub(crate) base: Url,
    /// Where the pages for renewal are, if they are somewhere else.
    renewal: Option<Origin>,
}

impl Origins {
    pub(crate) fn new(base: Url, renewal: Option<Url>) -> Self {
        Self { base, renewal: renewal.map(|url| url.origin()) }
    }

    /// Asked before each request, whatever led to it: a redirection, a form, a link, a page that goes on by itself.
    ///
    /// # Errors
    ///
    /// [`Breach::OtherOrigin`] if it leads away from the site.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Breach> {
        let (own, other) = (self.base.origin(), url.origin());
        if other == own || Some(&other) == self.renewal.as_ref() {
            return Ok(());
        }
        let other = match &other {
            Origin::Opaque(_) => format!("{}:", url.scheme()),
            Origin::Tuple(..) => other.ascii_serialization(),
        };
        Err(Breach::OtherOrigin { own: own.ascii_serialization(), other })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("the tests write addresses")
    }

    #[test]
    fn scheme_host_and_port_are_the_sites_own() {
        let origins =
            Origins::new(url("https://cert.example.jp"), Some(url("https://ru.example.jp:8443/p/ru")));
        for own in [
            "https://cert.example.jp:443/p/rcd?x#y",
            "https://CERT.example.jp/",
            "https://ru.example.jp:8443/",
        ] {
            assert_eq!(origins.check(&url(own)), Ok(()), "{own}");
        }
        for (strange, other) in [
            ("http://cert.example.jp/p/rcd", "http://cert.example.jp"),
            ("https://cert.example.jp:8443/p/rcd", "https://cert.example.jp:8443"),
            ("https://cert.example.jp@evil.example/p/rcd", "https://evil.example"),
            ("https://cert.example.jp.evil.example/p/rcd", "https://cert.example.jp.evil.example"),
            ("https://cert.example.jp./p/rcd", "https://cert.example.jp."),
            ("https://ru.example.jp/p/ru", "https://ru.example.jp"),
            ("data:text/html,x", "data:"),
            ("javascript:send()", "javascript:"),
        ] {
            let refused =
                Breach::OtherOrigin { own: "https://cert.example.jp".to_owned(), other: other.to_owned() };
            assert_eq!(origins.check(&url(strange)), Err(refused), "{strange}");
        }
    }
}
