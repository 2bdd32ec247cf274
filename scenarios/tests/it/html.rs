//! The page for people.

use obn_conformance::{Bilingual, Outcome, sweep_to_html, to_badge, to_html};
use scraper::{Html, Selector};

use crate::reports::run_of_every_outcome;
use crate::sweep::sweep_of_every_survival;

fn page() -> String {
    let (catalogue, run) = run_of_every_outcome();
    to_html(&run, &catalogue.requirements).unwrap()
}

fn sweep_page() -> String {
    let (catalogue, sweep) = sweep_of_every_survival();
    sweep_to_html(&sweep, &catalogue.requirements).unwrap()
}

fn select<'a>(page: &'a Html, css: &str) -> Vec<scraper::ElementRef<'a>> {
    let selector = Selector::parse(css).unwrap();
    page.select(&selector).collect()
}

#[test]
fn it_needs_nothing_but_itself() {
    for text in [page(), sweep_page()] {
        let page = Html::parse_document(&text);
        for (css, attribute) in [("[src]", "src"), ("[href]", "href")] {
            for element in select(&page, css) {
                let target = element.attr(attribute).unwrap();
                assert!(target.starts_with('#'), "{target}");
            }
        }
        assert!(!text.contains("url(") && !text.contains("@import"));
    }
}

#[test]
fn whatever_it_says_in_one_language_it_says_in_the_other() {
    for text in [page(), sweep_page()] {
        let page = Html::parse_document(&text);
        let count = |language: &str| select(&page, &format!("body [lang={language}]")).len();
        assert_eq!(count("ja"), count("en"));
        for element in select(&page, "body [lang]") {
            assert!(!element.text().collect::<String>().trim().is_empty());
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for text in [page(), sweep_page()] {
        let page = Html::parse_document(&text);
        let ids: Vec<_> = select(&page, "[id]").iter().filter_map(|element| element.attr("id")).collect();
        for link in select(&page, "a[href]") {
            let target = link.attr("href").unwrap().trim_start_matches('#');
            assert!(ids.contains(&target), "#{target}");
        }
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), ids.len(), "an ID stands there twice");
    }
}

/// All that comes before the requirements: verdict, numbers, what did not pass.
#[test]
fn a_customer_reads_the_verdict_and_what_did_not_pass() {
    let text = page();
    let body = text.split_once("<main>").unwrap().1;
    let top = body.split_once("<section><h2><span lang=\"ja\">要件と根拠").unwrap().0;
    insta::assert_snapshot!(top);
}

#[test]
fn what_a_site_says_is_text_and_never_markup() {
    let (catalogue, mut run) = run_of_every_outcome();
    run.target = Bilingual::same("<script>alert(1)</script>");
    let text = to_html(&run, &catalogue.requirements).unwrap();
    assert!(!text.contains("<script>alert"));
}

#[test]
fn a_customer_reads_which_guesses_a_program_depends_on() {
    let text = sweep_page();
    let body = text.split_once("<main>").unwrap().1;
    insta::assert_snapshot!(body.split_once("</main>").unwrap().0);
}

#[test]
fn a_harness_that_broke_says_nothing_of_a_program() {
    let (catalogue, mut sweep) = sweep_of_every_survival();
    let mut broken = sweep.rows.swap_remove(2);
    let reason = Bilingual::same("no simulator");
    broken.plays[0].outcome = Outcome::HarnessError { reason, transcript: Vec::new() };
    broken.plays.truncate(1);
    sweep.rows = vec![broken];
    let page = sweep_to_html(&sweep, &catalogue.requirements).unwrap();
    assert!(page.contains("nothing can be said of your program") && page.contains("no simulator"));
    assert!(!page.contains("Your program depends on a guess"));
}

#[test]
fn the_badge_tells_the_verdict() {
    let (_, run) = run_of_every_outcome();
    insta::assert_snapshot!(to_badge(&run));
}
