//! A page as a person reads it: headings, text, forms with labelled fields, buttons, links.
//!
//! Nothing here knows how the site names its fields. Renamed fields, new hidden fields or another
//! layout change nothing for a scenario.

mod form;
mod surroundings;
mod text;
mod tree;

pub(crate) use form::{Field, FieldKind, Form, Method, Submission};
pub(crate) use tree::Unreadable;

use encoding_rs::Encoding;
use scraper::Html;
use url::Url;

use self::text::selector;
use crate::bilingual::{Bilingual, wording};
use crate::eyes::wording::{one_line, same, squeeze};

/// Each address of the page may repeat it.
const LONGEST_BASE: usize = 2048;
const LONGEST_TITLE: usize = 200;

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    headings: Vec<String>,
    /// What is to read, a line a paragraph.
    pub(crate) text: String,
    forms: Vec<Form>,
    links: Vec<(String, Url)>,
    /// What stands beside what: the rows of tables, label and text.
    rows: Vec<(String, String)>,
    /// Where the page goes by itself.
    pub(crate) refresh: Option<Url>,
    /// After how many seconds it goes there, or loads itself anew.
    pub(crate) refreshes_after: Option<u64>,
    /// What it says in alarm, beside a field or above all of them.
    pub(crate) alerts: Vec<String>,
}

/// Why a person doesn't find what they look for.
#[derive(Debug)]
pub(crate) enum NotFound {
    /// There is none; these are there.
    None(Vec<String>),
    /// There are several.
    Several(usize),
}

/// What pressing leads to.
#[derive(Debug)]
pub(crate) enum Pressed {
    Follow(Url),
    Send(Submission),
}

impl Page {
    /// A page that came in this encoding.
    ///
    /// # Errors
    /// What it has too much of.
    pub(crate) fn parse(html: &str, url: &Url, encoding: &'static Encoding) -> Result<Self, Unreadable> {
        let document = tree::tree(html)?;
        let base = document
            .select(&selector("base[href]"))
            .next()
            .and_then(|base| url.join(base.attr("href")?).ok())
            .unwrap_or_else(|| url.clone());
        if base.as_str().len() > LONGEST_BASE.max(url.as_str().len()) {
            return Err(Unreadable::Size);
        }
        let headings =
            document.select(&selector("h1, h2, h3, legend, caption")).map(text::of_inline).collect();
        let refresh = document.select(&selector("meta[http-equiv]")).find_map(|meta| {
            meta.attr("http-equiv").filter(|kind| kind.eq_ignore_ascii_case("refresh"))?;
            let (_, target) = meta.attr("content")?.split_once('=').unwrap_or_default();
            url.join(target.trim().trim_matches(['"', '\''])).ok()
        });
        let refreshes_after = document.select(&selector("meta[http-equiv]")).find_map(|meta| {
            meta.attr("http-equiv").filter(|kind| kind.eq_ignore_ascii_case("refresh"))?;
            meta.attr("content")?.split([';', ',']).next()?.trim().parse().ok()
        });
        Ok(Self {
            refreshes_after,
            alerts: document
                .select(&selector("[role=alert], .error"))
                .map(text::of_inline)
                .filter(|text| !text.is_empty())
                .collect(),
            title: document
                .select(&selector("title"))
                .next()
                .map(|title| {
                    one_line(&title.text().collect::<String>()).chars().take(LONGEST_TITLE).collect()
                })
                .unwrap_or_default(),
            headings,
            text: document.select(&selector("body")).next().map(text::of_block).unwrap_or_default(),
            forms: form::all(&document, &base, encoding),
            links: document
                .select(&selector("a[href]"))
                .filter_map(|link| Some((text::of_inline(link), base.join(link.attr("href")?).ok()?)))
                .collect(),
            rows: rows(&document),
            refresh,
        })
    }

    /// All rows, label and text.
    pub(crate) fn rows(&self) -> &[(String, String)] {
        &self.rows
    }

    /// What stands beside this label.
    pub(crate) fn row(&self, label: &str) -> Result<&str, NotFound> {
        let row = one(self.rows.iter(), |(known, _)| same(known, label), |(known, _)| known.clone());
        row.map(|(_, text)| text.as_str())
    }

