//! What of a document is to read.

use scraper::{ElementRef, Node, Selector};

use crate::eyes::wording::one_line;

/// What stands in a line is not longer; the text of a page may be.
const LONGEST_LINE: usize = 4096;

/// The text of an element on one line.
pub(super) fn of_inline(element: ElementRef<'_>) -> String {
    let mut raw = String::new();
    collect(element, &mut raw, LONGEST_LINE);
    one_line(&raw)
}

/// The text of an element, a line for each block in it.
pub(super) fn of_block(element: ElementRef<'_>) -> String {
    let mut raw = String::new();
    collect(element, &mut raw, usize::MAX);
    let lines = raw.split('\u{b}').map(one_line).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// A vertical tab stands for the edge of a block: HTML has none of its own. No page that is read is too deep for this.
fn collect(element: ElementRef<'_>, raw: &mut String, longest: usize) {
    let name = element.value().name();
    if matches!(name, "head" | "style" | "script" | "template" | "noscript" | "select" | "textarea")
        || element.attr("hidden").is_some()
    {
        return;
    }
    let inline = matches!(
        name,
        "a" | "abbr"
            | "b"
            | "code"
            | "em"
            | "font"
            | "i"
            | "label"
            | "small"
            | "span"
            | "strong"
            | "u"
            | "button"
    );
    if !inline {
        raw.push('\u{b}');
    }
    for child in element.children() {
        if raw.len() >= longest {
            return;
        }
        match child.value() {
            Node::Text(text) => raw.push_str(&text[..text.floor_char_boundary(longest - raw.len())]),
            Node::Element(_) => {
                if let Some(child) = ElementRef::wrap(child) {
                    collect(child, raw, longest);
                }
            }
            _ => {}
        }
    }
    if !inline {
        raw.push('\u{b}');
    }
}

pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selectors are our own")
}
