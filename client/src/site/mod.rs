//! The site as a person meets it: a browser window, the pages in it, and the words by which one finds one's way.

pub(crate) mod browser;
pub(crate) mod cookies;
pub(crate) mod form;
pub(crate) mod html;
pub(crate) mod origins;
mod outline;
pub(crate) mod page;
mod parse;
pub(crate) mod words;
