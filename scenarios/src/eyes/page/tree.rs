//! Builds the tree of a page within bounds, so that a hostile site can't hold the harness up or use up its memory.
//!
//! For some pages the work of a parser grows with the square of their length: deep ones, those with many attributes in a
//! tag, those whose `<b>` are opened anew in each paragraph. The page is handed over in small parts, and given up as soon
//! as a part has led to too much.

use std::cell::Cell;

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{Tracer, TreeBuilder, TreeBuilderOpts, TreeSink};
use scraper::{Html, HtmlTreeSink};

/// Bytes of a part that has no end of a tag.
const PART: usize = 4096;
/// How often the parser's own lists are looked at, in parts.
const BETWEEN_LOOKS: usize = 16;

const NODES: usize = 40_000;
const TAGS: usize = 100_000;
const TOKENS: usize = 200_000;
const ERRORS: usize = 20_000;
const ATTRIBUTES_OF_A_TAG: usize = 128;
const ATTRIBUTES: usize = 100_000;
/// `<html>` and `<body>` may come again and again, and their attributes all go to the first.
const ROOTS: usize = 64;
/// Between two tokens; each of them may divide two attributes.
const BLANKS_WITHIN_A_TAG: usize = 8192;
/// Open elements, and those to be opened anew.
const OPEN: usize = 512;
const DEPTH: usize = 256;

/// Why a page is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("elements more than {DEPTH} deep in each other")]
    Depth,
    #[error("more elements, attributes or errors of syntax than a page has")]
    Size,
}

type Handle = <HtmlTreeSink as TreeSink>::Handle;

pub(super) fn tree(html: &str) -> Result<Html, Unreadable> {
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let watched = Watched { builder, seen: Seen::default() };
    let tokenizer = Tokenizer::new(watched, TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() });
    let queue = BufferQueue::default();
    let (mut rest, mut blanks, mut until_look) = (html.trim_start_matches('\u{feff}'), 0, 0usize);
    while !rest.is_empty() {
        let longest = rest.floor_char_boundary(PART);
        let (part, behind) = rest.split_at(rest[..longest].find('>').map_or(longest, |end| end + 1));
        rest = behind;
        let before = tokenizer.sink.seen.tokens.get();
        queue.push_back(StrTendril::from_slice(part));
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
        let is_silent = tokenizer.sink.seen.tokens.get() == before;
        let divides = |letter: &char| letter.is_ascii_whitespace() || matches!(letter, '/' | '"' | '\'');
        blanks = if is_silent { blanks + part.chars().filter(divides).count() } else { 0 };
        if blanks > BLANKS_WITHIN_A_TAG || tokenizer.sink.is_too_large() {
            return Err(Unreadable::Size);
        }
        if until_look == 0 && tokenizer.sink.open() > OPEN {
            return Err(Unreadable::Depth);
        }
        until_look = until_look.checked_sub(1).unwrap_or(BETWEEN_LOOKS);
    }
    tokenizer.end();
    let html = tokenizer.sink.builder.sink.finish();
    if is_deep(&html) { Err(Unreadable::Depth) } else { Ok(html) }
}

/// In the order of the document a node's parent is among those that are open.
fn is_deep(html: &Html) -> bool {
    let mut open = Vec::new();
    html.tree.root().descendants().any(|node| {
        let parent = node.parent().map(|parent| parent.id());
        while open.last().is_some_and(|last| Some(*last) != parent) {
            open.pop();
        }
        open.push(node.id());
        open.len() > DEPTH
    })
}

/// A tree that is being built, and what the tokenizer has handed over for it.
struct Watched {
    builder: TreeBuilder<Handle, HtmlTreeSink>,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    tokens: Cell<usize>,
    tags: Cell<usize>,
    roots: Cell<usize>,
    errors: Cell<usize>,
    attributes: Cell<usize>,
    has_too_many_attributes: Cell<bool>,
}

fn add(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

impl Seen {
    fn tag(&self, Tag { name, attrs, .. }: &Tag) {
        add(&self.tags);
        if matches!(&**name, "html" | "body") {
            add(&self.roots);
        }
        self.attributes.set(self.attributes.get() + attrs.len());
        if attrs.len() > ATTRIBUTES_OF_A_TAG {
            self.has_too_many_attributes.set(true);
        }
    }
}

impl Watched {
    fn is_too_large(&self) -> bool {
        let counts = [
            (&self.seen.tokens, TOKENS),
            (&self.seen.tags, TAGS),
            (&self.seen.roots, ROOTS),
            (&self.seen.errors, ERRORS),
            (&self.seen.attributes, ATTRIBUTES),
        ];
        counts.into_iter().any(|(count, most)| count.get() > most)
            || self.seen.has_too_many_attributes.get()
            || self.builder.sink.0.borrow().tree.nodes().len() > NODES
    }

    fn open(&self) -> usize {
        let counter = Counter::default();
        self.builder.trace_handles(&counter);
        counter.0.get()
    }
}

#[derive(Default)]
struct Counter(Cell<usize>);

impl Tracer for Counter {
    type Handle = Handle;

    fn trace_handle(&self, _: &Handle) {
        add(&self.0);
    }
}

impl TokenSink for Watched {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        match &token {
            Token::ParseError(_) => add(&self.seen.errors),
            Token::TagToken(tag) => self.seen.tag(tag),
            Token::CommentToken(_) | Token::DoctypeToken(_) => add(&self.seen.tags),
            Token::CharacterTokens(_) | Token::NullCharacterToken | Token::EOFToken => {}
        }
        if !matches!(token, Token::ParseError(_)) {
            add(&self.seen.tokens);
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_the_same_tree() {
        let html = "<!DOCTYPE html><title>a&amp;b</title><p class='x>y'>一\r\n二<table><tr>三<td>四</table><b><p>x</b>y\
                    <script>a<b && c>d</script><textarea>\n<p></textarea><!-- > --><svg><g/></svg>";
        assert_eq!(tree(html).map(|it| it.html()), Ok(Html::parse_document(html).html()));
        assert!(tree("").is_ok());
    }

    #[test]
    fn too_deep_and_too_large_are_told_apart() {
        assert_eq!(tree(&"<div>".repeat(10_000)).err(), Some(Unreadable::Depth));
        assert_eq!(tree(&"<i>x</i>".repeat(30_000)).err(), Some(Unreadable::Size));
    }
}
