//! Changes to a seed, as a person who means harm and a bad line make them.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One change.
#[derive(Clone, Debug)]
pub enum Change {
    /// Another byte here.
    Byte(Index, u8),
    /// Nothing between these two places.
    Cut(Index, Index),
    /// What lies between the first two once more at the third.
    Copy(Index, Index, Index),
    /// These bytes here.
    Insert(Index, Vec<u8>),
    /// This word of a format here.
    Word(Index, &'static str),
}

/// Signs that mean something to one reader or another.
const WORDS: &[&str] = &[
    "<",
    ">",
    "</",
    "<form>",
    "<input type=\"password\" name=\"p\">",
    "<table><tr>",
    "<base href=\"//x\">",
    "&#0;",
    "&#x110000;",
    "\u{0}",
    "\u{fffe}",
    "\u{202e}",
    "\u{1b}",
    "\u{80}",
    "𠮷",
    "\r\n",
    "\n\n",
    "\t",
    "%",
    "%00",
    "%zz",
    "+",
    "&",
    "=",
    ";",
    ",",
    ":",
    "\"",
    "\\\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "{\"\":",
    "[[",
    "-1",
    "0",
    "1e999",
    "9999999999999999999",
    "18446744073709551616",
    "*",
    ".",
    "[::1]",
    "/129",
    "Path=/",
    "Max-Age=-9223372036854775808",
    "Expires=Thu, 01 Jan 9999 00:00:00 GMT",
    "NTLM ",
    "Basic realm=\"",
    "0000-01-01T00:00:00Z",
    "-009999-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "106751991167d",
    "\u{30}\u{30}",
];

/// Up to a handful of changes.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = any::<Index>;
    let change = prop_oneof![
        4 => (place(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        2 => (place(), place()).prop_map(|(from, to)| Change::Cut(from, to)),
        2 => (place(), place(), place()).prop_map(|(from, to, at)| Change::Copy(from, to, at)),
        1 => (place(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        3 => (place(), select(WORDS)).prop_map(|(at, word)| Change::Word(at, word)),
    ];
    prop::collection::vec(change, 1..6)
}

/// A seed with these changes, one after the other.
pub fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for change in changes {
        let at = |index: &Index| index.index(bytes.len() + 1);
        let between = |one: &Index, other: &Index| at(one).min(at(other))..at(one).max(at(other));
        match change {
            Change::Byte(index, byte) => {
                let place = at(index);
                if let Some(place) = bytes.get_mut(place) {
                    *place = *byte;
                }
            }
            Change::Cut(from, to) => {
                let range = between(from, to);
                bytes.drain(range);
            }
            Change::Copy(from, to, index) => {
                let (piece, place) = (bytes[between(from, to)].to_vec(), at(index));
                bytes.splice(place..place, piece);
            }
            Change::Insert(index, piece) => insert(&mut bytes, index, piece),
            Change::Word(index, word) => insert(&mut bytes, index, word.as_bytes()),
        }
    }
    bytes
}

fn insert(bytes: &mut Vec<u8>, index: &Index, piece: &[u8]) {
    let place = index.index(bytes.len() + 1);
    bytes.splice(place..place, piece.iter().copied());
}
