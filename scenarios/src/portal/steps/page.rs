//! Looking at a page, as a person reads it.

use serde_json::json;

use crate::bilingual::Verbatim;
use crate::eyes::{FieldKind, NotFound, same};
use crate::play::{Check, Done, Reader, Trouble, True, step, steps};
use crate::portal::scene::{Scene, told};
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![
    look See, NotSee, Heading, Field, Fields, Button, NoButton, Row, Rows;
];

step! {
    /// The page has this text.
    struct See { see: String } "see 「{see}」"; "「{see}」が見えることを確かめる"
}

impl Check<Scene> for See {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page(Expected::PageToRead)? {
            page if page.has_text(&self.see) => Ok(()),
            page => Err(Trouble::check(Expected::Text { text: self.see.clone() }, told(page))),
        }
    }
}

step! {
    /// The page doesn't have this text.
    struct NotSee { not_see: String } "not see 「{not_see}」"; "「{not_see}」が見えないことを確かめる"
}

impl Check<Scene> for NotSee {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page(Expected::PageToRead)? {
            page if page.has_text(&self.not_see) => {
                Err(Trouble::check(Expected::NoText { text: self.not_see.clone() }, told(page)))
            }
            _ => Ok(()),
        }
    }
}

step! {
    /// The page has this heading. The rest of the scenario stands on it.
    pub(super) struct Heading { heading: String } "see the heading 「{heading}」"; "見出し「{heading}」が見えることを確かめる"
}

impl Check<Scene> for Heading {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page(Expected::PageOf { heading: self.heading.clone() })? {
            page if page.has_heading(&self.heading) => Ok(()),
            page => {
                let expected = Expected::Heading { heading: self.heading.clone() };
                Err(Trouble::halt(expected, Seen::Headings { headings: format!("{:?}", page.headings()) }))
            }
        }
    }
}

step! {
    /// The page has a field of this label, and one more thing may be asked of it.
    #[schemars(extend("not" = json!({ "anyOf": [
        { "required": ["holds", "hides"] },
        { "required": ["hides", "complains"] },
        { "required": ["complains", "holds"] },
    ] })))]
    struct Field {
        field: String,
        /// It holds this text
        holds: Option<String>,
        /// It hides what is typed
        hides: Option<True>,
        /// A message stands beside it
        complains: Option<True>,
    }
    "see {}the field 「{field}」{}", if complains.is_some() { "a message beside " } else { "" }, match holds {
        Some(text) if text.is_empty() => " empty".to_owned(),
        Some(text) => format!(" hold {text:?}"),
        None if hides.is_some() => " hide what is typed".to_owned(),
        None => String::new(),
    };
    "入力欄「{field}」{}ことを確かめる", match holds {
        Some(text) if text.is_empty() => "が空である".to_owned(),
        Some(text) => format!("に {text:?} が入っている"),
        None if hides.is_some() => "が入力した文字を隠す".to_owned(),
        None if complains.is_some() => "の隣にメッセージがある".to_owned(),
        None => "が見える".to_owned(),
    };
    wrong if [holds.is_some(), hides.is_some(), complains.is_some()].iter().filter(|asked| **asked).count() > 1 =>
        "`field` takes one of `holds`, `hides = true`, `complains = true`"
}

impl Check<Scene> for Field {
    async fn check(&self, scene: &Scene) -> Done {
        let label = &self.field;
        let field = scene.page(Expected::PageWithForm)?.field(label);
        let field =
            field.map_err(|why| Trouble::check(Expected::Field { label: label.clone() }, why.seen()))?;
        if let Some(text) = self.holds.as_ref().filter(|text| **text != field.value) {
            let expected = Expected::FieldHolds { text: text.clone(), label: label.clone() };
            return Err(Trouble::check(expected, Verbatim(format!("{:?}", field.value))));
        }
        if self.hides.is_some() && field.kind != FieldKind::Password {
            return Err(Trouble::check(Expected::FieldHides { label: label.clone() }, Seen::ShowsIt));
        }
        if self.complains.is_some() && field.message.is_empty() {
            return Err(Trouble::check(Expected::FieldComplains { label: label.clone() }, Seen::None));
        }
        Ok(())
    }
}

