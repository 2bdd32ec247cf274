//! From text to a tree, within bounds: a page of any shape is a tree or refused, in time that grows with its length alone.
//!
//! html5ever's work grows with the number of open elements for each tag, and with the number of attributes for each
//! attribute; its trees grow with the square of the formatting elements that stay open. So the text goes in piece by
//! piece, and each piece is looked at before the next.

use std::cell::Cell;

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{Tracer, TreeBuilder, TreeBuilderOpts, TreeSink};
use scraper::{Html, HtmlTreeSink};

use crate::terms::breach::Excess;

/// Pieces end with a tag, or here.
const PIECE: usize = 4096;
/// Elements, texts and comments.
const MOST_NODES: usize = 40_000;
/// Start tags, end tags and comments.
const MOST_TAGS: usize = 100_000;
/// The same and pieces of text, which character references and line breaks divide.
const MOST_TOKENS: usize = 200_000;
/// In one tag, and in all.
const MOST_ATTRIBUTES: usize = 128;
const MOST_ATTRIBUTES_IN_ALL: usize = 100_000;
/// Tags of the elements `html` and `body`: the attributes of all of them go to one element.
const MOST_ROOTS: usize = 64;
const MOST_ERRORS: usize = 20_000;
/// Characters between which attributes may lie, in a tag or comment that does not end.
const MOST_SEPARATORS: usize = 8192;
/// Open elements, and formatting elements to be opened again.
const MOST_OPEN: usize = 512;
/// How many pieces are read between two looks at these.
const PIECES_BETWEEN: usize = 16;

type Handle = <HtmlTreeSink as TreeSink>::Handle;

/// Reads a document.
pub(super) fn parse(html: &str) -> Result<Html, Excess> {
    let options = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let tokenizer = Tokenizer::new(Guard { builder, counts: Counts::default() }, options);
    let input = BufferQueue::default();
    let mut separators = 0;
    let pieces = Pieces(html.strip_prefix('\u{feff}').unwrap_or(html));
    for (number, piece) in pieces.enumerate() {
        let before = tokenizer.sink.counts.tokens.get();
        input.push_back(StrTendril::from_slice(piece));
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        let guard = &tokenizer.sink;
        separators = match guard.counts.tokens.get() == before {
            true => separators + piece.bytes().filter(|byte| b" \t\n\x0c\r/\"'".contains(byte)).count(),
            false => 0,
        };
        if separators > MOST_SEPARATORS || guard.counts.are_exceeded() || guard.nodes() > MOST_NODES {
            return Err(Excess::Elements);
        }
        if number.is_multiple_of(PIECES_BETWEEN) && guard.open() > MOST_OPEN {
            return Err(Excess::Depth);
        }
    }
    tokenizer.end();
    Ok(tokenizer.sink.builder.sink.finish())
}

/// A text up to the ends of its tags.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let longest = self.0.floor_char_boundary(PIECE);
        let end = self.0[..longest].find('>').map_or(longest, |end| end + 1);
        let (piece, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(piece)
    }
}

/// Between the tokenizer and the tree.
struct Guard {
    builder: TreeBuilder<Handle, HtmlTreeSink>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    tokens: Cell<usize>,
    tags: Cell<usize>,
    roots: Cell<usize>,
    errors: Cell<usize>,
    /// The most in one tag.
    attributes: Cell<usize>,
    attributes_in_all: Cell<usize>,
}

impl Counts {
    fn take(&self, token: &Token) {
        let one_more = |count: &Cell<usize>| count.set(count.get() + 1);
        match token {
            Token::ParseError(_) => return one_more(&self.errors),
            Token::TagToken(tag) => {
                one_more(&self.tags);
                self.attributes.set(self.attributes.get().max(tag.attrs.len()));
                self.attributes_in_all.set(self.attributes_in_all.get() + tag.attrs.len());
                if tag.kind == TagKind::StartTag && matches!(&*tag.name, "html" | "body") {
                    one_more(&self.roots);
                }
            }
            Token::CommentToken(_) | Token::DoctypeToken(_) => one_more(&self.tags),
            Token::CharacterTokens(_) | Token::NullCharacterToken | Token::EOFToken => {}
        }
        one_more(&self.tokens);
    }

    fn are_exceeded(&self) -> bool {
        self.tokens.get() > MOST_TOKENS
            || self.tags.get() > MOST_TAGS
            || self.roots.get() > MOST_ROOTS
            || self.errors.get() > MOST_ERRORS
            || self.attributes.get() > MOST_ATTRIBUTES
            || self.attributes_in_all.get() > MOST_ATTRIBUTES_IN_ALL
    }
}

impl Guard {
    fn nodes(&self) -> usize {
        self.builder.sink.0.borrow().tree.nodes().len()
    }

    fn open(&self) -> usize {
        struct Count(Cell<usize>);

        impl Tracer for Count {
            type Handle = Handle;

            fn trace_handle(&self, _: &Handle) {
                self.0.set(self.0.get() + 1);
            }
        }

        let count = Count(Cell::new(0));
        self.builder.trace_handles(&count);
        count.0.get()
    }
}

impl TokenSink for Guard {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        self.counts.take(&token);
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
    fn the_tree_is_the_one_of_the_whole_text() {
        for html in [
            "",
            "\u{feff}<!DOCTYPE html><title>a &amp; b</title><p class='x>y'>一\r\n二<table><tr>三<td>四</table>",
            "<b><p>x</b>y</p><script>if (a<b && c>d) {}</script><textarea>\n<p></textarea><!-- > -- --><svg><g/></svg>",
        ] {
            assert_eq!(
                parse(html).map(|it| it.html()),
                Ok(Html::parse_document(html.trim_start_matches('\u{feff}')).html())
            );
        }
    }

    #[test]
    fn what_is_too_much_is_told_apart() {
        assert_eq!(parse(&"<div>".repeat(10_000)).err(), Some(Excess::Depth));
        let unclosed: String = (0..2000).map(|n| format!("<p><b a={n}></p>")).collect();
        assert!(parse(&unclosed).is_err());
        assert_eq!(parse(&"<br>".repeat(50_000)).err(), Some(Excess::Elements));
    }
}
