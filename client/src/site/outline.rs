//! A document in its order, laid out once: where each element ends, what stands in it, what is around it. With it each
//! question about an element is answered in the time of the answer, however the page is nested.

use std::ops::Range;

use scraper::node::Element;
use scraper::{Html, Node};

use crate::terms::breach::Excess;

/// Elements inside of each other.
const DEEPEST: usize = 256;

/// A document's elements and texts in their order. What a `template` holds is not shown, and is not here.
pub(super) struct Outline<'a> {
    items: Vec<Item<'a>>,
    /// All that is to read, with single blanks.
    text: String,
}

/// The number of an element or text, in the order of the document.
pub(super) type Place = usize;

struct Item<'a> {
    what: What<'a>,
    parent: Option<Place>,
    /// The one before it in the same parent.
    before: Option<Place>,
    /// Behind all that is inside.
    end: Place,
    text: Range<usize>,
}

enum What<'a> {
    Element(&'a Element),
    Text(&'a str),
}

impl<'a> Outline<'a> {
    /// # Errors
    ///
    /// [`Excess::Depth`]
    pub(super) fn of(html: &'a Html) -> Result<Self, Excess> {
        let mut outline = Self { items: Vec::new(), text: String::new() };
        // The open nodes, each with its place if it has one, and the last child that was met.
        let mut open: Vec<(_, Option<Place>, Option<Place>)> = Vec::new();
        for node in html.tree.root().descendants() {
            let parent = node.parent().map(|parent| parent.id());
            while open.last().is_some_and(|(id, ..)| Some(*id) != parent) {
                let (_, closed, _) = open.pop().expect("it was there a moment ago");
                outline.close(closed);
            }
            if open.len() > DEEPEST {
                return Err(Excess::Depth);
            }
            // Below the document itself only what a template holds is in something that has no place.
            let is_hidden = open.len() > 1 && open.last().is_some_and(|(_, place, _)| place.is_none());
            let what = match node.value() {
                Node::Element(element) => Some(What::Element(element)),
                Node::Text(text) => Some(What::Text(text)),
                _ => None,
            };
            let place = what.filter(|_| !is_hidden).map(|what| outline.push(what, open.last_mut()));
            open.push((node.id(), place, None));
        }
        while let Some((_, closed, _)) = open.pop() {
            outline.close(closed);
        }
        Ok(outline)
    }

    fn push<Id>(&mut self, what: What<'a>, around: Option<&mut (Id, Option<Place>, Option<Place>)>) -> Place {
        let place = self.items.len();
        let (parent, before) = match around {
            Some((_, parent, last)) => (*parent, last.replace(place)),
            None => (None, None),
        };
        let start = self.text.len();
        if let What::Text(text) = what
            && !parent.is_some_and(|parent| matches!(self.name(parent), "script" | "style" | "option"))
        {
            for word in text.split_whitespace() {
                if !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.text.push_str(word);
            }
        }
        self.items.push(Item { what, parent, before, end: place + 1, text: start..self.text.len() });
        place
    }

    fn close(&mut self, place: Option<Place>) {
        if let Some(place) = place {
            self.items[place].end = self.items.len();
            self.items[place].text.end = self.text.len();
        }
    }

    /// All elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = Place> {
        (0..self.items.len()).filter(move |place| self.element(*place).is_some())
    }

    /// All elements of these names.
    pub(super) fn named(&self, names: &[&str]) -> impl Iterator<Item = Place> {
        self.elements().filter(move |place| names.contains(&self.name(*place)))
    }

    /// All elements inside of one.
    pub(super) fn inside(&self, place: Place) -> impl Iterator<Item = Place> {
        (place + 1..self.items[place].end).filter(move |place| self.element(*place).is_some())
    }

    /// Elements and texts right inside of an element.
    pub(super) fn children(&self, place: Place) -> impl Iterator<Item = Place> {
        let end = self.items[place].end;
        let first = Some(place + 1).filter(|first| *first < end);
        std::iter::successors(first, move |place| Some(self.items[*place].end).filter(|next| *next < end))
    }

    /// What an element lies in, the nearest first.
    pub(super) fn ancestors(&self, place: Place) -> impl Iterator<Item = Place> {
        std::iter::successors(self.items[place].parent, move |place| self.items[*place].parent)
    }

    /// The nearest element of this name around one.
    pub(super) fn ancestor(&self, place: Place, name: &str) -> Option<Place> {
        self.ancestors(place).find(|ancestor| self.name(*ancestor) == name)
    }

    pub(super) fn parent(&self, place: Place) -> Option<Place> {
        self.items[place].parent
    }

    /// What stands before it in the same parent, the nearest first: elements and texts.
    pub(super) fn before(&self, place: Place) -> impl Iterator<Item = Place> {
        std::iter::successors(self.items[place].before, move |place| self.items[*place].before)
    }

    /// The next element in the same parent.
    pub(super) fn next_element(&self, place: Place) -> Option<Place> {
        let parent = self.items[place].parent;
        let siblings =
            std::iter::successors(Some(self.items[place].end), |next| Some(self.items.get(*next)?.end));
        siblings
            .take_while(|next| self.items.get(*next).is_some_and(|item| item.parent == parent))
            .find(|next| self.element(*next).is_some())
    }

    /// The name of an element; a text has none.
    pub(super) fn name(&self, place: Place) -> &'a str {
        self.element(place).map_or("", Element::name)
    }

    pub(super) fn attribute(&self, place: Place, name: &str) -> Option<&'a str> {
        self.element(place)?.attr(name)
    }

    pub(super) fn element(&self, place: Place) -> Option<&'a Element> {
        match self.items[place].what {
            What::Element(element) => Some(element),
            What::Text(_) => None,
        }
    }

    /// What is to read in an element, without scripts, with single blanks.
    pub(super) fn text(&self, place: Place) -> &str {
        self.text[self.items[place].text.clone()].trim_ascii_start()
    }

    /// The text as it is written, with all that it has of blanks.
    pub(super) fn raw(&self, place: Place) -> Option<&'a str> {
        match self.items[place].what {
            What::Element(_) => None,
            What::Text(text) => Some(text),
        }
    }
}
