//! Control: its description (OpenAPI).

use obn_tests::Environment;
use serde_json::Value;

#[tokio::test]
async fn the_description_is_valid_and_names_every_call() {
    let env = Environment::start().await;
    let description = env.control.json("/openapi.json").await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    for (path, methods) in [
        ("/notices", &["get", "post"][..]),
        ("/notices/{request_id}", &["get"]),
        ("/notices/{request_id}/print", &["get"]),
        ("/certificates", &["get"]),
        ("/certificates/{serial}", &["get"]),
        ("/certificates/{serial}/revoke", &["post"]),
        ("/clock", &["get", "put"]),
        ("/clock/advance", &["post"]),
        ("/sessions", &["get", "delete"]),
        ("/journal", &["get"]),
        ("/journal/stream", &["get"]),
        ("/journal/contents", &["get", "put"]),
        ("/journal.har", &["get"]),
        ("/world", &["get", "put"]),
        ("/reset", &["post"]),
        ("/root.pem", &["get"]),
        ("/issuer.pem", &["get"]),
        ("/profile", &["get"]),
    ] {
        for prefix in ["/api/v1", "/api/v1/worlds/{world}"] {
            for method in methods {
                let call = &description["paths"][format!("{prefix}{path}")][method];
                assert!(call["responses"].is_object(), "{method} {prefix}{path}");
            }
        }
    }
    for (path, method) in [("/worlds", "get"), ("/worlds", "post"), ("/worlds/{world}", "delete")] {
        assert!(description["paths"][format!("/api/v1{path}")][method].is_object(), "{method} {path}");
    }
    references(&description, &description);
}

/// Every `$ref` leads somewhere.
fn references(value: &Value, document: &Value) {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').expect("references are inside");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| references(member, document)),
        Value::Array(items) => items.iter().for_each(|item| references(item, document)),
        _ => {}
    }
}

#[tokio::test]
async fn the_path_parameters_of_every_call_are_described() {
    let env = Environment::start().await;
    let description = env.control.json("/openapi.json").await;
    let mut missing = Vec::new();
    for (path, calls) in description["paths"].as_object().unwrap() {
        let wanted = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for name in wanted {
            for (method, call) in calls.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
                let listed = |list: &Value| {
                    list.as_array()
                        .is_some_and(|list| list.iter().any(|p| p["name"] == name && p["in"] == "path"))
                };
                if !listed(&call["parameters"]) && !listed(&calls["parameters"]) {
                    missing.push(format!("{method} {path}: {name}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "OpenAPI wants every path parameter described:\n{}", missing.join("\n"));
}
