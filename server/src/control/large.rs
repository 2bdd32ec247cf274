//! Bodies that may hold a whole world: bounded, and read straight into their type.
//!
//! The whole of a world is in memory three times at most: as its text, as what it says, and in the store.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};

use super::problem::Problem;
use crate::world::blocking;

/// The largest world: some 10 kB a certificate.
pub(super) const MEBIBYTES: usize = 64;
/// Numbers, texts, lists and objects in it, of which each may take 100 bytes of memory: a certificate has some 45, a record
/// of the journal some 20.
const VALUES: usize = 600_000;

/// JSON from a body, with a problem document for what isn't.
pub(super) struct Large<T>(pub(super) T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequest<S> for Large<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = Bytes::from_request(request, state).await;
        read(json.map_err(|rejection| Problem::new(rejection.status(), &rejection.body_text()))?)
            .await
            .map(Self)
    }
}

/// Reads JSON of somebody else's, which may be long.
///
/// # Errors
/// A problem document that names the place of what is wrong.
pub(super) async fn read<T: DeserializeOwned + Send + 'static>(json: Bytes) -> Result<T, Problem> {
    blocking(move || {
        if values(&json) > VALUES {
            return Err(too_large(format!("the body has more than {VALUES} values")));
        }
        Json::<T>::from_bytes(&json).map(|Json(read)| read).map_err(|rejection| {
            let text = rejection.body_text();
            let told = text.strip_prefix("Failed to deserialize the JSON body into the target type: ");
            Problem::new(rejection.status(), told.unwrap_or(&text))
        })
    })
    .await
}

/// How many values there are in a JSON text, counted by what stands between them. Of what is no JSON, some number.
fn values(json: &[u8]) -> usize {
    let (mut values, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b':' | b'[' | b'{' if !in_text => values += 1,
            _ => {}
        }
    }
    values
}

fn too_large(detail: String) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, &detail)
}

/// A type of several members, from an object alone: serde would take a list of them in their order as well.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_wherever_they_stand_and_texts_count_once() {
        for (json, count) in [
            ("1", 1),
            ("[]", 2),
            (r#"{"a":0}"#, 3),
            (r#"[{"a":0},{"a":0}]"#, 7),
            (r#""[,{:\",[""#, 1),
            (r#"["\\",1]"#, 3),
            ("", 1),
        ] {
            assert_eq!(values(json.as_bytes()), count, "{json}");
        }
    }
}
