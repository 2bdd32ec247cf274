//! What is left out, and how often.

use std::collections::BTreeMap;

use crate::terms::language::Language;

/// What was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// An exchange with a host that is not the service's.
    OtherHost,
    /// A body that is no page, no text, no certificate and no PFX file.
    UnknownBody,
    /// A PFX file that no known password opens, or whose algorithms we can't write.
    ClosedPfx,
    /// The contents of a script.
    Script,
    /// A body that can't be decoded.
    UnreadableBody,
    /// A body of a request that is no form.
    RequestBody,
    /// A header that a proxy or an unknown program added.
    Header,
    /// What a tool or a person added to the recording.
    Field,
    /// A certificate of the server that names somebody.
    ServerCertificate,
    /// Contents in which a secret was still found at the end.
    Suspect,
}

/// Counts what is left out.
#[derive(Default)]
pub(super) struct Tally(pub(super) BTreeMap<Dropped, usize>);

impl Tally {
    pub(super) fn add(&mut self, what: Dropped) {
        *self.0.entry(what).or_default() += 1;
    }
}

impl Dropped {
    /// The word for a person.
    pub fn explain(self, language: Language) -> &'static str {
        let (japanese, english) = match self {
            Self::OtherHost => ("他のホストとの通信", "exchanges with other hosts"),
            Self::UnknownBody => {
                ("判別できない内容(画像など)", "contents of an unknown kind, such as images")
            }
            Self::ClosedPfx => ("パスワードで開けないPFXファイル", "PFX files that no known password opens"),
            Self::Script => ("スクリプトの内容", "contents of scripts"),
            Self::UnreadableBody => ("読み取れない内容", "contents that can't be decoded"),
            Self::RequestBody => ("フォーム以外の送信内容", "request bodies that are no forms"),
            Self::Header => {
                ("プロキシなどが加えたヘッダー", "headers that a proxy or an unknown program added")
            }
            Self::Field => ("ツールや人が加えた項目", "what a tool or a person added to the recording"),
            Self::ServerCertificate => {
                ("組織名などを含むサーバー証明書", "server certificates that name somebody")
            }
            Self::Suspect => {
                ("機密情報が残るおそれのある内容", "contents in which a secret might have been left")
            }
        };
        language.pick(japanese, english)
    }
}
