//! `root_file.*` and `installer.*`: files that anybody can fetch.

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::exchange::Exchange;
use crate::learn::observation::Book;
use crate::learn::page::Kind;

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &["root_file.name", "root_file.mime", "root_file.as_page"],
        shown_by: Record::RootFile,
        read: root,
    },
    Reader { keys: &["installer.name", "installer.mime"], shown_by: Record::Installer, read: installer },
];

/// Name and media type of a file to save.
pub(super) fn saved(exchange: &Exchange) -> Option<(String, String)> {
    if !exchange.is_download() {
        return None;
    }
    Some((exchange.file_name()?, exchange.mime()?))
}

fn root(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges.iter().filter(|exchange| exchange.is_get()) {
        let is_first = exchange.path() == "/p/cert";
        if is_first && exchange.kind == Kind::Root {
            book.see("root_file.as_page", true, &exchange.place);
        }
        if (is_first || exchange.path().starts_with("/p/cert/"))
            && let Some((name, mime)) = saved(exchange)
        {
            if is_first {
                book.see("root_file.as_page", false, &exchange.place);
            }
            book.see("root_file.name", name, &exchange.place);
            book.see("root_file.mime", mime, &exchange.place);
        }
    }
}

fn installer(evidence: &Evidence<'_>, book: &mut Book) {
    for exchange in evidence.exchanges.iter().filter(|it| it.is_get() && it.path() == "/p/s") {
        if let Some((name, mime)) = saved(exchange) {
            book.see("installer.name", name, &exchange.place);
            book.see("installer.mime", mime, &exchange.place);
        }
    }
}
