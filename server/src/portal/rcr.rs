//! `/p/rcr`: 電子証明書発行申請. Two forms, for 医療機関等 and for 医療保険者等, a page to confirm, and then it is up to the
//! registration authority.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::form::{self, Form};
use super::labels::Labels;
use super::paths::{RCR, Step};
use super::seal;
use super::sessions;
use crate::authority::{Applicant, Application, ApplicationForm};
use crate::entropy;
use crate::profile::{Layout, Paths, Wire};
use crate::session::SessionId;
use crate::terms::{Holder, ShortText, SubmissionId, Telephone};
use crate::world::{World, WorldError};

const CONFIRM: &str = "rcr.confirm";

pub(super) fn routes(paths: Paths) -> Router<Arc<World>> {
    let router = Router::new().route(RCR, get(menu)).route(Step::Order.route(paths), post(apply));
    [Applicant::Institution, Applicant::Insurer].into_iter().fold(router, |router, applicant| {
        router
            .route(Step::Enter(applicant).route(paths), entering(applicant))
            .route(Step::Check(applicant).route(paths), checking(applicant))
    })
}

fn entering(applicant: Applicant) -> MethodRouter<Arc<World>> {
    get(move |State(world): State<Arc<World>>, headers: HeaderMap| async move {
        match sessions::opened(&world, &headers) {
            Ok(session) => {
                let fields = Fields::empty(applicant, &world);
                page(&world, session, applicant, "rcr.form", fields)
            }
            Err(invalid) => answer::session_invalid(&world, invalid),
        }
    })
}

fn checking(applicant: Applicant) -> MethodRouter<Arc<World>> {
    post(move |State(world): State<Arc<World>>, request: Request| async move {
        check(&world, applicant, request).await
    })
}

/// What the confirmation page carries on.
#[derive(Serialize, Deserialize)]
struct Checked {
    submission: SubmissionId,
    form: ApplicationForm,
}

#[derive(Template)]
#[template(path = "rcr_menu.html")]
struct MenuPage {
    institution: &'static str,
    insurer: &'static str,
}

#[derive(Template)]
#[template(path = "rcr_form.html")]
struct FormPage<'a> {
    action: &'static str,
    wire: &'a Wire,
    table: bool,
    hidden: Vec<(String, String)>,
    applicant: &'static str,
    fields: Fields,
    focus: &'static str,
}

#[derive(Template)]
#[template(path = "rcr_confirm.html")]
struct ConfirmPage<'a> {
    action: &'static str,
    wire: &'a Wire,
    hidden: Vec<(String, String)>,
    rows: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "rcr_accepted.html")]
