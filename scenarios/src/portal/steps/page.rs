//! Looking at a page, as a person reads it.

use serde_json::json;

use crate::eyes::{FieldKind, NotFound, same};
use crate::play::{Check, Done, Reader, Trouble, True, step, steps};
use crate::portal::scene::{Scene, told};

pub(super) const STEPS: &[Reader<Scene>] = steps![
    look See, NotSee, Heading, Field, Fields, Button, NoButton, Row, Rows;
];

step! {
    /// The page has this text.
    struct See { see: String } "see 「{see}」"
}

impl Check<Scene> for See {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page("a page to read")? {
            page if page.has_text(&self.see) => Ok(()),
            page => Err(Trouble::check(format!("「{}」 on the page", self.see), told(page))),
        }
    }
}

step! {
    /// The page doesn't have this text.
    struct NotSee { not_see: String } "not see 「{not_see}」"
}

impl Check<Scene> for NotSee {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page("a page to read")? {
            page if page.has_text(&self.not_see) => {
                Err(Trouble::check(format!("no 「{}」 on the page", self.not_see), told(page)))
            }
            _ => Ok(()),
        }
    }
}

step! {
    /// The page has this heading. The rest of the scenario stands on it.
    pub(super) struct Heading { heading: String } "see the heading 「{heading}」"
}

impl Check<Scene> for Heading {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page(&format!("a page 「{}」", self.heading))? {
            page if page.has_heading(&self.heading) => Ok(()),
            page => {
                let expected = format!("the heading 「{}」", self.heading);
                Err(Trouble::halt(expected, format!("the headings {:?}", page.headings())))
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
    wrong if [holds.is_some(), hides.is_some(), complains.is_some()].iter().filter(|asked| **asked).count() > 1 =>
        "`field` takes one of `holds`, `hides = true`, `complains = true`"
}

impl Check<Scene> for Field {
    async fn check(&self, scene: &Scene) -> Done {
        let label = &self.field;
        let field = scene.page("a page with a form")?.field(label);
        let field = field.map_err(|why| Trouble::check(format!("a field 「{label}」"), why.seen()))?;
        if let Some(text) = self.holds.as_ref().filter(|text| **text != field.value) {
            let expected = format!("{text:?} in the field 「{label}」");
            return Err(Trouble::check(expected, format!("{:?}", field.value)));
        }
        if self.hides.is_some() && field.kind != FieldKind::Password {
            let expected = format!("a field 「{label}」 that hides what is typed");
            return Err(Trouble::check(expected, "one that shows it"));
        }
        if self.complains.is_some() && field.message.is_empty() {
            return Err(Trouble::check(format!("a message beside the field 「{label}」"), "none"));
        }
        Ok(())
    }
}

step! {
    /// The page has fields of these labels, in this order.
    struct Fields { fields: Vec<String> }
    "see the fields {}", fields.iter().map(|label| format!("「{label}」")).collect::<Vec<_>>().join(" ")
}

impl Check<Scene> for Fields {
    async fn check(&self, scene: &Scene) -> Done {
        let page = scene.page("a page with a form")?;
        match page.out_of_order(&self.fields) {
            None => Ok(()),
            Some(label) => {
                let there: Vec<_> = page.labels().iter().map(|label| format!("「{label}」")).collect();
                Err(Trouble::check(format!("the field 「{label}」, in its place"), there.join(" ")))
            }
        }
    }
}

step! {
    /// The page has a button or link of these words.
    struct Button { button: String } "see the button 「{button}」"
}

impl Check<Scene> for Button {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page("a page with a button")?.press(&self.button) {
            Ok(_) => Ok(()),
            Err(why) => Err(Trouble::check(format!("a button 「{}」", self.button), why.seen())),
        }
    }
}

step! {
    /// The page has no button or link of these words. The rest of the scenario stands on it.
    struct NoButton { no_button: String } "see no button 「{no_button}」"
}

impl Check<Scene> for NoButton {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.page("a page to read")?.press(&self.no_button) {
            Err(NotFound::None(_)) => Ok(()),
            _ => Err(Trouble::halt(format!("no button 「{}」", self.no_button), "there is one")),
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
    "see the row 「{row}」{}", reads.as_ref().map(|text| format!(" read {text:?}")).unwrap_or_default()
}

impl Check<Scene> for Row {
    async fn check(&self, scene: &Scene) -> Done {
        let label = &self.row;
        match (scene.page("a page to read")?.row(label), &self.reads) {
            (Ok(_), None) => Ok(()),
            (Ok(text), Some(wanted)) if same(text, wanted) => Ok(()),
            (Ok(text), Some(wanted)) => {
                Err(Trouble::check(format!("{wanted:?} beside 「{label}」"), format!("{text:?}")))
            }
            (Err(why), _) => Err(Trouble::check(format!("a row 「{label}」"), why.seen())),
        }
    }
}

step! {
    /// The page has these rows, in this order.
    struct Rows {
        /// Label and text of each
        rows: Vec<[String; 2]>,
    }
    "see the rows {}", rows.iter().map(|[label, _]| format!("「{label}」")).collect::<Vec<_>>().join(" ")
}

impl Check<Scene> for Rows {
    async fn check(&self, scene: &Scene) -> Done {
        let there = scene.page("a page to read")?.rows();
        let mut rest = there.iter();
        let mut is_there =
            |label: &str, text: &str| rest.any(|(known, there)| same(known, label) && same(there, text));
        match self.rows.iter().find(|[label, text]| !is_there(label, text)) {
            None => Ok(()),
            Some([label, text]) => {
                let there: Vec<_> = there.iter().map(|(label, text)| format!("{label} {text}")).collect();
                Err(Trouble::check(format!("the row 「{label}」 {text}, in its place"), there.join("; ")))
            }
        }
    }
}
