//! The encoding of the pages (`html.charset`): what is sent and what is typed.

use obn_tests::Environment;
use serde_json::json;

/// The profile's word, the name on pages, and 証明書 in it.
const OTHERS: [(&str, &str, &[u8]); 2] = [
    ("shift_jis", "Shift_JIS", b"\x8f\xd8\x96\xbe\x8f\x91"),
    ("euc-jp", "EUC-JP", b"\xbe\xda\xcc\xc0\xbd\xf1"),
];

async fn environment(charset: &str, more: &str) -> Environment {
    Environment::with(&format!("html.charset = '{charset}'\n{more}")).await
}

#[tokio::test]
async fn a_page_is_the_same_in_each_encoding() {
    let usual = Environment::start().await;
    for (charset, name, written) in OTHERS {
        let env = environment(charset, "").await;
        for path in ["/p/rcd", "/p/rx", "/p/ru"] {
            let usual = usual.browser().get(path).await;
            let answer = env.browser().get(path).await;
            assert_eq!(answer.header("content-type"), format!("text/html; charset={name}"));
            assert!(answer.body.windows(written.len()).any(|bytes| bytes == written), "{path} in {name}");
            let expected = usual.text().replace("UTF-8", name);
            assert_eq!(untokened(&answer.text()), untokened(&expected), "{path} in {name}");
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        }
    }
}

#[tokio::test]
async fn what_is_typed_in_japanese_is_refused_in_the_encoding_of_the_page() {
    for (charset, name, _) in OTHERS {
        let env = environment(charset, "").await;
        let notice = env.issue().await;
        let browser = env.browser();
        // The last is in neither encoding, and a browser sends it as `&#128512;`.
        for (typed, comes_back) in [("リファレンスソ", "リファレンスソ"), ("😀", "&#128512;")]
        {
            let form = browser.open("/p/rcd").await.form().ids(&notice.request_id, typed).password("1234");
            let answer = browser.press(&form, "ダウンロード").await;
            assert_eq!(answer.header("content-type"), format!("text/html; charset={name}"));
            let form = answer.page().form();
            let field = form.field("リファレンス ID");
            assert_eq!(field.value, comes_back, "{name}");
            assert_eq!(field.message, "リファレンス ID は10文字の半角英数字で入力してください。");
        }

        let form = browser.open("/p/rx").await.form().notice(&notice);
        let form = browser.press(&form, "次へ").await.page().form();
        let form =
            form.fill("申請者のメールアドレス", "診療所＠example.jp").fill("メールアドレス(確認用)", "");
        let form = browser.press(&form, "申請").await.page().form();
        let field = form.field("申請者のメールアドレス");
        assert_eq!(field.value, "診療所＠example.jp", "{name}");
        assert_eq!(field.message, "メールアドレスの形式が正しくありません。半角で入力してください。");
    }
}

#[tokio::test]
async fn full_width_digits_are_understood_where_the_profile_folds() {
    for (charset, name, _) in OTHERS {
        let env = environment(charset, "input.normalise = 'fold'").await;
        let notice = env.issue().await;
        let request_id: String = notice.request_id.chars().map(full_width).collect();
        let browser = env.browser();
        let form = browser.open("/p/rcd").await.form().ids(&request_id, &notice.reference_id);
        assert!(browser.press(&form.password("１２３４"), "ダウンロード").await.is_file(), "{name}");
    }
}

#[tokio::test]
async fn pages_of_faults_have_the_encoding_and_what_is_not_of_the_site_stays_utf_8() {
    let env = environment("shift_jis", "").await;
    let notice = env.issue().await;
    let print = format!("/notices/{}/print", notice.request_id);
    assert!(
        env.control.get(&print).await.header("content-type").eq_ignore_ascii_case("text/html; charset=UTF-8")
    );
    env.control.post("/faults", &json!({ "name": "maintenance" })).await;
    let page = env.browser().get("/p/rcd").await;
    assert_eq!(page.header("content-type"), "text/html; charset=Shift_JIS");
    assert!(page.text().contains("メンテナンス"));
}

fn full_width(letter: char) -> char {
    char::from_u32(u32::from(letter) + 0xfee0).unwrap()
}

/// Without what differs from session to session.
fn untokened(html: &str) -> String {
    let (start, rest) = html.split_once("name=\"token\" value=\"").unwrap_or((html, "\""));
    format!("{start}{}", rest.split_once('"').unwrap().1)
}
