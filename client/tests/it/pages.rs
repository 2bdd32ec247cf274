//! The site's pages in several dresses, all with the words of the manual.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::portal::{Reply, Seen};

pub(crate) const REQUEST_ID: &str = "202012100001000";
pub(crate) const REFERENCE_ID: &str = "FPwNiG5g4r";
pub(crate) const PASSWORD: &str = "1234";

/// A whole page around a heading and its content.
pub(crate) fn page(heading: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=ja><head><meta charset=utf-8><title>共通認証局</title></head>\
         <body><header>共通認証局</header><main><h1>{heading}</h1>{content}</main></body></html>"
    )
}

/// 証明書の取得画面 as the simulator shows it: labels by `for`, one hidden token.
pub(crate) fn rcd(errors: &[(&str, &str)]) -> String {
    let field = |id: &str, label: &str, kind: &str| {
        let error = errors.iter().find(|(field, _)| *field == id);
        let error = error.map_or(String::new(), |(_, text)| {
            format!("<p class=\"error\" id=\"{id}-error\" role=\"alert\">{text}</p>")
        });
        format!(
            "<div><label for=\"{id}\">{label}</label>\
             <input id=\"{id}\" name=\"{id}\" type=\"{kind}\" aria-describedby=\"{id}-error\" autocomplete=off>{error}</div>"
        )
    };
    page(
        "証明書の取得画面",
        &format!(
            "<p>「電子証明書発行通知書」に記載のリクエスト ID とリファレンス ID を入力してください。</p>\
             <form method=\"post\" action=\"/p/rcd\"><input type=\"hidden\" name=\"token\" value=\"t0ken\">{}{}{}{}\
             <button type=\"submit\">ダウンロード</button></form>",
            field("requestId", "リクエスト ID", "text"),
            field("referenceId", "リファレンス ID", "text"),
            field("password", "証明書パスワード", "password"),
            field("password2", "証明書パスワード(確認用)", "password"),
        ),
    )
}

/// A dress of the download form: its HTML, and the names under which it sends the two IDs and the password twice.
pub(crate) struct Dress {
    pub(crate) name: &'static str,
    pub(crate) html: String,
    pub(crate) fields: [&'static str; 4],
    /// What else must come back.
    pub(crate) carried: &'static [(&'static str, &'static str)],
}

pub(crate) fn dresses() -> Vec<Dress> {
    vec![
        Dress {
            name: "as the simulator shows it",
            html: rcd(&[]),
            fields: ["requestId", "referenceId", "password", "password2"],
            carried: &[("token", "t0ken")],
        },
        Dress {
            name: "a table without labels, reordered, upper-case tags, more tokens",
            html: page(
                "証明書の取得画面",
                "<FORM METHOD=POST ACTION='/p/rcd?step=2'><INPUT TYPE=HIDDEN NAME='_csrf' VALUE='a&amp;b'>\
                 <INPUT TYPE=hidden name=ver value='全角'><TABLE>\
                 <TR><TH>証明書パスワード</TH><TD><INPUT TYPE=PASSWORD NAME=f3></TD></TR>\
                 <TR><TH>証明書パスワード（確認用）</TH><TD><INPUT TYPE=PASSWORD NAME=f4></TD></TR>\
                 <TR><TH>リファレンスＩＤ</TH><TD><INPUT NAME=f2></TD></TR>\
                 <TR><TH>リクエストＩＤ</TH><TD><INPUT NAME=f1></TD></TR>\
                 </TABLE><INPUT TYPE=SUBMIT NAME=go VALUE='ダウンロード'><INPUT TYPE=SUBMIT NAME=back VALUE='戻る'></FORM>",
            ),
            fields: ["f1", "f2", "f3", "f4"],
            carried: &[("_csrf", "a&b"), ("ver", "全角"), ("go", "ダウンロード")],
        },
        Dress {
            name: "wrapping labels, a second form, the button outside of its form",
            html: page(
                "証明書の取得画面",
                "<form action=/search><label>検索 <input name=q></label><button>検索</button></form>\
                 <form id=d method=post action=rcd>\
                 <label>リクエストID<span>必須</span> <input name=j_id1></label>\
                 <label>リファレンスID<span>必須</span> <input name=j_id2></label>\
                 <label>証明書パスワード<small>4桁の半角数字</small> <input type=password name=j_id3></label>\
                 <label>証明書パスワード(確認用) <input type=password name=j_id4></label></form>\
                 <input type=hidden form=d name=viewstate value=xyz>\
                 <input type=image form=d alt=ダウンロード src=/go.png>",
            ),
            fields: ["j_id1", "j_id2", "j_id3", "j_id4"],
            carried: &[("viewstate", "xyz")],
        },
        Dress {
            name: "English, accessible names, a ticked box and a list",
            html: page(
                "Download certificate",
                "<form method=post><input aria-label='Request ID' name=a><input aria-label='Reference ID' name=b>\
                 <input type=password aria-label='Certificate password' name=c>\
                 <input type=password aria-label='Certificate password (confirm)' name=d>\
                 <input type=checkbox checked name=agree value=yes><input type=checkbox name=spam>\
                 <select name=format><option value=p12 selected>PKCS #12<option value=jks>JKS</select>\
                 <input disabled name=never value=1><button type=reset>Reset</button>\
                 <button name=act value=dl>Download</button></form>",
            ),
            fields: ["a", "b", "c", "d"],
            carried: &[("agree", "yes"), ("format", "p12"), ("act", "dl")],
        },
    ]
}

pub(crate) fn session_lost() -> String {
    page("セッション無効", "<p>セッションがタイムアウトしました。 最初のページに戻ってください。</p>")
}

/// A script that shows the download form, and answers what `answer` says about the n-th time that it was sent.
pub(crate) fn download_site(
    answer: impl Fn(&Seen, usize) -> Reply + Send + Sync,
) -> impl Fn(&Seen) -> Reply + Send + Sync {
    let sent = AtomicUsize::new(0);
    move |seen| match seen.method.as_str() {
        "POST" => answer(seen, sent.fetch_add(1, Ordering::SeqCst)),
        _ => Reply::html(rcd(&[])).header("set-cookie", "JSESSIONID=s1; Path=/p; Secure; HttpOnly"),
    }
}
