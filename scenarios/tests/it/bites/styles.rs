//! Portals that keep every rule, and look or speak another way than ours usually does.

/// Name and profile.
pub(super) const ALL: &[(&str, &str)] = &[
    (
        "other names on the wire, a stacked layout, more hidden fields",
        r#"
        html = { layout = "stacked", extra_hidden = ["javax.faces.ViewState", "pageId"] }
        wire = { application_fields = "numbered", cookie = "JSESSIONID", token = "_csrf", request_id = "rid", reference_id = "ref", password = "pin", password_confirmation = "pin2", submit = "action" }
        wire_ru = { state = "viewState", email = "email", email_confirmation = "email2" }
        "#,
    ),
    (
        "other statuses of HTTP, an older TLS, HTTP/1.1",
        r#"
        http = { refusal_status = 400, session_status = 403, server = "Apache" }
        client_auth = { missing_status = 401, foreign_status = 200, expired_status = 400, revoked_status = 200 }
        tls = { versions = ["1.2"], alpn = ["http/1.1"], hsts_seconds = 31536000 }
        "#,
    ),
    (
        "other files: names, rounds, a friendly name, longer keys of the root",
        r#"
        pfx = { file_name = "certificate.pfx", iterations = 1024, friendly_name = "{institution_code}", mime = "application/octet-stream" }
        root_file = { name = "root.crt", mime = "application/octet-stream" }
        installer.mime = "application/octet-stream"
        ca.common_name = "Online Billing NW Common Root CA - 01"
        "#,
    ),
    (
        "a slow site that leaves the reloading to the user",
        r#"
        issue = { delays = ["30s", "1m"], refresh = "0s" }
        crl.period = "7d"
        ids.request_numbers = "running"
        "#,
    ),
    (
        "the status page goes on by itself, the list elsewhere and often, names not marked",
        r#"
        issue = { refresh = "5s" }
        crl = { url = "http://crldownload.obn.managedpki.ne.jp/OnlineBilling/cdp.crl", period = "1h" }
        dn.mode = "faithful"
        "#,
    ),
];
