//! Which page of the manual an answer is, by what a person reads on it: headings, labels, buttons.

use super::exchange::{Content, Exchange};
use crate::eyes::{Field, FieldKind, Page, same, squeeze};

/// A page of the manual, or what stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Unknown,
    /// 電子証明書ダウンロードサイト
    Start,
    /// 証明書の取得画面
    Download,
    /// 電子証明書発行申請
    ApplicationMenu,
    /// 電子証明書発行申請情報の入力画面
    ApplicationForm,
    ApplicationConfirm,
    ApplicationAccepted,
    /// 更新申請画面
    RenewalMenu,
    /// 証明書更新申請, with Submit.
    RenewalConfirm,
    /// 送信完了
    Status,
    /// 鍵の取得, with a field for the password.
    Key,
    /// 鍵の取得, with Download.
    KeyReady,
    /// 更新後証明書の取得
    List,
    /// 証明書失効申請情報の入力画面, with the IDs.
    RevocationIds,
    /// The same, with the mail address.
    RevocationMail,
    RevocationConfirm,
    RevocationAccepted,
    /// セッション無効
    SessionInvalid,
    Maintenance,
    /// ルート証明書のダウンロード
    Root,
    /// A page that says no, and has nothing to fill in.
    Refused,
}

pub(crate) const REQUEST_ID: &str = "リクエスト ID";
pub(crate) const REFERENCE_ID: &str = "リファレンス ID";
pub(crate) const PASSWORD: &str = "証明書パスワード";
pub(crate) const PASSWORD_AGAIN: &str = "証明書パスワード(確認用)";
pub(crate) const EMAIL: &str = "申請者のメールアドレス";
pub(crate) const EMAIL_AGAIN: &str = "メールアドレス(確認用)";
pub(crate) const STATUS: &str = "証明書ステータス";

impl Exchange {
    /// With its kind.
    pub(crate) fn recognised(self) -> Self {
        let kind = match &self.content {
            Content::Page(page, _) => kind(page, self.path()),
            _ => Kind::Unknown,
        };
        Self { kind, ..self }
    }
}

fn kind(page: &Page, path: &str) -> Kind {
    let headed = |words: &str| page.headings().iter().any(|it| squeeze(it).contains(&squeeze(words)));
    let has = |label: &str| field(page, label).is_some();
    let linked = |words: &str| page.links().iter().any(|(text, _)| same(text, words));
    let button = |words: &str| buttons(page).any(|button| same(button, words));
    if headed("セッション無効") {
        return Kind::SessionInvalid;
    }
    if has(REQUEST_ID) && has(REFERENCE_ID) {
        return if has(PASSWORD) { Kind::Download } else { Kind::RevocationIds };
    }
    if has("発行枚数") || has("端末名称等") {
        return Kind::ApplicationForm;
    }
    if has(EMAIL_AGAIN) {
        return Kind::RevocationMail;
    }
    if has(PASSWORD) {
        return Kind::Key;
    }
    if page.rows().iter().any(|(label, _)| same(label, STATUS)) {
        return Kind::Status;
    }
    if button("Download") {
        return Kind::KeyReady;
    }
    if headed("更新後証明書の取得") {
        return Kind::List;
    }
    if button("Submit") {
        return Kind::RenewalConfirm;
    }
    if button("申請") {
        return if headed("失効") { Kind::RevocationConfirm } else { Kind::ApplicationConfirm };
    }
    if linked("証明書更新申請") && linked("更新後証明書の取得") {
        return Kind::RenewalMenu;
    }
    if headed("電子証明書ダウンロードサイト") {
        return Kind::Start;
    }
    if headed("失効申請の受付完了") {
        return Kind::RevocationAccepted;
    }
    if headed("発行申請の受付完了") {
        return Kind::ApplicationAccepted;
    }
    if headed("メンテナンス") {
        return Kind::Maintenance;
    }
    if linked("医療機関等") && linked("医療保険者等") {
        return Kind::ApplicationMenu;
    }
    if path == "/p/cert" && headed("ルート証明書") {
        return Kind::Root;
    }
    let is_plain = |heading: &String| heading.is_ascii();
    match page.headings().first() {
        Some(heading) if !is_plain(heading) && path.starts_with("/p/") && !headed("システムエラー") => {
            Kind::Refused
        }
        _ => Kind::Unknown,
    }
}

