//! Two runs compared: what fails that didn't, what is mended, what fails in other words.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::language::Top;
use super::page;
use super::results::{Line, comparable, runs};
use crate::report::Changed;
use crate::studio::Shared;

#[derive(Deserialize)]
pub(super) struct Two {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

#[derive(Template)]
#[template(path = "studio/compare.html")]
struct Page<'a> {
    top: Top,
    comparable: Vec<Line>,
    old: String,
    new: String,
    wrong: Option<&'static str>,
    /// Class, number, words.
    tiles: Option<Vec<(&'static str, usize, &'static str)>>,
    groups: Vec<Group<'a>>,
    is_alike: bool,
}

struct Group<'a> {
    class: &'static str,
    title: &'static str,
    changed: Vec<Changed<'a>>,
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    top: Top,
    Query(Two { old, new }): Query<Two>,
) -> Response {
    let comparable = comparable(&top, &runs(&shared).await);
    let read = {
        let ids = [old.clone(), new.clone()];
        move || ids.map(|id| shared.archive.earlier(&id.parse().ok()?))
    };
    let read = tokio::task::spawn_blocking(read).await.unwrap_or_default();
    let [Some(then), Some(now)] = &read else {
        let wrong = top.l.pick("どちらかの検査の記録がありません。", "One of the two runs is not there.");
        let new = Page {
            top,
            comparable,
            old,
            new,
            wrong: Some(wrong),
            tiles: None,
            groups: Vec::new(),
            is_alike: false,
        };
        return page(StatusCode::NOT_FOUND, &new);
    };
    let since = now.since(then);
    let l = top.l;
    let words = [
        ("bad", l.pick("新しい失敗", "new failures")),
        ("good", l.pick("直ったもの", "mended")),
        ("gaps", l.pick("失敗の内容が変わったもの", "fail in other words")),
    ];
    let lists = [since.new, since.mended, since.other];
    let mut tiles: Vec<_> =
        words.iter().zip(&lists).map(|((class, title), list)| (*class, list.len(), *title)).collect();
    tiles.push(("none", since.same, l.pick("同じ失敗のまま", "still fail alike")));
    tiles.push(("none", since.only_one, l.pick("片方だけで実施", "played in one only")));
    let groups = words.into_iter().zip(lists);
    let groups: Vec<_> = groups.map(|((class, title), changed)| Group { class, title, changed }).collect();
    let is_alike = groups.iter().all(|group| group.changed.is_empty());
    page(
        StatusCode::OK,
        &Page { top, comparable, old, new, wrong: None, tiles: Some(tiles), groups, is_alike },
    )
}

impl Page<'_> {
    fn name<'b>(&self, changed: &'b Changed<'_>) -> &'b str {
        let now = changed.now;
        self.top.t(now.ja.as_deref().unwrap_or(&now.name), &now.name)
    }
}
