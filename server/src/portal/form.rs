//! Forms as browsers post them: read within limits, checked for their origin, and normalised.

use std::str::FromStr;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Response};

use super::sessions::{self, Invalid};
use super::{answer, charset, host_of};
use crate::limits::Limits;
use crate::profile::{Messages, Normalise};
use crate::session::SessionId;
use crate::terms::{EmailAddress, EmailError};
use crate::world::World;

/// The fields of a form, as posted.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body of a POST.
    ///
    /// # Errors
    /// The answer of a plain web server to what is too large, too slow or no form.
    pub(super) async fn read(world: &World, request: Request) -> Result<Self, Response> {
        let limits = request.extensions().get::<Limits>().copied().unwrap_or_default();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(answer::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body = axum::body::to_bytes(request.into_body(), limits.body_bytes);
        let bytes = match tokio::time::timeout(limits.body, body).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) if is_too_large(&error) => {
                return Err(answer::plain(StatusCode::PAYLOAD_TOO_LARGE));
            }
            Ok(Err(_)) => return Err(answer::plain(StatusCode::BAD_REQUEST)),
            Err(_) => return Err(answer::plain(StatusCode::REQUEST_TIMEOUT)),
        };
        Ok(Self(charset::read_form(world.profile.html.charset, &bytes)))
    }

    /// The field of this name as typed; empty if it isn't there. Of two, the first.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// The field of this name, normalised as the profile says.
    pub(super) fn text(&self, name: &str, world: &World) -> String {
        normalise(self.raw(name), world.profile.input.normalise)
    }

    /// The same of a text in which hyphens and blanks count, such as a name or an address: of all that
    /// `input.normalise` does only the trimming is for it.
    pub(super) fn line(&self, name: &str, world: &World) -> &str {
        match world.profile.input.normalise {
            Normalise::None => self.raw(name),
            Normalise::Trim | Normalise::Fold => self.raw(name).trim(),
        }
    }

    /// The session that this form belongs to, if it came from a page of ours.
    ///
    /// # Errors
    /// What is wrong: another site, no session, an old one, no token.
    pub(super) fn session(
        &self,
        world: &World,
        headers: &HeaderMap,
        page: &str,
    ) -> Result<SessionId, Invalid> {
        if is_cross_site(headers) {
            return Err(Invalid::step("session.cross_site"));
        }
        let id = sessions::opened(world, headers)?;
        let hidden = |name: &String| world.sessions.form_token_fits(id, name, self.raw(name));
        let token = self.raw(&world.profile.wire.token);
        if !world.sessions.form_token_fits(id, page, token)
            || !world.profile.html.extra_hidden.iter().all(hidden)
        {
            return Err(Invalid::step("session.out_of_order"));
        }
        Ok(id)
    }
}

/// Reads the form of a page, posted in a session that goes on with it.
///
/// # Errors
/// As [`Form::read`], or セッション無効.
pub(super) async fn of_session(
    world: &World,
    request: Request,
    page: &str,
) -> Result<(SessionId, Form), Response> {
    let headers = request.headers().clone();
    let form = Form::read(world, request).await?;
    match form.session(world, &headers, page) {
        Ok(session) => Ok((session, form)),
        Err(invalid) => Err(answer::session_invalid(world, invalid).into_response()),
    }
}

/// The hidden fields of every form of a page, in order: the token, then what the profile adds.
pub(super) fn hidden_fields(world: &World, id: SessionId, page: &str) -> Vec<(String, String)> {
    let token = (world.profile.wire.token.clone(), world.sessions.form_token(id, page));
    let extra = world.profile.html.extra_hidden.iter();
    std::iter::once(token)
        .chain(extra.map(|name| (name.clone(), world.sessions.form_token(id, name))))
        .collect()
}

/// What was typed into a field that must be filled in.
///
/// # Errors
/// The message beside the field: that it is required, or this one.
pub(super) fn parse<'a, T: FromStr>(text: &str, message: &'a str, world: &'a World) -> Result<T, &'a str> {
    text.parse().map_err(|_| if text.is_empty() { world.profile.messages.required.as_str() } else { message })
}

/// A mail address that was typed twice.
///
/// # Errors
/// The messages beside the two fields.
pub(super) fn address_twice<'a>(
    typed: [&str; 2],
    messages: &'a Messages,
) -> Result<EmailAddress, [Option<&'a str>; 2]> {
    match typed[0].parse::<EmailAddress>() {
        _ if typed[0].is_empty() => Err([Some(messages.required.as_str()), None]),
        Err(EmailError::Format) => Err([Some(messages.email_format.as_str()), None]),
        Err(EmailError::TooLong) => Err([Some(messages.email_too_long.as_str()), None]),
        Ok(_) if typed[1].is_empty() => Err([None, Some(messages.required.as_str())]),
        Ok(_) if typed[0] != typed[1] => Err([None, Some(messages.email_mismatch.as_str())]),
        Ok(email) => Ok(email),
    }
}

/// The field that gets the focus: the first with a message, otherwise the first.
pub(super) fn focus(fields: &[(&'static str, Option<&str>)]) -> &'static str {
    let wrong = fields.iter().find(|(_, message)| message.is_some());
    wrong.or(fields.first()).map_or("", |(field, _)| field)
}

/// Whether a browser says that another site sent this. Programs say nothing, and are let through
/// to the token.
fn is_cross_site(headers: &HeaderMap) -> bool {
    fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        headers.get(name)?.to_str().ok()
    }
    if text(headers, "sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    match (text(headers, "origin"), text(headers, "host")) {
        // What has no form in ASCII is somebody else's.
        (None, _) => headers.contains_key("origin"),
        (Some("null"), _) => true,
        (Some(origin), Some(host)) => {
            let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
            let same = host_of(authority).zip(host_of(host)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
            !same
        }
        _ => false,
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    use std::error::Error;
    std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source())
        .any(|cause| cause.is::<http_body_util::LengthLimitError>())
}

fn normalise(text: &str, how: Normalise) -> String {
    match how {
        Normalise::None => text.to_owned(),
        Normalise::Trim => text.trim().to_owned(),
        Normalise::Fold => text.chars().map(half_width).filter(|c| !c.is_whitespace() && *c != '-').collect(),
    }
}

/// Full-width ASCII lies at a fixed distance from ASCII.
fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_normalised_as_the_profile_says() {
        assert_eq!(normalise(" 12 34\u{3000}", Normalise::None), " 12 34\u{3000}");
        assert_eq!(normalise(" 12 34\u{3000}", Normalise::Trim), "12 34");
        assert_eq!(normalise("１２－34\u{3000}ＡＢ", Normalise::Fold), "1234AB");
    }
}