step! {
    /// The page has fields of these labels, in this order.
    struct Fields { fields: Vec<String> }
    "see the fields {}", quoted(fields); "入力欄 {} がこの順に見えることを確かめる", quoted(fields)
}

impl Check<Scene> for Fields {
    async fn check(&self, scene: &Scene) -> Done {
        let page = scene.page(Expected::PageWithForm)?;
        match page.out_of_order(&self.fields) {
            None => Ok(()),
            Some(label) => {
                let there: Vec<_> = page.labels().iter().map(|label| format!("「{label}」")).collect();
                Err(Trouble::check(
                    Expected::FieldInPlace { label: label.to_owned() },
                    Verbatim(there.join(" ")),
                ))
            }
        }
    }
}

step! {
    /// The page has a button or link of these words.
    struct Button { button: String } "see the button 「{button}」"; "ボタン「{button}」が見えることを確かめる"
}

impl Check<Scene> for Button {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page(Expected::PageWithButton)?.press(&self.button) {
            Ok(_) => Ok(()),
            Err(why) => Err(Trouble::check(Expected::Button { words: self.button.clone() }, why.seen())),
        }
    }
}

step! {
    /// The page has no button or link of these words. The rest of the scenario stands on it.
    struct NoButton { no_button: String } "see no button 「{no_button}」"; "ボタン「{no_button}」がないことを確かめる"
}

impl Check<Scene> for NoButton {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page(Expected::PageToRead)?.press(&self.no_button) {
            Err(NotFound::None(_)) => Ok(()),
            _ => Err(Trouble::halt(Expected::NoButton { words: self.no_button.clone() }, Seen::One)),
        }
    }
}

step! {
    /// The page has a row of this label.
    struct Row {
        row: String,
        /// What stands beside it
        reads: Option<String>,
    }
    "see the row 「{row}」{}", reads.as_ref().map(|text| format!(" read {text:?}")).unwrap_or_default();
    "行「{row}」{}ことを確かめる", reads.as_ref().map_or("が見える".to_owned(), |text| format!("が {text:?} である"))
}

impl Check<Scene> for Row {
    async fn check(&self, scene: &Scene) -> Done {
        let label = &self.row;
        match (scene.page(Expected::PageToRead)?.row(label), &self.reads) {
            (Ok(_), None) => Ok(()),
            (Ok(text), Some(wanted)) if same(text, wanted) => Ok(()),
            (Ok(text), Some(wanted)) => Err(Trouble::check(
                Expected::RowReads { text: wanted.clone(), label: label.clone() },
                Verbatim(format!("{text:?}")),
            )),
            (Err(why), _) => Err(Trouble::check(Expected::Row { label: label.clone() }, why.seen())),
        }
    }
}

step! {
    /// The page has these rows, in this order.
    struct Rows {
        /// Label and text of each
        rows: Vec<[String; 2]>,
    }
    "see the rows {}", quoted(rows.iter().map(|[label, _]| label));
    "行 {} がこの順に見えることを確かめる", quoted(rows.iter().map(|[label, _]| label))
}

fn quoted<'a>(labels: impl IntoIterator<Item = &'a String>) -> String {
    labels.into_iter().map(|label| format!("「{label}」")).collect::<Vec<_>>().join(" ")
}

impl Check<Scene> for Rows {
    async fn check(&self, scene: &Scene) -> Done {
        let there = scene.page(Expected::PageToRead)?.rows();
        let mut rest = there.iter();
        let mut is_there =
            |label: &str, text: &str| rest.any(|(known, there)| same(known, label) && same(there, text));
        match self.rows.iter().find(|[label, text]| !is_there(label, text)) {
            None => Ok(()),
            Some([label, text]) => {
                let there: Vec<_> = there.iter().map(|(label, text)| format!("{label} {text}")).collect();
                Err(Trouble::check(
                    Expected::RowInPlace { label: label.clone(), text: text.clone() },
                    Verbatim(there.join("; ")),
                ))
            }
        }
    }
}
