//! `wire.*`, `wire_ru.*`, `html.extra_hidden`: names that only programs see, found by the labels beside them.

use std::collections::BTreeSet;

use obn_ca::profile::ApplicationFields;

use super::{Reader, Record};
use crate::eyes::{FieldKind, Method, Page, same};
use crate::learn::evidence::Evidence;
use crate::learn::exchange::Exchange;
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind};

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &["wire.request_id", "wire.reference_id", "wire.password", "wire.password_confirmation"],
        shown_by: Record::Download,
        read: fields,
    },
    Reader { keys: &["wire.cookie"], shown_by: Record::Download, read: cookie },
    Reader { keys: &["wire.token", "html.extra_hidden"], shown_by: Record::Download, read: token },
    Reader { keys: &["wire_ru.state"], shown_by: Record::Revocation, read: state },
    Reader {
        keys: &["wire_ru.email", "wire_ru.email_confirmation"],
        shown_by: Record::Revocation,
        read: addresses,
    },
    Reader { keys: &["wire.submit"], shown_by: Record::Download, read: buttons },
    Reader { keys: &["wire.paths"], shown_by: Record::Download, read: paths },
    Reader { keys: &["wire.application_fields"], shown_by: Record::Application, read: application },
];

fn name(book: &mut Book, key: &'static str, exchange: &Exchange, page: &Page, label: &str) {
    if let Some(field) = page::field(page, label).filter(|field| !field.name.is_empty()) {
        book.see(key, field.name.as_str(), &exchange.place);
    }
}

fn fields(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site() {
        name(book, "wire.request_id", exchange, page, page::REQUEST_ID);
        name(book, "wire.reference_id", exchange, page, page::REFERENCE_ID);
        name(book, "wire.password", exchange, page, page::PASSWORD);
        name(book, "wire.password_confirmation", exchange, page, page::PASSWORD_AGAIN);
    }
}

fn addresses(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::RevocationMail).chain(evidence.pages(Kind::ApplicationForm))
    {
        name(book, "wire_ru.email", exchange, page, page::EMAIL);
        name(book, "wire_ru.email_confirmation", exchange, page, page::EMAIL_AGAIN);
    }
}

/// The only cookie that pages set.
fn cookie(evidence: &Evidence<'_>, book: &mut Book) {
    let pages: Vec<_> = evidence.of_site().map(|(exchange, _)| exchange).collect();
    let names: BTreeSet<_> = pages.iter().flat_map(|it| it.set_cookies()).map(|(name, _)| name).collect();
    match names.iter().copied().collect::<Vec<_>>().as_slice() {
        [] => {}
        [only] => {
            let first = pages.iter().find(|exchange| !exchange.set_cookies().is_empty());
            book.see("wire.cookie", *only, first.map_or("", |exchange| exchange.place.as_str()));
        }
        several => book.cannot_say(
            &format!(
                "クッキーが複数あります: {}。プロファイルで名前を決められるのは一つだけです。",
                several.join(", ")
            ),
            &format!("The site sets several cookies: {}. The profile names one.", several.join(", ")),
        ),
    }
}

/// The hidden fields that every form has. With several, the one that its name gives away is the token.
fn of_every_form(evidence: &Evidence<'_>) -> Option<(String, Vec<String>, String)> {
    let forms = evidence.of_site().filter(|(exchange, _)| exchange.kind.begins_a_form());
    let mut all: Vec<(Vec<&str>, &str)> =
        forms.filter_map(|(it, page)| Some((page::hidden(page)?, it.place.as_str()))).collect();
    all.dedup_by(|one, other| one.0 == other.0);
    let [(names, place)] = all.as_slice() else { return None };
    let is_token = |name: &&&str| {
        let name = name.to_ascii_lowercase();
        name.contains("token") || name.contains("csrf")
    };
    let token = match names.as_slice() {
        [only] => only,
        several => {
            let mut tokens = several.iter().filter(is_token);
            tokens.next().filter(|_| tokens.next().is_none())?
        }
    };
    let rest = names.iter().filter(|name| *name != token).map(|name| (*name).to_owned());
    Some(((*token).to_owned(), rest.collect(), (*place).to_owned()))
}

fn token(evidence: &Evidence<'_>, book: &mut Book) {
    if let Some((token, extra, place)) = of_every_form(evidence) {
        book.see("wire.token", token, &place);
        book.see("html.extra_hidden", extra, &place);
        return;
    }
    let forms = evidence.of_site().filter(|(exchange, _)| exchange.kind.begins_a_form());
    let all: BTreeSet<_> = forms.filter_map(|(_, page)| page::hidden(page)).collect();
    for names in all {
        let (ja, en) = match names.as_slice() {
            [] => (
                "隠し項目のないフォームがあります。".to_owned(),
                "There are forms without hidden fields.".to_owned(),
            ),
            names => (
                format!("フォームの隠し項目 {} のうち、どれがトークンか分かりません。", names.join(", ")),
                format!("Of the hidden fields {} it isn't clear which is the token.", names.join(", ")),
            ),
        };
        book.cannot_say(&ja, &en);
    }
}

