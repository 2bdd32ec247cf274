//! `/p/rcd` and `/p/cert` as a person sees them: the form, the messages beside its fields, the file.

use std::fmt::Write;

use obn_tests::{Environment, Form, Notice};

const BUTTON: &str = "ダウンロード";

#[tokio::test]
async fn the_form_looks_like_the_manual_s_screen() {
    let env = Environment::start().await;
    let answer = env.browser().get("/p/rcd").await;
    insta::with_settings!({filters => vec![(r#"name="token" value="[^"]*""#, r#"name="token" value="[TOKEN]""#)]}, {
        // The style is looked at in the screenshots.
        let html = answer.text();
        let (start, rest) = html.split_once("<style>").expect("a style");
        let (_, end) = rest.split_once("</style>").expect("its end");
        insta::assert_snapshot!(format!("{start}{end}"));
    });
}

#[tokio::test]
async fn the_stacked_layout_has_the_same_labels_and_fields() {
    let table = Environment::start().await.browser().open("/p/rcd").await;
    let env = Environment::with("html.layout = \"stacked\"").await;
    let stacked = env.browser().open("/p/rcd").await;
    let fields = |form: Form| form.fields.into_iter().map(|f| (f.label, f.name, f.kind)).collect::<Vec<_>>();
    assert_eq!(fields(stacked.form()), fields(table.form()));
    assert!(!env.browser().get("/p/rcd").await.text().contains("<table"));
}

#[tokio::test]
async fn the_fields_carry_the_names_that_the_profile_gives_them() {
    let env = Environment::with(
        "[wire]\ncookie = \"JSESSIONID\"\ntoken = \"_csrf\"\nrequest_id = \"rid\"\nreference_id = \"ref\"\n\
         password = \"pin\"\npassword_confirmation = \"pin2\"\nsubmit = \"action\"\n\
         [html]\nextra_hidden = [\"javax.faces.ViewState\"]\n",
    )
    .await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form();
    let names: Vec<_> = form.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["_csrf", "javax.faces.ViewState", "rid", "ref", "pin", "pin2"]);
    let lost = form.clone().notice(&notice).password("1234").forge("javax.faces.ViewState", "");
    assert!(browser.press(&lost, BUTTON).await.page().says("セッション無効"));
    assert!(browser.press(&form.notice(&notice).password("1234"), BUTTON).await.is_file());
}

#[tokio::test]
async fn each_mistake_has_its_message_beside_its_field() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let (request, reference) = (notice.request_id.as_str(), notice.reference_id.as_str());
    let full_width: String = request.chars().map(full_width).collect();
    let cases = [
        ("everything empty", ["", "", "", ""]),
        ("request ID empty", ["", reference, "1234", "1234"]),
        ("request ID of 14 digits", [&request[..14], reference, "1234", "1234"]),
        ("request ID of 16 digits", [&format!("{request}0"), reference, "1234", "1234"]),
        ("request ID with a letter", ["20261123000000A", reference, "1234", "1234"]),
        ("request ID in full-width digits", [&full_width, reference, "1234", "1234"]),
        ("reference ID empty", [request, "", "1234", "1234"]),
        ("reference ID of 9 characters", [request, &reference[..9], "1234", "1234"]),
        ("reference ID with a hyphen", [request, "FPwNi-5g4r", "1234", "1234"]),
        ("reference ID in Japanese", [request, "リファレンスアイディー", "1234", "1234"]),
        ("password empty", [request, reference, "", ""]),
        ("password of 3 digits", [request, reference, "123", "123"]),
        ("password of 5 digits", [request, reference, "12345", "12345"]),
        ("password of letters", [request, reference, "abcd", "abcd"]),
        ("password in full-width digits", [request, reference, "１２３４", "１２３４"]),
        ("password in Arabic digits", [request, reference, "١٢٣٤", "١٢٣٤"]),
        ("password with a sign", [request, reference, "+123", "+123"]),
        ("confirmation empty", [request, reference, "1234", ""]),
        ("confirmation differs", [request, reference, "1234", "1243"]),
        ("markup", ["\"><script>alert(1)</script>", "'&<>\"", "1234", "1234"]),
    ];
    let mut seen = String::new();
    for (name, [request, reference, password, confirmation]) in cases {
        let form = browser.open("/p/rcd").await.form();
        let form = form.ids(request, reference).fill("証明書パスワード", password);
        let answer = browser.press(&form.fill("証明書パスワード(確認用)", confirmation), BUTTON).await;
        assert!(!answer.text().contains("<script"), "{}", answer.text());
        let page = answer.page();
        for label in ["証明書パスワード", "証明書パスワード(確認用)"] {
            assert_eq!(page.form().field(label).value, "", "{name}: passwords never come back");
        }
        let _ = writeln!(seen, "{name}: {}", answer.status);
        for field in page.form().fields.iter().filter(|field| field.kind != "hidden") {
            let focus = if field.focus { " <- focus" } else { "" };
            let message = if field.invalid { format!(" ! {}", field.message) } else { String::new() };
            let _ = writeln!(seen, "  {}: {:?}{message}{focus}", field.label, field.value);
        }
    }
    insta::assert_snapshot!(masked(&seen, &notice));
    assert_eq!(env.control.json("/notices").await[0]["downloads"], 0, "nothing was handed out");
}