struct AcceptedPage<'a> {
    paragraphs: [&'a str; 2],
    rows: Vec<(&'static str, String)>,
}

/// A field: what it is called by people and by programs, what was typed, and what is wrong with that.
struct Field {
    id: &'static str,
    label: &'static str,
    name: String,
    typed: String,
    error: Option<String>,
}

/// The fields in their order: code, name, department, telephone, mail address twice, terminal name, number.
struct Fields([Field; 8]);

impl Fields {
    fn empty(applicant: Applicant, world: &World) -> Self {
        let labels = Labels(world.profile.html.labels);
        let (mails, [holder, name, department, telephone, terminal, certificates]) =
            (&world.profile.wire_ru, world.profile.wire.application_fields.names());
        let field = |id, label, name: &str| Field {
            id,
            label,
            name: name.to_owned(),
            typed: String::new(),
            error: None,
        };
        Self([
            field("holder", labels.holder(applicant), holder),
            field("name", labels.holder_name(applicant), name),
            field("department", labels.department(), department),
            field("telephone", labels.telephone(), telephone),
            field("email", labels.email(), &mails.email),
            field("email_confirmation", labels.email_confirmation(), &mails.email_confirmation),
            field("terminal_name", labels.terminal_name(), terminal),
            field("certificates", labels.certificates(), certificates),
        ])
    }

    /// As they were posted. Only in a code and in a number nobody means blanks and hyphens.
    fn posted(applicant: Applicant, form: &Form, world: &World) -> Self {
        let mut fields = Self::empty(applicant, world);
        for field in &mut fields.0 {
            field.typed = match field.id {
                "holder" | "certificates" => form.text(&field.name, world),
                _ => form.line(&field.name, world).to_owned(),
            };
        }
        fields
    }

    /// Reads them, or notes beside each what is wrong with it.
    fn read(&mut self, applicant: Applicant, world: &World) -> Option<ApplicationForm> {
        let messages = &world.profile.messages;
        let [holder, name, department, telephone, email, again, terminal_name, certificates] = &self.0;
        let text = |field: &Field| form::parse::<ShortText>(&field.typed, &messages.name_format, world);
        let email = form::address_twice([&email.typed, &again.typed], messages);
        let read = (
            read_holder(&holder.typed, applicant, world),
            text(name),
            text(department),
            form::parse::<Telephone>(&telephone.typed, &messages.telephone_format, world),
            text(terminal_name),
            read_number(&certificates.typed, world),
        );
        if let (Ok(holder), Ok(name), Ok(department), Ok(telephone), Ok(terminal_name), Ok(certificates)) =
            &read
            && let Ok(email) = &email
        {
            return Some(ApplicationForm {
                applicant,
                holder: holder.clone(),
                name: name.clone(),
                department: department.clone(),
                telephone: telephone.clone(),
                email: email.clone(),
                terminal_name: terminal_name.clone(),
                certificates: *certificates,
            });
        }
        let [email, again] = email.err().unwrap_or_default();
        let told = |error: Option<&str>| error.map(str::to_owned);
        let errors = [
            told(read.0.err()),
            told(read.1.err()),
            told(read.2.err()),
            told(read.3.err()),
            told(email),
            told(again),
            told(read.4.err()),
            read.5.err(),
        ];
        for (field, error) in self.0.iter_mut().zip(errors) {
            field.error = error;
        }
        None
    }

    fn are_right(&self) -> bool {
        self.0.iter().all(|field| field.error.is_none())
    }

    fn focus(&self) -> &'static str {
        form::focus(&self.0.each_ref().map(|field| (field.id, field.error.as_deref())))
    }
}

/// The code of this kind of applicant, or a 受付番号.
fn read_holder<'a>(typed: &str, applicant: Applicant, world: &'a World) -> Result<Holder, &'a str> {
    let messages = &world.profile.messages;
    let format = match applicant {
        Applicant::Institution => &messages.institution_code_format,
        Applicant::Insurer => &messages.insurer_number_format,
    };
    let holder: Holder = form::parse(typed, format, world)?;
    let is_of_applicant = match holder {
        Holder::Institution(_) => applicant == Applicant::Institution,
        Holder::Insurer(_) => applicant == Applicant::Insurer,
        Holder::Reception(_) => true,
    };
    if !is_of_applicant {
        return Err(format);
    }
    let is_nowhere = holder.must_name_prefecture() && holder.prefecture().is_none();
    let is_mistyped = world.profile.application.check_digits && !holder.has_valid_check_digit();
    if is_nowhere || is_mistyped { Err(&messages.code_check_digit) } else { Ok(holder) }
}

fn read_number(typed: &str, world: &World) -> Result<u32, String> {
    let (messages, most) = (&world.profile.messages, world.profile.application.max_certificates);
    if typed.is_empty() {
        return Err(messages.required.clone());
    }
    let digits = typed.len() <= 2 && typed.bytes().all(|byte| byte.is_ascii_digit());
    let number = typed.parse().ok().filter(|number| digits && (1..=most).contains(number));
    number.ok_or_else(|| messages.certificates_format.replace("{most}", &most.to_string()))
}

async fn menu(State(world): State<Arc<World>>, headers: HeaderMap) -> Answer {
    let session = match sessions::opened_or_new(&world, &headers) {
        Ok(session) => session,
        Err(invalid) => return answer::session_invalid(&world, invalid),
    };
    let enter = |applicant| Step::Enter(applicant).route(world.profile.wire.paths);
    let page = MenuPage { institution: enter(Applicant::Institution), insurer: enter(Applicant::Insurer) };
    Answer::page(&world, "rcr.menu", StatusCode::OK, &page).session(&world, session)
}