/// The field that a person calls like this.
pub(crate) fn field<'a>(page: &'a Page, label: &str) -> Option<&'a Field> {
    fields(page).find(|field| field.labels.iter().any(|known| same(known, label)))
}

/// All fields that a person sees.
pub(crate) fn fields(page: &Page) -> impl Iterator<Item = &Field> {
    page.forms().iter().flat_map(|form| &form.fields).filter(|field| field.kind != FieldKind::Hidden)
}

/// The words of all buttons.
fn buttons(page: &Page) -> impl Iterator<Item = &str> {
    page.forms().iter().flat_map(|form| &form.buttons).map(|button| button.words.as_str())
}

/// The names of the hidden fields of a form that is posted.
pub(crate) fn hidden(page: &Page) -> Option<Vec<&str>> {
    let form = page.forms().iter().find(|form| form.method == crate::eyes::Method::Post)?;
    let hidden = form.fields.iter().filter(|field| field.kind == FieldKind::Hidden);
    Some(hidden.map(|field| field.name.as_str()).collect())
}

/// What the page says below its heading, paragraph by paragraph, without links.
pub(crate) fn paragraphs(page: &Page) -> Vec<&str> {
    let Some(heading) = page.headings().first() else { return Vec::new() };
    let lines = page.text.lines().skip_while(|line| *line != heading).skip(1);
    let is_link = |line: &str| page.links().iter().any(|(text, _)| text == line);
    lines.filter(|line| !is_link(line) && !line.starts_with("シミュレーターの画面")).collect()
}

/// What stands beside this label.
pub(crate) fn row<'a>(page: &'a Page, label: &str) -> Option<&'a str> {
    page.rows().iter().find(|(known, _)| same(known, label)).map(|(_, text)| text.as_str())
}

impl Kind {
    /// Whether its form has no hidden fields but those of every form.
    pub(crate) fn begins_a_form(self) -> bool {
        matches!(self, Self::Download | Self::RevocationIds | Self::ApplicationForm | Self::Key)
    }

    /// Whether its form carries what earlier pages were told.
    pub(crate) fn carries_state(self) -> bool {
        matches!(
            self,
            Self::RevocationMail
                | Self::RevocationConfirm
                | Self::RenewalConfirm
                | Self::ApplicationConfirm
                | Self::KeyReady
        )
    }

    /// Whether the site itself made the page, and not a proxy or a web server in front of it.
    pub(crate) fn is_of_site(self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// In a person's words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "?",
            Self::Start => "電子証明書ダウンロードサイト",
            Self::Download => "証明書の取得画面",
            Self::ApplicationMenu => "電子証明書発行申請",
            Self::ApplicationForm => "電子証明書発行申請情報の入力画面",
            Self::ApplicationConfirm => "電子証明書発行申請情報の入力内容確認画面",
            Self::ApplicationAccepted => "電子証明書発行申請の受付完了",
            Self::RenewalMenu => "更新申請画面",
            Self::RenewalConfirm => "証明書更新申請",
            Self::Status => "送信完了",
            Self::Key => "鍵の取得",
            Self::KeyReady => "鍵の取得 (Download)",
            Self::List => "更新後証明書の取得",
            Self::RevocationIds => "証明書失効申請情報の入力画面",
            Self::RevocationMail => "証明書失効申請情報の入力画面 (メールアドレス)",
            Self::RevocationConfirm => "証明書失効申請情報の入力内容確認画面",
            Self::RevocationAccepted => "証明書失効申請の受付完了",
            Self::SessionInvalid => "セッション無効",
            Self::Maintenance => "メンテナンス",
            Self::Root => "ルート証明書のダウンロード",
            Self::Refused => "エラーの画面",
        }
    }
}
