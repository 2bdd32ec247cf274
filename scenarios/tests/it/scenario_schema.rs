//! The published schema of scenario files takes what the reader takes, and no more.

use obn_conformance::{Catalogue, ClientScenario, Scenario, ScenarioKind, scenario_schema};
use serde_json::Value;

fn schema(kind: Option<ScenarioKind>) -> Value {
    serde_json::from_str(&scenario_schema(kind)).unwrap()
}

fn kind(file: &str) -> ScenarioKind {
    if file.starts_with("client/") { ScenarioKind::Client } else { ScenarioKind::Portal }
}

fn document(text: &str) -> Value {
    toml::from_str(text).unwrap()
}

#[test]
fn every_scenario_fits_the_schema_of_its_kind_and_that_of_both() {
    let validator = |kind| jsonschema::draft202012::new(&schema(kind)).unwrap();
    let (portal, client) = (validator(Some(ScenarioKind::Portal)), validator(Some(ScenarioKind::Client)));
    let both = validator(None);
    let folder: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    for head in Catalogue::embedded().unwrap().heads() {
        let document = document(&std::fs::read_to_string(folder.join(&head.file)).unwrap());
        let (own, other) = match kind(&head.file) {
            ScenarioKind::Portal => (&portal, &client),
            ScenarioKind::Client => (&client, &portal),
        };
        for validator in [own, &both] {
            let told = validator.iter_errors(&document).map(|error| error.to_string()).collect::<Vec<_>>();
            assert_eq!(told, [""; 0], "{}", head.file);
        }
        assert!(!other.is_valid(&document), "{} is of the other kind as well", head.file);
    }
}

#[test]
fn the_schemas_are_schemas() {
    for kind in [Some(ScenarioKind::Portal), Some(ScenarioKind::Client), None] {
        assert!(jsonschema::draft202012::meta::is_valid(&schema(kind)), "{kind:?}");
    }
}

/// Whoever writes a scenario in an editor reads there what a step does, and what belongs to it.
#[test]
fn every_step_and_everything_that_belongs_to_one_is_described() {
    let schema = schema(None);
    let mut silent = Vec::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        if definition.get("description").is_none() {
            silent.push(name.clone());
        }
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            // The key that names a step is described by the step.
            let is_name = name.ends_with(&format!("_{key}"));
            let is_described = property.get("description").is_some() || property.get("$ref").is_some();
            if !is_name && !is_described {
                silent.push(format!("{name}.{key}"));
            }
        }
    }
    assert_eq!(silent, [""; 0]);
}

const HEAD: &str = "name = \"x\"\nlevel = \"core\"\nshows = [\"RCD-001\"]\n";

/// What is wrong, in the file of a portal's scenario (`true`) or of a client's.
const WRONG: [(bool, &str); 22] = [
    (true, r#"nmae = "y""#),
    (true, "ja = 1"),
    (true, "sweep = false"),
    (true, "given = { clok = \"2026-11-24T10:00:00+09:00\" }"),
    (true, "given = { ipv6 = \"yes\" }"),
    (true, r#"cases = [{ values = { a = "b" } }]"#),
    (true, r#"steps = [{ opne = "/p/rcd" }]"#),
    (true, r#"steps = [{ open = 1 }]"#),
    (true, r#"steps = [{ fill = "x" }]"#),
    (true, r#"steps = [{ see = "x", with = "y" }]"#),
    (true, r#"steps = [{ open = "/", press = "x" }]"#),
    (true, r#"steps = [{ reload = false }]"#),
    (true, r#"steps = [{ field = "x", holds = "y", hides = true }]"#),
    (true, r#"steps = [{ expect = { file = "x", pasword = "y" } }]"#),
    (true, r#"steps = [{ fault = { name = "x", times = -1 } }]"#),
    (true, "steps = []"),
    (false, r#"given = { starts = 1 }"#),
    (false, r#"steps = [{ run = "fly" }]"#),
    (false, r#"steps = [{ run = "root", outptu = "x" }]"#),
    (false, r#"steps = [{ happened = "x", times = 1, at_most = 2 }]"#),
    (false, r#"steps = [{ write = "../../x" }]"#),
    (false, r#"steps = [{ run = "root", output = "/etc/x" }]"#),
];

#[test]
fn what_the_reader_does_not_take_does_not_fit() {
    for (is_portal, line) in WRONG {
        let steps = match (line.starts_with("steps"), is_portal) {
            (true, _) => "",
            (false, true) => "steps = [{ open = \"/\" }]\n",
            (false, false) => "steps = [{ run = \"root\" }]\n",
        };
        let text = format!("{HEAD}{line}\n{steps}");
        let (kind, read) = match is_portal {
            true => (ScenarioKind::Portal, Scenario::parse("portal/x.toml", &text).map(drop)),
            false => (ScenarioKind::Client, ClientScenario::parse("client/x.toml", &text).map(drop)),
        };
        let schema = schema(Some(kind));
        assert!(read.is_err(), "the reader takes {line}");
        assert!(!jsonschema::draft202012::is_valid(&schema, &document(&text)), "the schema takes {line}");
    }
}

#[test]
fn what_the_reader_takes_fits() {
    for line in [
        r#"steps = [{ field = "x", hides = true }, { field = "y" }, { watch = "x", goes = ["a"] }]"#,
        r#"steps = [{ choose = "x" }, { choose = "x", with = "1234" }, { status = 200, shows = ["RCD-001"] }]"#,
    ] {
        let text = format!("{HEAD}{line}\n");
        let schema = schema(Some(ScenarioKind::Portal));
        Scenario::parse("portal/x.toml", &text).unwrap();
        assert!(jsonschema::draft202012::is_valid(&schema, &document(&text)), "{line}");
    }
}
