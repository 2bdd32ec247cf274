//! What one page tells the next through the browser, sealed: hidden fields that the browser carries
//! and can neither read nor change. So no page of several steps costs state on the server.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use rand_core::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form;
use crate::entropy;
use crate::session::SessionId;
use crate::world::World;

/// The hidden fields of every form of a page, and what it tells the next.
pub(super) fn hidden_fields<T: Serialize>(
    world: &World,
    session: SessionId,
    page: &str,
    state: &T,
) -> Vec<(String, String)> {
    let mut hidden = form::hidden_fields(world, session, page);
    hidden.push((world.profile.wire_ru.state.clone(), seal(world, session, page, state)));
    hidden
}

/// Seals a value for one session and one purpose.
fn seal<T: Serialize>(world: &World, session: SessionId, purpose: &str, value: &T) -> String {
    seal_for(world, &format!("{session} {purpose}"), value)
}

/// Seals a value for what this text names.
pub(super) fn seal_for<T: Serialize>(world: &World, context: &str, value: &T) -> String {
    let mut content = serde_json::to_vec(value).expect("what pages remember has a form in JSON");
    let mut nonce = [0; NONCE_LEN];
    // Twice the same nonce would give the key away, so a seed must not decide it.
    entropy::unrepeatable().fill_bytes(&mut nonce);
    key(world)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut content)
        .expect("a form's content is short");
    BASE64URL.encode([nonce.as_slice(), &content].concat())
}

/// Opens what [`seal`] sealed. `None`: made up, changed, or of another session or purpose.
pub(super) fn open<T: DeserializeOwned>(
    world: &World,
    session: SessionId,
    purpose: &str,
    sealed: &str,
) -> Option<T> {
    open_for(world, &format!("{session} {purpose}"), sealed)
}

/// Opens what [`seal_for`] sealed.
pub(super) fn open_for<T: DeserializeOwned>(world: &World, context: &str, sealed: &str) -> Option<T> {
    let bytes = BASE64URL.decode(sealed).ok()?;
    let (nonce, content) = bytes.split_at_checked(NONCE_LEN)?;
    let mut content = content.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let opened = key(world).open_in_place(nonce, Aad::from(context), &mut content).ok()?;
    serde_json::from_slice(opened).ok()
}

fn key(world: &World) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, &world.sealing_key());
    LessSafeKey::new(key.expect("a key of AES-256 has 32 bytes"))
}
