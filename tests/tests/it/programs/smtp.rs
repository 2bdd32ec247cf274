//! `--smtp`: the mails of the outbox reach a mail server of others (Python's aiosmtpd), each once, also one
//! that was away or busy when they were written.

use std::process::Stdio;

use obn_ca::Options;
use obn_tests::{Browser, Control, Environment, Notice, Program, python_with};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Says its port, then a line of JSON for each mail. Turns the first `argv[1]` recipients away for now,
/// full@ each time, and nobody@ for good.
const CATCHER: &str = "
import asyncio, email, email.policy, json, sys
from aiosmtpd.smtp import SMTP

class Catcher:
    busy = int(sys.argv[1])
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('nobody@'):
            return '550 no such mailbox'
        if address.startswith('full@'):
            return '452 mailbox full'
        if self.busy:
            self.busy -= 1
            return '451 come back later'
        envelope.rcpt_tos.append(address)
        return '250 OK'
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {name: str(mail[name]) for name in ('From', 'To', 'Subject', 'Date', 'Message-ID')}
        print(json.dumps({**told, 'rcpt': envelope.rcpt_tos, 'text': mail.get_content()}), flush=True)
        return '250 OK'

async def main():
    catcher = Catcher()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(catcher), '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
";

pub(crate) struct Catcher {
    pub(crate) address: String,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Catcher {
    pub(crate) async fn start(busy: u32) -> Option<Self> {
        let python = python_with("aiosmtpd").await?;
        let mut command = Command::new(python);
        command.args(["-c", CATCHER, &busy.to_string()]).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("it says its port");
        Some(Self { address: format!("127.0.0.1:{port}"), lines, _process: process })
    }

    pub(crate) async fn mail(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().expect("it goes on");
        serde_json::from_str(&line).unwrap()
    }
}

/// Walks `/p/rx` to its end, then approves.
async fn revoke(control: &Control, browser: &Browser, email: &str) -> Notice {
    let notice = control.issue().await;
    let ids = browser.open("/p/rx").await.form().notice(&notice);
    let typed = browser.press(&ids, "次へ").await.page().form();
    let typed = typed.fill("申請者のメールアドレス", email).fill("メールアドレス(確認用)", email);
    let confirm = browser.press(&typed, "申請").await.page().form();
    browser.press(&confirm, "申請").await;
    let approved = control.post(&format!("/revocations/{}/approve", notice.request_id), &json!({})).await;
    assert_eq!(approved.status, 200, "{}", approved.text());
    notice
}

/// Waits for a record with this outcome.
async fn wait_for(control: &Control, outcome: &str) -> Value {
    let found = control.json(&format!("/journal?outcome={outcome}&wait=30s")).await;
    found.as_array().and_then(|found| found.first()).cloned().expect("it happens")
}

async fn mails(control: &Control) -> usize {
    control.json("/mails").await.as_array().unwrap().len()
}

async fn start(catcher: &Catcher) -> Environment {
    let smtp = Some(catcher.address.parse().unwrap());
    Environment::options(Options { smtp, ..Options::for_tests() }).await
}

#[tokio::test]
async fn an_approved_revocation_is_mailed_and_a_busy_server_is_asked_again() {
    let Some(mut catcher) = Catcher::start(1).await else { return };
    let env = start(&catcher).await;
    let notice = revoke(&env.control, &env.browser(), "tanto@clinic.example.jp").await;
    let mail = catcher.mail().await;
    let text = mail["text"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(mail["rcpt"], json!(["tanto@clinic.example.jp"]));
    assert_eq!(mail["Subject"], env.control.json("/mails").await[0]["subject"]);
    assert_eq!(mail["Date"], "Mon, 23 Nov 2026 03:00:00 +0000", "the simulated time");
    assert!(text.contains(&format!("リクエストID: {}\n", notice.request_id)), "{text}");
    assert_eq!(wait_for(&env.control, "mail.sent").await["request_id"], notice.request_id);
}

#[tokio::test]
async fn addresses_that_operators_gave_out_against_the_rfc_get_their_mail() {
    let Some(mut catcher) = Catcher::start(0).await else { return };
    let env = start(&catcher).await;
    for email in ["a..b@docomo.ne.jp", "a.@ezweb.ne.jp", ".a-b.@docomo.ne.jp", "a.b@docomo.ne.jp"] {
        let notice = revoke(&env.control, &env.browser(), email).await;
        // This server takes the quotes off that the others need.
        assert_eq!(catcher.mail().await["rcpt"], json!([email]));
        wait_for(&env.control, &format!("mail.sent&request_id={}", notice.request_id)).await;
    }
    let mails = env.control.json("/mails").await;
    assert_eq!(mails[0]["to"], "a..b@docomo.ne.jp", "as it was typed");
}

#[tokio::test]
async fn a_mail_that_no_server_will_take_holds_up_no_other() {
    let Some(mut catcher) = Catcher::start(0).await else { return };
    let env = start(&catcher).await;
    let nobody = revoke(&env.control, &env.browser(), "nobody@clinic.example.jp").await;
    revoke(&env.control, &env.browser(), "tanto@clinic.example.jp").await;
    assert_eq!(catcher.mail().await["rcpt"], json!(["tanto@clinic.example.jp"]));
    let refused = wait_for(&env.control, "mail.refused").await;
    assert_eq!(refused["request_id"], nobody.request_id);
    assert!(refused["detail"].as_str().unwrap().contains("no such mailbox"), "{refused}");
    assert_eq!(mails(&env.control).await, 2, "both stay in the outbox");
}

#[tokio::test]
async fn a_mailbox_that_is_full_for_ever_holds_up_no_other() {
    let Some(mut catcher) = Catcher::start(0).await else { return };
    let env = start(&catcher).await;
    revoke(&env.control, &env.browser(), "full@clinic.example.jp").await;
    for email in ["tanto@clinic.example.jp", "jimu@clinic.example.jp"] {
        let notice = revoke(&env.control, &env.browser(), email).await;
        assert_eq!(catcher.mail().await["rcpt"], json!([email]));
        let of_it = format!("mail.sent&request_id={}", notice.request_id);
        wait_for(&env.control, &of_it).await;
    }
    assert!(env.control.json("/journal?outcome=mail.refused").await.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_mail_server_whose_answer_never_ends_is_hung_up_on_and_asked_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let smtp = Some(listener.local_addr().unwrap().to_string().parse().unwrap());
    let env = Environment::options(Options { smtp, ..Options::for_tests() }).await;
    revoke(&env.control, &env.browser(), "tanto@clinic.example.jp").await;
    for beginning in ["220 ", "220-"] {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let endless = async { while stream.write_all(&[b'a'; 64 * 1024]).await.is_ok() {} };
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), endless).await;
        ended.expect("it hangs up");
    }
    assert_eq!(mails(&env.control).await, 1, "it waits in the outbox");
}

#[tokio::test]
async fn mails_wait_for_a_server_over_kill_9_and_only_those_written_for_one() {
    let Some(mut catcher) = Catcher::start(0).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("a.db").display());
    // A port on which nobody listens any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (options, email) in
        [(&[][..], "earlier@clinic.example.jp"), (&["--smtp", &gone], "tanto@clinic.example.jp")]
    {
        let program = Program::start(&[&["--store", &store][..], options].concat()).await;
        revoke(&program.control, &program.browser().await, email).await;
        program.kill().await;
    }
    let program = Program::start(&["--store", &store, "--smtp", &catcher.address]).await;
    assert_eq!(catcher.mail().await["rcpt"], json!(["tanto@clinic.example.jp"]));
    wait_for(&program.control, "mail.sent").await;
    assert_eq!(mails(&program.control).await, 2);
}
