//! What stands around fields: their labels, and what the page says about them. Looked up once for the whole page, which may
//! have as many fields as labels.

use std::collections::HashMap;

use html5ever::tree_builder::TreeSink;
use scraper::{ElementRef, Html, HtmlTreeSink};

use super::text::{self, selector};

/// Nobody reads more of them beside a field.
const MOST_LABELS: usize = 8;
const LONGEST_LABEL: usize = 200;

pub(super) struct Surroundings<'a> {
    labels: HashMap<&'a str, Vec<ElementRef<'a>>>,
    pub(super) with_id: HashMap<&'a str, ElementRef<'a>>,
    /// The first message in each element that has one.
    messages: HashMap<<HtmlTreeSink as TreeSink>::Handle, ElementRef<'a>>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn of(document: &'a Html) -> Self {
        let mut labels: HashMap<_, Vec<_>> = HashMap::new();
        for label in document.select(&selector("label[for]")) {
            let same = labels.entry(label.attr("for").unwrap_or_default()).or_default();
            if same.len() < MOST_LABELS {
                same.push(label);
            }
        }
        let mut with_id = HashMap::new();
        for element in document.select(&selector("[id]")) {
            with_id.entry(element.attr("id").unwrap_or_default()).or_insert(element);
        }
        let mut messages = HashMap::new();
        for message in document.select(&selector("[role=alert], .error")) {
            for around in message.ancestors() {
                // What has a message already has it in all that is around it.
                if messages.contains_key(&around.id()) {
                    break;
                }
                messages.insert(around.id(), message);
            }
        }
        Self { labels, with_id, messages }
    }

    /// What a person would call a field: its label, or the heading of its row.
    pub(super) fn labels(&self, control: ElementRef<'_>) -> Vec<String> {
        let mut labels = Vec::new();
        let of = control.attr("id").and_then(|id| self.labels.get(id));
        labels.extend(of.into_iter().flatten().map(|label| text::of_inline(*label)));
        let ancestors = || control.ancestors().filter_map(ElementRef::wrap);
        let around = ancestors().filter(|ancestor| ancestor.value().name() == "label").take(MOST_LABELS);
        labels.extend(around.map(text::of_inline));
        labels.extend(control.attr("aria-label").map(str::to_owned));
        labels.extend(self.described(control.attr("aria-labelledby")));
        if labels.is_empty()
            && let Some(row) = ancestors().find(|ancestor| ancestor.value().name() == "tr")
        {
            let mut cells = row.child_elements().filter(|cell| matches!(cell.value().name(), "th" | "td"));
            labels.extend(cells.next().map(text::of_inline));
        }
        labels.retain(|label| !label.is_empty());
        labels.into_iter().map(|label| label.chars().take(LONGEST_LABEL).collect()).collect()
    }

    /// What stands beside a field that was filled in wrongly.
    pub(super) fn message(&self, control: ElementRef<'_>) -> String {
        let described: Vec<_> = self.described(control.attr("aria-describedby")).collect();
        if !described.is_empty() {
            return described.join(" ");
        }
        let alert = control.parent().and_then(|parent| self.messages.get(&parent.id()));
        alert.map(|alert| text::of_inline(*alert)).unwrap_or_default()
    }

    fn described(&self, ids: Option<&str>) -> impl Iterator<Item = String> {
        let elements = ids.unwrap_or_default().split_whitespace().filter_map(move |id| self.with_id.get(id));
        elements.take(MOST_LABELS).map(|element| text::of_inline(*element)).filter(|text| !text.is_empty())
    }
}