    pub(crate) fn has_text(&self, text: &str) -> bool {
        squeeze(&self.text).contains(&squeeze(text))
    }

    pub(crate) fn has_heading(&self, text: &str) -> bool {
        self.headings.iter().any(|heading| same(heading, text))
    }

    pub(crate) fn headings(&self) -> &[String] {
        &self.headings
    }

    pub(crate) fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// What links say, and where they lead.
    pub(crate) fn links(&self) -> &[(String, Url)] {
        &self.links
    }

    /// The field of this label.
    pub(crate) fn field(&self, label: &str) -> Result<&Field, NotFound> {
        let fields = self.forms.iter().flat_map(Form::visible);
        one(fields, |field| field.is_called(label), Field::name_for_people)
    }

    /// Where the only link to a file leads, or else the only link.
    pub(crate) fn link_to_file(&self) -> Option<&Url> {
        let links = || self.links.iter().map(|(_, url)| url);
        let has_ending = |url: &&Url| {
            let last = url.path_segments().and_then(Iterator::last).unwrap_or_default();
            last.rsplit_once('.').is_some_and(|(name, ending)| !name.is_empty() && !ending.is_empty())
        };
        only(links().filter(has_ending)).or_else(|| only(links()))
    }

    /// What people call the fields, in their order.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.forms.iter().flat_map(Form::visible).map(|field| Field::name_for_people(&field)).collect()
    }

    /// The first of these labels whose field is not there, or not behind the ones before.
    pub(crate) fn out_of_order<'a>(&self, labels: &'a [String]) -> Option<&'a String> {
        let mut fields = self.forms.iter().flat_map(Form::visible);
        labels.iter().find(|label| !fields.any(|field| field.is_called(label)))
    }

    /// Types a text into the field of this label.
    pub(crate) fn fill(&mut self, label: &str, text: &str) -> Result<(), NotFound> {
        self.field(label)?;
        let mut fields = self.forms.iter_mut().flat_map(Form::visible_mut);
        if let Some(field) = fields.find(|field| field.is_called(label)) {
            field.value = text.to_owned();
        }
        Ok(())
    }

    /// Presses the button of these words, or follows the link.
    pub(crate) fn press(&self, words: &str) -> Result<Pressed, NotFound> {
        let buttons = self.forms.iter().flat_map(|form| form.buttons.iter().map(move |b| (form, b)));
        let found = one(buttons, |(_, button)| same(&button.words, words), |(_, b)| b.words.clone());
        match found {
            Ok((form, button)) => Ok(Pressed::Send(form.submission(button))),
            Err(NotFound::None(mut there)) => {
                match one(self.links.iter(), |(text, _)| same(text, words), |(text, _)| text.clone()) {
                    Ok((_, url)) => Ok(Pressed::Follow(url.clone())),
                    Err(NotFound::None(links)) => {
                        there.extend(links);
                        Err(NotFound::None(there))
                    }
                    Err(several) => Err(several),
                }
            }
            Err(several) => Err(several),
        }
    }
}

fn only<'a>(mut urls: impl Iterator<Item = &'a Url>) -> Option<&'a Url> {
    urls.next().filter(|_| urls.next().is_none())
}

/// Label and text of each row of a table, of each term of a list.
fn rows(document: &Html) -> Vec<(String, String)> {
    let table_rows = selector("tr");
    let of_tables = document.select(&table_rows).filter_map(|row| {
        let cells = row.child_elements().filter(|cell| matches!(cell.value().name(), "th" | "td"));
        let mut cells = cells.map(text::of_inline);
        let label = cells.next()?;
        let rest: Vec<_> = cells.collect();
        (!rest.is_empty()).then(|| (label, rest.join(" ")))
    });
    let terms = selector("dt");
    let of_lists = document.select(&terms).filter_map(|term| {
        let next = term.next_siblings().filter_map(scraper::ElementRef::wrap).next()?;
        (next.value().name() == "dd").then(|| (text::of_inline(term), text::of_inline(next)))
    });
    of_tables.chain(of_lists).collect()
}

