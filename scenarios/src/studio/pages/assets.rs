//! The style and the script of all pages.

use axum::http::header;
use axum::response::IntoResponse;

const SCRIPT: &str = include_str!("../../../templates/studio/studio.js");

pub(super) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../../../templates/studio/studio.css"),
    )
}

pub(super) async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

#[cfg(test)]
mod tests {
    use super::SCRIPT;

    #[test]
    fn the_script_writes_text_and_never_markup() {
        for dangerous in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPT.contains(dangerous), "{dangerous}");
        }
    }
}