/// 次へ: reads the form and shows what was typed.
async fn check(world: &World, applicant: Applicant, request: Request) -> Response {
    let (session, form) = match form::of_session(world, request, page_of(applicant)).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let mut fields = Fields::posted(applicant, &form, world);
    let Some(form) = fields.read(applicant, world) else {
        return page(world, session, applicant, "rcr.invalid", fields).into_response();
    };
    // Twice the same would make one application of two, so a seed must not decide it.
    let checked = Checked { submission: SubmissionId::draw(&mut entropy::unrepeatable()), form };
    let page = ConfirmPage {
        action: Step::Order.route(world.profile.wire.paths),
        wire: &world.profile.wire,
        hidden: seal::hidden_fields(world, session, CONFIRM, &checked),
        rows: rows(&checked.form, world),
    };
    Answer::page(world, "rcr.confirm", StatusCode::OK, &page).session(world, session).into_response()
}

/// 申請. Sent twice, it is one application.
async fn apply(State(world): State<Arc<World>>, request: Request) -> Response {
    let (session, form) = match form::of_session(&world, request, CONFIRM).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let checked = seal::open(&world, session, CONFIRM, form.raw(&world.profile.wire_ru.state));
    let Some(Checked { submission, form }) = checked else {
        return answer::out_of_order(&world);
    };
    let answer = match world.apply(submission, form).await {
        Ok(application) => accepted(&world, &application),
        Err(WorldError::Refused(refusal)) => {
            let text = refusal.text(&world.profile.messages);
            answer::refused(&world, refusal.outcome(), "発行を申請できません", text, RCR)
        }
        Err(error) => answer::failed(&world, &error, RCR),
    };
    answer.session(&world, session).into_response()
}

/// The name of a form's page, to which its token is tied.
fn page_of(applicant: Applicant) -> &'static str {
    match applicant {
        Applicant::Institution => "rcr.institution",
        Applicant::Insurer => "rcr.insurer",
    }
}

fn page(
    world: &World,
    session: SessionId,
    applicant: Applicant,
    outcome: &'static str,
    fields: Fields,
) -> Answer {
    let status = if fields.are_right() { 200 } else { world.profile.http.refusal_status };
    let page = FormPage {
        action: Step::Check(applicant).route(world.profile.wire.paths),
        wire: &world.profile.wire,
        table: world.profile.html.layout == Layout::Table,
        hidden: form::hidden_fields(world, session, page_of(applicant)),
        applicant: match applicant {
            Applicant::Institution => "医療機関等",
            Applicant::Insurer => "医療保険者等",
        },
        focus: fields.focus(),
        fields,
    };
    Answer::page(world, outcome, answer::status(status), &page).session(world, session)
}

/// What was typed, for the page that shows it again.
fn rows(form: &ApplicationForm, world: &World) -> Vec<(&'static str, String)> {
    let labels = Labels(world.profile.html.labels);
    vec![
        (labels.holder(form.applicant), form.holder.to_string()),
        (labels.holder_name(form.applicant), form.name.to_string()),
        (labels.department(), form.department.to_string()),
        (labels.telephone(), form.telephone.to_string()),
        (labels.email(), form.email.to_string()),
        (labels.terminal_name(), form.terminal_name.to_string()),
        (labels.certificates(), form.certificates.to_string()),
    ]
}

fn accepted(world: &World, application: &Application) -> Answer {
    let messages = &world.profile.messages;
    let next = messages.application_accepted_next.replace("{email}", application.form.email.as_str());
    let page = AcceptedPage {
        paragraphs: [&messages.application_accepted, &next],
        rows: vec![("申請番号", application.number.to_string())],
    };
    Answer::page(world, "rcr.accepted", StatusCode::OK, &page)
}
