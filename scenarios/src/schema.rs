//! The JSON schema of scenario files, made from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::client::{self, ClientFile};
use crate::portal::{self, PortalFile};

/// About what a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ScenarioKind {
    /// What a portal must do.
    Portal,
    /// What a client must do, or must not do.
    Client,
}

/// The JSON schema (2020-12) of the scenario files of a kind; otherwise of both.
pub fn scenario_schema(kind: Option<ScenarioKind>) -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut document = match kind {
        Some(kind) => of(kind, &mut generator),
        None => {
            for (name, kind) in [("portal", ScenarioKind::Portal), ("client", ScenarioKind::Client)] {
                let schema = of(kind, &mut generator);
                generator.definitions_mut().insert(name.to_owned(), schema);
            }
            json!({ "anyOf": [{ "$ref": "#/$defs/portal" }, { "$ref": "#/$defs/client" }] })
        }
    };
    document["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    document["title"] = json!(match kind {
        Some(ScenarioKind::Portal) => "A scenario of a portal",
        Some(ScenarioKind::Client) => "A scenario of a client",
        None => "A scenario of a portal or of a client",
    });
    document["$defs"] = Value::Object(generator.take_definitions(false));
    let mut schema = Schema::try_from(document).expect("an object is a schema");
    RecursiveTransform(without_null).transform(&mut schema);
    format!("{:#}\n", schema.to_value())
}

fn of(kind: ScenarioKind, generator: &mut SchemaGenerator) -> Value {
    match kind {
        ScenarioKind::Portal => portal::FORMAT.schema::<PortalFile>("portal", generator),
        ScenarioKind::Client => client::FORMAT.schema::<ClientFile>("client", generator),
    }
}

/// TOML has no null: what may be left out is not there.
fn without_null(schema: &mut Schema) {
    let null = json!("null");
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| *kind != null);
        if let [one] = types.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type") != Some(&null));
        if let [Value::Object(one)] = choices.as_slice() {
            let one = one.clone();
            schema.remove("anyOf");
            schema.ensure_object().extend(one);
        }
    }
}
