//! Mails: written once, with the decision that they tell of, and kept as they were written.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use serde::{Deserialize, Serialize};

use crate::authority::{Application, Record};
use crate::profile::Profile;
use crate::terms::{ApplicationNumber, EmailAddress};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mail {
    /// Counts the mails of a world from 1
    pub number: u64,
    /// Simulated time
    #[schema(value_type = String, format = DateTime)]
    pub date: Timestamp,
    /// The sender's address
    pub from: String,
    /// The recipient's address
    pub to: String,
    /// The subject
    pub subject: String,
    /// The text
    pub text: String,
    /// Request ID of the certificate that it is about; empty if it is about an application for one
    pub request_id: String,
    /// Number of the application for certificates that it is about, if it is about one
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub application: Option<ApplicationNumber>,
    /// The whole message as it would go out (RFC 5322)
    pub message: String,
}

/// 失効完了のご連絡 (manual 3, step 4).
pub(crate) fn revoked(
    number: u64,
    record: &Record,
    to: &EmailAddress,
    at: Timestamp,
    profile: &Profile,
) -> Mail {
    let more = [("{revoked_at}", moment(at, profile))];
    let keys = &profile.mail;
    about_certificate(number, record, to, at, (&keys.subject, &keys.text), &more, profile)
}

/// 申請情報受付通知: an application for certificates was accepted.
pub(crate) fn application_received(number: u64, application: &Application, profile: &Profile) -> Mail {
    let keys = &profile.application;
    let form = &application.form;
    let accepted = moment(application.accepted_at, profile);
    let fill = |text: &str| {
        text.replace("{application_number}", application.number.as_str())
            .replace("{institution_code}", form.holder.as_str())
            .replace("{certificates}", &form.certificates.to_string())
            .replace("{accepted_at}", &accepted)
            .replace("{terminal_name}", form.terminal_name.as_str())
            .replace("{name}", form.name.as_str())
    };
    let letter = Letter {
        from_name: "",
        from: &keys.mail_from,
        to: &form.email,
        subject: fill(&keys.mail_subject),
        text: fill(&keys.mail_text),
        about: application.number.as_str(),
    };
    let application_number = Some(application.number.clone());
    Mail { application: application_number, ..letter.write(number, application.accepted_at) }
}

/// 有効期限のお知らせ: to the applicant, so many days before the certificate ends.
pub(crate) fn expiring(
    number: u64,
    record: &Record,
    to: &EmailAddress,
    (at, days_left): (Timestamp, i32),
    profile: &Profile,
) -> Mail {
    let more = [
        ("{valid_until}", record.notice.valid_until.strftime("%Y/%m/%d").to_string()),
        ("{days_left}", days_left.to_string()),
    ];
    let keys = &profile.mail;
    about_certificate(number, record, to, at, (&keys.expiry_subject, &keys.expiry_text), &more, profile)
}

/// A mail of these words; what they have in braces is filled in from the certificate, and from what is more known.
fn about_certificate(
    number: u64,
    record: &Record,
    to: &EmailAddress,
    at: Timestamp,
    (subject, text): (&str, &str),
    more: &[(&str, String)],
    profile: &Profile,
) -> Mail {
    let keys = &profile.mail;
    let fill = |text: &str| {
        let text = text
            .replace("{request_id}", record.notice.request_id.as_str())
            .replace("{institution_code}", record.notice.institution_code.as_str())
            .replace("{terminal_name}", &record.notice.terminal_name)
            .replace("{serial}", &record.certificate.serial.to_string());
        more.iter().fold(text, |text, (name, value)| text.replace(name, value))
    };
    let letter = Letter {
        from_name: &keys.from_name,
        from: &keys.from_address,
        to,
        subject: fill(subject),
        text: fill(text),
        about: record.notice.request_id.as_str(),
    };
    Mail { request_id: record.notice.request_id.to_string(), ..letter.write(number, at) }
}

fn moment(at: Timestamp, profile: &Profile) -> String {
    profile.clock.zone.zone().datetime(at).strftime("%Y/%m/%d %H:%M:%S").to_string()
}

/// What differs between mails.
struct Letter<'a> {
    from_name: &'a str,
    from: &'a str,
    to: &'a EmailAddress,
    subject: String,
    text: String,
    /// The number of what it is about.
    about: &'a str,
}

impl Letter<'_> {
    fn write(self, number: u64, at: Timestamp) -> Mail {
        let Self { from_name, from, to, subject, text, about } = self;
        let domain = from.split_once('@').map_or("obn-ca.invalid", |(_, domain)| domain);
        let builder = MessageBuilder::new();
        let builder = match from_name {
            "" => builder.from(mailbox(from)),
            name => builder.from((name.to_owned(), mailbox(from))),
        };
        let message = builder
            .to(to.mailbox().into_owned())
            .subject(subject.clone())
            .date(Date::new(at.as_second()))
            .message_id(format!("{about}.{number}@{domain}"))
            .text_body(text.clone())
            .write_to_string()
            .expect("text grows in memory");
        Mail {
            number,
            date: at,
            from: from.to_owned(),
            to: to.to_string(),
            subject,
            text,
            request_id: String::new(),
            application: None,
            message,
        }
    }
}

/// As [`EmailAddress::mailbox`]. What is no address stays as it is.
pub(crate) fn mailbox(text: &str) -> String {
    text.parse::<EmailAddress>().map_or_else(|_| text.to_owned(), |address| address.mailbox().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::tests::record;

    #[test]
    fn a_mail_reads_as_the_profile_says_and_is_dated_by_the_simulated_clock() {
        let profile = Profile::default();
        let at = "2030-02-01T03:04:05Z".parse().unwrap();
        let mail =
            revoked(7, &record(1, "2026-11-23"), &"tanto@clinic.example.jp".parse().unwrap(), at, &profile);
        insta::assert_snapshot!(mail.text, @r"
        電子証明書の失効手続きが完了しましたのでお知らせします。

        リクエストID: 202611230000001
        医療機関コード: 0110119153
        端末名称等: 受付1号機
        シリアル番号: 6CADB28B1D23E226FB92DA31C9020A40
        失効日時: 2030/02/01 12:04:05

        本メールは送信専用です。
        ");
        let message = mail.message.replace("\r\n", "\n");
        let (head, _) = message.split_once("\n\n").unwrap();
        insta::assert_snapshot!(head, @r#"
        From: =?utf-8?B?5YWx6YCa6KqN6Ki85bGA?= <no-reply@obn-ca.invalid>
        To: <tanto@clinic.example.jp>
        Subject: =?utf-8?B?44CQ5YWx6YCa6KqN6Ki85bGA44CR6Zu75a2Q6Ki85piO5pu444Gu?=
         =?utf-8?B?5aSx5Yq55a6M5LqG44Gu44GK55+l44KJ44Gb?=
        Date: Fri, 1 Feb 2030 03:04:05 +0000
        Message-ID: <202611230000001.7@obn-ca.invalid>
        MIME-Version: 1.0
        Content-Type: text/plain; charset="utf-8"
        Content-Transfer-Encoding: base64
        "#);
    }
}