/// What later forms have beside those.
fn state(evidence: &Evidence<'_>, book: &mut Book) {
    let Some((token, extra, _)) = of_every_form(evidence) else { return };
    for (exchange, page) in evidence.of_site().filter(|(exchange, _)| exchange.kind.carries_state()) {
        let Some(hidden) = page::hidden(page) else { continue };
        let rest: Vec<_> =
            hidden.into_iter().filter(|name| *name != token && extra.iter().all(|it| it != name)).collect();
        match rest.as_slice() {
            [only] => book.see("wire_ru.state", *only, &exchange.place),
            rest => book.cannot_say(
                &format!("「{}」のフォームの隠し項目は {} です。", exchange.kind.name(), rest.join(", ")),
                &format!(
                    "The form of 「{}」 carries {} beside the usual.",
                    exchange.kind.name(),
                    rest.join(", ")
                ),
            ),
        }
    }
}

fn buttons(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.of_site() {
        for form in page.forms().iter().filter(|form| form.method == Method::Post) {
            // Names that only one button has are no name for all.
            for button in form.buttons.iter().filter(|button| !button.name.is_empty()) {
                book.see("wire.submit", button.name.as_str(), &exchange.place);
            }
        }
    }
}

/// Where forms and links lead: kind of page, what is pressed, plain, struts.
const WAYS: &[(Kind, &str, &str, &str)] = &[
    (Kind::Download, "ダウンロード", "/p/rcd", "/p/rcd/download.do"),
    (Kind::RevocationIds, "次へ", "/p/rx", "/p/rx/identify.do"),
    (Kind::RevocationMail, "申請", "/p/rx/confirm", "/p/rx/confirm.do"),
    (Kind::RevocationConfirm, "申請", "/p/rx/apply", "/p/rx/apply.do"),
    (Kind::RenewalMenu, "証明書更新申請", "/p/ru/apply", "/p/ru/apply.do"),
    (Kind::RenewalMenu, "更新後証明書の取得", "/p/ru/list", "/p/ru/list.do"),
    (Kind::RenewalConfirm, "Submit", "/p/ru/apply", "/p/ru/apply.do"),
    (Kind::ApplicationMenu, "医療機関等", "/p/rcr/institution", "/p/rcr/institution.do"),
    (Kind::ApplicationMenu, "医療保険者等", "/p/rcr/insurer", "/p/rcr/insurer.do"),
    (Kind::ApplicationConfirm, "申請", "/p/rcr/apply", "/p/rcr/apply.do"),
];

fn paths(evidence: &Evidence<'_>, book: &mut Book) {
    for (kind, words, plain, struts) in WAYS {
        for (exchange, page) in evidence.pages(*kind) {
            let leads = match page.press(words) {
                Ok(crate::eyes::Pressed::Follow(url)) => url,
                Ok(crate::eyes::Pressed::Send(submission)) => submission.url,
                Err(_) => continue,
            };
            match leads.path() {
                path if path == *plain => book.see("wire.paths", "plain", &exchange.place),
                path if path == *struts => book.see("wire.paths", "struts", &exchange.place),
                other => book.cannot_say(
                    &format!("「{}」の「{words}」は {other} へ進みます。", kind.name()),
                    &format!("「{words}」 of 「{}」 leads to {other}.", kind.name()),
                ),
            }
        }
    }
}

/// The six fields that have names of their own, in the order of [`ApplicationFields::names`].
const OF_APPLICATION: [&[&str]; 6] = [
    &["医療機関コードまたは受付番号", "保険者番号または受付番号"],
    &["医療機関等の名称", "医療保険者等の名称"],
    &["部署名"],
    &["電話番号"],
    &["端末名称等"],
    &["発行枚数"],
];

pub(super) fn application_names(page: &Page) -> Vec<Option<&str>> {
    let find = |labels: &[&str]| labels.iter().find_map(|label| page::field(page, label));
    OF_APPLICATION.iter().map(|labels| find(labels).map(|field| field.name.as_str())).collect()
}

fn application(evidence: &Evidence<'_>, book: &mut Book) {
    for (exchange, page) in evidence.pages(Kind::ApplicationForm) {
        let names = application_names(page);
        let styles = [
            ("camel", ApplicationFields::Camel),
            ("snake", ApplicationFields::Snake),
            ("numbered", ApplicationFields::Numbered),
        ];
        let fits =
            |style: &ApplicationFields| names.iter().zip(style.names()).all(|(name, own)| *name == Some(own));
        match styles.iter().find(|(_, style)| fits(style)) {
            Some((word, _)) => book.see("wire.application_fields", *word, &exchange.place),
            None => {
                let names: Vec<_> = names.into_iter().flatten().collect();
                book.cannot_say(
                    &format!("申請画面の項目名は {} です。", names.join(", ")),
                    &format!("The fields of the application are called {}.", names.join(", ")),
                );
            }
        }
        let others = page::fields(page).filter(|field| field.kind != FieldKind::Hidden);
        let is_known = |label: &String| {
            OF_APPLICATION.iter().copied().flatten().any(|it| same(it, label))
                || [page::EMAIL, page::EMAIL_AGAIN].iter().any(|it| same(it, label))
        };
        for field in others.filter(|field| !field.labels.iter().any(is_known)) {
            let label = field.labels.first().map_or("", String::as_str);
            book.cannot_say(
                &format!("申請画面に「{label}」({}) という項目があります。", field.name),
                &format!("The application has a field 「{label}」 ({}).", field.name),
            );
        }
    }
}
