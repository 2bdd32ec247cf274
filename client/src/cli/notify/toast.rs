//! A toast of Windows in its own language, XML. What it leads to is opened by Windows itself (`protocol`): the person's
//! browser shows the page, also when `obn` has ended long since.

use super::Notification;

pub(super) fn xml(notification: &Notification<'_>) -> String {
    let duration = if notification.is_urgent { "long" } else { "short" };
    let (title, message) = (escaped(notification.title), escaped(notification.message));
    let (launch, button) = match notification.page {
        None => (String::new(), String::new()),
        Some((url, words)) => {
            let (url, words) = (escaped(url), escaped(words));
            (
                format!(r#" activationType="protocol" launch="{url}""#),
                format!(
                    r#"<actions><action activationType="protocol" content="{words}" arguments="{url}"/></actions>"#
                ),
            )
        }
    };
    format!(
        r#"<toast duration="{duration}"{launch}><visual><binding template="ToastGeneric"><text>{title}</text><text>{message}</text></binding></visual>{button}</toast>"#
    )
}

/// What XML has no letter for is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_leads_to_the_page_where_one_renews() {
        let notification = Notification {
            title: "証明書に関するお知らせ",
            message: "<医院> & \"受付\"\u{7}\n証明書の有効期限まであと 30 日です。更新してください。",
            is_urgent: true,
            page: Some(("https://cert.example.jp/p/ru?a=1&b=2", "更新のページを開く")),
        };
        assert_eq!(
            xml(&notification),
            "<toast duration=\"long\" activationType=\"protocol\" launch=\"https://cert.example.jp/p/ru?a=1&amp;b=2\">\
             <visual><binding template=\"ToastGeneric\"><text>証明書に関するお知らせ</text>\
             <text>&lt;医院&gt; &amp; &quot;受付&quot;\n証明書の有効期限まであと 30 日です。更新してください。</text></binding></visual>\
             <actions><action activationType=\"protocol\" content=\"更新のページを開く\" \
             arguments=\"https://cert.example.jp/p/ru?a=1&amp;b=2\"/></actions></toast>"
        );
    }

    #[test]
    fn what_has_no_page_leads_nowhere() {
        let notification = Notification { title: "a", message: "b", is_urgent: false, page: None };
        assert_eq!(
            xml(&notification),
            "<toast duration=\"short\"><visual><binding template=\"ToastGeneric\"><text>a</text><text>b</text>\
             </binding></visual></toast>"
        );
    }
}