impl NotFound {
    /// In words: what is there instead.
    pub(crate) fn seen(&self) -> Bilingual {
        let seen = match self {
            Self::None(there) if there.is_empty() => Seen::None,
            Self::None(there) => {
                let quoted: Vec<_> = there.iter().map(|text| format!("「{text}」")).collect();
                Seen::Others { there: quoted.join(" ") }
            }
            Self::Several(count) => Seen::Several { count: *count },
        };
        seen.words()
    }
}

wording! {
    /// What is there instead of the one thing that was looked for.
    enum Seen {
        None => "none at all"; "1 つもない";
        Others { there: String } => "only {there}"; "{there} だけ";
        Several { count: usize } => "{count} of them"; "{count} つある";
    }
}

fn one<T>(
    items: impl Iterator<Item = T> + Clone,
    fits: impl Fn(&T) -> bool,
    name: impl Fn(&T) -> String,
) -> Result<T, NotFound> {
    let mut fitting = items.clone().filter(|item| fits(item));
    match (fitting.next(), fitting.count()) {
        (Some(item), 0) => Ok(item),
        (Some(_), more) => Err(NotFound::Several(more + 1)),
        (None, _) => Err(NotFound::None(items.map(|item| name(&item)).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Page {
        Page::parse(html, &"https://localhost/p/rcd".parse().unwrap(), encoding_rs::UTF_8).unwrap()
    }

    #[test]
    fn fields_are_found_by_label_however_the_page_is_built() {
        for html in [
            "<form><label for=a>リクエスト ID</label><input id=a name=x value=1></form>",
            "<form><label>リクエスト ID <input name=x value=1></label></form>",
            "<form><table><tr><th>リクエストＩＤ</th><td><INPUT name=x value=1></td></tr></table></form>",
            "<form><input aria-label='リクエスト ID' name=x value=1></form>",
            "<form id=f></form><p id=l>リクエスト ID</p><input form=f aria-labelledby=l name=x value=1>",
        ] {
            let page = page(html);
            assert_eq!(
                page.field("リクエスト ID").map(|field| field.value.as_str()).ok(),
                Some("1"),
                "{html}"
            );
            assert!(page.field("リファレンス ID").is_err());
        }
    }

    #[test]
    fn pressing_sends_all_that_the_form_carries() {
        let mut page = page(
            "<form method=post action='/p/x?y=1'><input type=hidden name=token value=t>\
             <label for=a>ID</label><input id=a name=id><input type=checkbox name=c checked>\
             <input name=off disabled value=1><select name=s><option>1<option selected value=2>two</select>\
             <button name=go value=yes>次へ</button><input type=submit name=no value=戻る></form>",
        );
        page.fill("ID", "5").ok().unwrap();
        let Ok(Pressed::Send(sent)) = page.press("次へ") else { panic!("no form") };
        assert_eq!(sent.url.as_str(), "https://localhost/p/x?y=1");
        assert_eq!(sent.method, Method::Post);
        assert_eq!(sent.body(), "token=t&id=5&c=on&s=2&go=yes");
    }

    #[test]
    fn what_is_typed_is_sent_in_the_encoding_of_the_form() {
        let html = "<form method=post accept-charset=Shift_JIS><label for=a>ID</label><input id=a name=id><button>次へ</button></form>";
        let sent = |page: &mut Page| {
            page.fill("ID", "ラソ😀").ok().unwrap();
            let Ok(Pressed::Send(sent)) = page.press("次へ") else { panic!("no form") };
            sent.body()
        };
        assert_eq!(sent(&mut page(html)), "id=%83%89%83%5C%26%23128512%3B");
        assert_eq!(
            sent(&mut page(&html.replace("accept-charset=Shift_JIS", ""))),
            "id=%E3%83%A9%E3%82%BD%F0%9F%98%80"
        );
    }

    #[test]
    fn what_is_not_shown_is_not_read() {
        let page = page(
            "<title>T</title><style>p{}</style><body><h1>見出し</h1><script>x</script><p>一行\n目</p><p hidden>隠</p>",
        );
        assert_eq!(page.text, "見出し\n一行 目");
        assert!(page.has_heading("見出し") && page.has_text("一行目") && !page.has_text("隠"));
    }
}
