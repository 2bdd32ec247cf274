//! JUnit XML as CI systems read it: Jenkins' and GitLab's readers agree on this much.

use std::collections::BTreeMap;

use obn_conformance::{sweep_to_junit, to_junit};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::reports::run_of_every_outcome;
use crate::sweep::sweep_of_every_survival;

type Attributes = BTreeMap<String, String>;

/// An element that is open, and what was counted inside.
struct Open {
    name: String,
    attributes: Attributes,
    counts: BTreeMap<&'static str, usize>,
}

/// What may stand in what.
fn may_hold(outer: &str, inner: &str) -> bool {
    matches!(
        (outer, inner),
        ("", "testsuites")
            | ("testsuites", "testsuite")
            | ("testsuite", "properties" | "testcase" | "system-out" | "system-err")
            | ("properties", "property")
            | ("testcase", "skipped" | "error" | "failure" | "system-out" | "system-err")
    )
}

fn wanted_attributes(name: &str) -> &'static [&'static str] {
    match name {
        "testsuites" | "testsuite" => &["name", "tests", "failures", "errors"],
        "testcase" => &["name", "classname", "time"],
        "property" => &["name", "value"],
        "failure" | "error" | "skipped" => &["message"],
        _ => &[],
    }
}

fn opened(tag: &BytesStart<'_>, outer: &str) -> Open {
    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
    assert!(may_hold(outer, &name), "<{name}> in <{outer}>");
    let attributes: Attributes = tag
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
            (key, String::from_utf8(attribute.value.to_vec()).unwrap())
        })
        .collect();
    for wanted in wanted_attributes(&name) {
        assert!(attributes.contains_key(*wanted), "<{name}> without {wanted}");
    }
    if let Some(time) = attributes.get("time") {
        assert!(time.parse::<f64>().unwrap() >= 0.0);
    }
    Open { name, attributes, counts: BTreeMap::new() }
}

/// The numbers that an element tells are the numbers of what is inside.
fn closed(open: &Open) {
    for (key, inner) in
        [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
    {
        if let Some(told) = open.attributes.get(key) {
            let counted = open.counts.get(inner).copied().unwrap_or_default();
            assert_eq!(told.parse::<usize>().unwrap(), counted, "{key} of <{}>", open.name);
        }
    }
    if open.name == "testcase" {
        let results = ["failure", "error", "skipped"].map(|inner| open.counts.get(inner).unwrap_or(&0));
        assert!(results.into_iter().sum::<usize>() <= 1, "one result a test case");
    }
}

#[test]
fn the_report_has_the_structure_that_ci_systems_read() {
    let (catalogue, run) = run_of_every_outcome();
    let xml = to_junit(&run, &catalogue.requirements).unwrap();
    assert_eq!(test_cases(&xml), run.plays.len());
}

#[test]
fn so_has_the_report_of_a_sweep() {
    let (catalogue, sweep) = sweep_of_every_survival();
    let xml = sweep_to_junit(&sweep, &catalogue.requirements).unwrap();
    assert_eq!(test_cases(&xml), sweep.rows.len());
}

/// Checks the structure, and counts.
fn test_cases(xml: &str) -> usize {
    let mut reader = Reader::from_str(xml);
    let mut stack: Vec<Open> = Vec::new();
    let mut cases = 0;
    loop {
        let event = reader.read_event().unwrap();
        let (tag, empty) = match &event {
            Event::Start(tag) => (tag, false),
            Event::Empty(tag) => (tag, true),
            Event::End(_) => {
                closed(&stack.pop().unwrap());
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let open = opened(tag, stack.last().map_or("", |open| &open.name));
        for outer in &mut stack {
            for inner in ["testcase", "failure", "error", "skipped"].into_iter().filter(|it| *it == open.name)
            {
                *outer.counts.entry(inner).or_default() += 1;
            }
        }
        cases += usize::from(open.name == "testcase");
        match empty {
            true => closed(&open),
            false => stack.push(open),
        }
    }
    assert!(stack.is_empty());
    cases
}
