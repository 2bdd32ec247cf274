//! Who opens pages and presses buttons: the tests' own browser, or a real one.

use obn_tests::{Answer, Browser, Form, Page, Window};

/// What is asked of both. A path is one of the site's own, or a whole URL.
#[derive(Clone, Debug)]
pub(super) enum Visitor {
    Own(Browser),
    /// It follows redirects in any case.
    Real(Window),
}

impl Visitor {
    /// Gets what is at a path; a redirect is an answer.
    pub(super) async fn try_get(&self, path: &str) -> Result<Answer, String> {
        match self {
            Self::Own(browser) => browser.try_get(path).await.map_err(|error| error.to_string()),
            Self::Real(window) => window.visit(path).await,
        }
    }

    /// Goes where a path leads.
    pub(super) async fn try_visit(&self, path: &str) -> Result<Answer, String> {
        match self {
            Self::Own(browser) => browser.try_visit(path).await.map_err(|error| error.to_string()),
            Self::Real(window) => window.visit(path).await,
        }
    }

    /// The page to which a path leads.
    pub(super) async fn open(&self, path: &str) -> Page {
        self.try_visit(path).await.unwrap_or_else(|error| panic!("GET {path}: {error}")).page()
    }

    /// The page to which a link leads.
    pub(super) async fn follow(&self, page: &Page, link: &str) -> Page {
        self.open(&page.link(link)).await
    }

    pub(super) async fn try_press(&self, form: &Form, button: &str) -> Result<Answer, String> {
        match self {
            Self::Own(browser) => browser.try_press(form, button).await.map_err(|error| error.to_string()),
            Self::Real(window) => window.press(form, button).await,
        }
    }

    /// Presses a button of a form, and goes where that leads.
    pub(super) async fn press(&self, form: &Form, button: &str) -> Answer {
        let pressed = self.try_press(form, button).await;
        pressed.unwrap_or_else(|error| panic!("{button} {} {}: {error}", form.method, form.action))
    }

    /// Presses a button of a page as it is; answers with the page to which that leads.
    pub(super) async fn submit(&self, page: &Page, button: &str) -> Page {
        self.press(&page.form_with(button), button).await.page()
    }
}
