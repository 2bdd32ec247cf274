//! Checks of what came back: the page as a person reads it.

use super::{Done, Player, Trouble, halt, told};
use crate::eyes::{Content, FieldKind, NotFound, same};
use crate::portal::{Action, FieldCheck, Kind};

impl Player<'_> {
    pub(super) fn check(&self, action: &Action) -> Done {
        let one = |expected: String, seen: String| Err(Trouble::Checks(vec![(expected, seen)]));
        match action {
            Action::See(text) => match self.page("a page to read")? {
                page if page.has_text(text) => Ok(()),
                page => one(format!("「{text}」 on the page"), told(page)),
            },
            Action::NotSee(text) => match self.page("a page to read")? {
                page if page.has_text(text) => one(format!("no 「{text}」 on the page"), told(page)),
                _ => Ok(()),
            },
            Action::Heading(text) => match self.page(&format!("a page 「{text}」"))? {
                page if page.has_heading(text) => Ok(()),
                page => Err(halt(
                    format!("the heading 「{text}」"),
                    format!("the headings {:?}", page.headings()),
                )),
            },
            Action::Button(words) => match self.page("a page with a button")?.press(words) {
                Ok(_) => Ok(()),
                Err(why) => one(format!("a button 「{words}」"), why.seen()),
            },
            Action::NoButton(words) => match self.page("a page to read")?.press(words) {
                Err(NotFound::None(_)) => Ok(()),
                _ => Err(halt(format!("no button 「{words}」"), "there is one".to_owned())),
            },
            Action::Row { label, reads } => match (self.page("a page to read")?.row(label), reads) {
                (Ok(_), None) => Ok(()),
                (Ok(text), Some(wanted)) if same(text, wanted) => Ok(()),
                (Ok(text), Some(wanted)) => {
                    one(format!("{wanted:?} beside 「{label}」"), format!("{text:?}"))
                }
                (Err(why), _) => one(format!("a row 「{label}」"), why.seen()),
            },
            Action::Rows(wanted) => {
                let page = self.page("a page to read")?;
                let mut rest = page.rows().iter();
                let missing = wanted.iter().find(|[label, text]| {
                    !rest.any(|(known, there)| same(known, label) && same(there, text))
                });
                match missing {
                    None => Ok(()),
                    Some([label, text]) => {
                        let there: Vec<_> =
                            page.rows().iter().map(|(label, text)| format!("{label} {text}")).collect();
                        one(format!("the row 「{label}」 {text}, in its place"), there.join("; "))
                    }
                }
            }
            Action::Field { label, check } => {
                let field = match self.page("a page with a form")?.field(label) {
                    Ok(field) => field,
                    Err(why) => return one(format!("a field 「{label}」"), why.seen()),
                };
                match check {
                    FieldCheck::Present => Ok(()),
                    FieldCheck::Holds(text) if field.value == *text => Ok(()),
                    FieldCheck::Holds(text) => {
                        one(format!("{text:?} in the field 「{label}」"), format!("{:?}", field.value))
                    }
                    FieldCheck::Hides if field.kind == FieldKind::Password => Ok(()),
                    FieldCheck::Hides => one(
                        format!("a field 「{label}」 that hides what is typed"),
                        "one that shows it".to_owned(),
                    ),
                    FieldCheck::Complains if !field.message.is_empty() => Ok(()),
                    FieldCheck::Complains => {
                        one(format!("a message beside the field 「{label}」"), "none".to_owned())
                    }
                }
            }
            Action::Answer(kind) => {
                let answer = self.last("an answer")?;
                match (kind, &answer.content) {
                    (Kind::File, Content::File { .. }) if answer.status == 200 => Ok(()),
                    // A refusal is a page; an error of the server is none.
                    (Kind::Page, Content::Page(_)) if answer.status < 500 => Ok(()),
                    (Kind::Page, _) => Err(halt("a page".to_owned(), answer.summary())),
                    (Kind::File, Content::Page(page)) => {
                        Err(halt("a file".to_owned(), format!("{} {}", answer.status, told(page))))
                    }
                    (Kind::File, _) => Err(halt("a file".to_owned(), answer.summary())),
                }
            }
            Action::Status(status) => match self.last("an answer")? {
                answer if answer.status == *status => Ok(()),
                answer => one(format!("the HTTP status {status}"), answer.summary()),
            },
            Action::Expect(expect) => self.check_file(expect),
            Action::Notice(notice) => self.check_notice(notice),
            Action::List(list) => self.check_list(list),
            other => Err(Trouble::Broken(format!("this is no check: {other}"))),
        }
    }
}