#[tokio::test]
async fn blanks_around_the_ids_are_forgiven_and_full_width_digits_where_the_profile_folds() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().password(" 1234\t");
    let form = form.ids(&format!("  {} ", notice.request_id), &format!("\u{3000}{}", notice.reference_id));
    assert!(browser.press(&form, BUTTON).await.is_file());

    let env = Environment::with("input.normalise = \"fold\"").await;
    let notice = env.issue().await;
    let browser = env.browser();
    let request_id: String = notice.request_id.chars().map(full_width).collect();
    let form = browser.open("/p/rcd").await.form().ids(&request_id, &notice.reference_id);
    assert!(browser.press(&form.password("１２３４"), BUTTON).await.is_file());

    let env = Environment::with("input.normalise = \"none\"").await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser
        .open("/p/rcd")
        .await
        .form()
        .notice(&notice)
        .fill("リクエスト ID", &format!("{} ", notice.request_id));
    assert!(browser.press(&form.password("1234"), BUTTON).await.page().form().field("リクエスト ID").invalid);
}

#[tokio::test]
async fn the_right_ids_give_the_pfx_as_a_file() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let answer = env.browser().download(&notice, "1234").await;
    let (name, pfx) = answer.file();
    assert_eq!(name, format!("{}.p12", notice.request_id));
    assert_eq!(pfx[0], 0x30, "a DER sequence");
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII")))
        .filter(|line| !line.starts_with("content-length"))
        .collect();
    headers.sort();
    insta::assert_snapshot!(masked(
        &headers.join(
            "
"
        ),
        &notice
    ));
}

#[tokio::test]
async fn a_file_name_that_is_not_ascii_and_another_media_type_come_from_the_profile() {
    let env = Environment::with(
        "[pfx]\nfile_name = \"証明書-{institution_code}.pfx\"\nmime = \"application/octet-stream\"",
    )
    .await;
    let notice = env.issue().await;
    let answer = env.browser().download(&notice, "1234").await;
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename*=UTF-8''%E8%A8%BC%E6%98%8E%E6%9B%B8-0110119153.pfx"
    );
    assert_eq!(answer.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn the_root_is_a_file_at_its_address() {
    let env = Environment::start().await;
    let answer = env.browser().get("/p/cert").await;
    let (name, der) = answer.file();
    assert_eq!(
        (name.as_str(), answer.header("content-type")),
        ("SCRoot2ca.cer", "application/x-x509-ca-cert")
    );
    let root = env.control.text("/root.pem").await;
    assert_eq!(pem::parse(root).unwrap().contents(), der);
    assert_eq!(env.browser().get("/p/cert/SCRoot2ca.cer").await.status, 404);
}

#[tokio::test]
async fn the_root_is_a_page_with_a_link_where_the_profile_says_so() {
    let env = Environment::with("[root_file]\nas_page = true\nname = \"root.cer\"").await;
    let page = env.browser().open("/p/cert").await;
    insta::assert_snapshot!(page.outline());
    let answer = env.browser().get(&page.links[0].1).await;
    assert_eq!(answer.file().0, "root.cer");
    assert_eq!(env.browser().get("/p/cert/other.cer").await.status, 404);
}

fn full_width(letter: char) -> char {
    char::from_u32(u32::from(letter) + 0xfee0).expect("ASCII has a full-width form")
}

/// The text without what differs from notice to notice and from session to session.
pub(crate) fn masked(text: &str, notice: &Notice) -> String {
    let full: String = notice.request_id.chars().map(full_width).collect();
    let text = text
        .replace(&notice.request_id, "[REQUEST ID]")
        .replace(&full, "[REQUEST ID, FULL WIDTH]")
        .replace(&notice.request_id[..14], "[14 OF REQUEST ID]")
        .replace(&notice.reference_id, "[REFERENCE ID]")
        .replace(&notice.reference_id[..9], "[9 OF REFERENCE ID]");
    // Tokens, cookies and lengths.
    let start = |text: &str, at: usize| {
        text[..at].ends_with("token: hidden \"") || text[..at].ends_with("OBNSESSION=")
    };
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = (1..rest.len()).find(|at| rest.is_char_boundary(*at) && start(rest, *at)) {
        let end = rest[at..].find(['"', ';']).map_or(rest.len(), |end| at + end);
        out += &rest[..at];
        out += "[DRAWN]";
        rest = &rest[end..];
    }
    out + rest
}
