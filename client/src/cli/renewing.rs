//! Which certificate a command is about: one in the store, or one in a file.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::arrivals::Arrivals;
use super::context::Context;
use super::failure::Failure;
use super::output::{Report, may_overwrite, shown, tell};
use super::password::Wanted;
use super::present::{fact, identity_facts, identity_json};
use super::user_store::{self, Keys, UserStore, user_store};
use crate::pki::credential::Credential;
use crate::store::files::{is_taken, read_own_text};
use crate::{
    Claim, Client, Download, Entry, Error, Identity, Language, Origin, Pin, ReferenceId, RenewalKeeper,
    RenewalRecord, RenewalStatus, RenewedCertificate, RequestId, Store, check_room, read_file, remove_file,
    write_private,
};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct IdentityArguments {
    /// The certificate, as `obn list` names it [default: the current one]
    #[arg(conflicts_with = "identity")]
    name: Option<String>,
    /// A PFX file to authenticate with, instead of a certificate in the store
    #[arg(long, env = "OBN_IDENTITY", value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// The certificate is one that Windows keeps for the person who is signed in, by serial number; so is the new one then
    #[arg(long, conflicts_with = "identity")]
    pub(crate) windows_store: bool,
    /// The file that holds its password (or OBN_IDENTITY_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    identity_password_file: Option<PathBuf>,
    /// Where to write the PFX file [default: into the store; with --store into both]
    #[arg(long, env = "OBN_OUTPUT", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The file that holds the password for the new certificate, 4 digits (or OBN_NEW_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) new_password_file: Option<PathBuf>,
}

/// The certificate that is to be renewed.
pub(crate) struct Old {
    pub(crate) credential: Credential,
    pub(crate) entry: Option<Entry>,
    /// What becomes of the new key, where that goes to Windows: what could leave may leave again.
    pub(crate) keys: Keys,
}

impl Old {
    pub(crate) fn new(identity: Identity, entry: Option<Entry>) -> Self {
        Self { credential: identity.into(), entry, keys: Keys::Exportable }
    }
}

impl IdentityArguments {
    /// Opens the certificate that the arguments name.
    pub(crate) fn open(&self, context: &Context) -> Result<Old, Failure> {
        if let Some(file) = &self.identity {
            let identity = open_file(context, file, self.identity_password_file.as_deref())?;
            return Ok(Old::new(identity, None));
        }
        if self.windows_store {
            let (credential, keys) = user_store::credential(context, self.name.as_deref())?;
            return Ok(Old { credential, entry: None, keys });
        }
        let entry = context.entry(self.name.as_deref())?;
        Ok(Old::new(entry.identity()?, Some(entry)))
    }

    /// Opens the certificate that the arguments name, when no other process renews it with this store or from this file.
    pub(crate) async fn claimed(
        &self,
        context: &Context,
        store: Option<&Store>,
    ) -> Result<(Old, Option<Claim>), Failure> {
        let mut old = self.open(context)?;
        let Some(store) = store else {
            let Some(file) = &self.identity else { return Ok((old, None)) };
            let claim = context.claim_file(file, old.credential.certificate().serial()).await?;
            return Ok((old, Some(claim)));
        };
        loop {
            let claim = context.claim(store, old.credential.certificate().serial()).await?;
            if self.identity.is_some() {
                return Ok((old, Some(claim)));
            }
            // Whoever had it may have come to an end with it meanwhile.
            let now = self.open(context)?;
            if now.credential.certificate() == old.credential.certificate() {
                return Ok((now, Some(claim)));
            }
            old = now;
        }
    }

    /// The store that the result goes to, if it goes to one.
    pub(crate) fn store(&self, context: &Context) -> Result<Option<Store>, Failure> {
        let is_asked_for = self.identity.is_none() || self.out.is_none() || context.global.store.is_some();
        if is_asked_for { context.store().map(Some) } else { Ok(None) }
    }

    /// Where what the CA sends is kept until the new certificate is safe: beside the output, or the record in the store.
    /// It belongs to the certificate that is renewed, or to the request ID that is asked for.
    pub(crate) fn arrivals(
        &self,
        old: &Old,
        store: Option<&Store>,
        request_id: Option<&RequestId>,
    ) -> Arrivals {
        let target = self.out.clone().unwrap_or_else(|| self.record(old, store).path);
        let serial = old.credential.certificate().serial();
        Arrivals::beside(&target, request_id.map_or(serial, RequestId::as_str))
    }

    /// Where the record of a renewal lies, until the new certificate is safe.
    pub(crate) fn record(&self, old: &Old, store: Option<&Store>) -> RecordFile {
        let beside = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(".renewal");
            PathBuf::from(name)
        };
        let path = match (&old.entry, store, &self.out) {
            (Some(entry), Some(store), _) => store.folder().join(format!("{}.renewal", entry.name())),
            (_, _, Some(out)) => beside(out),
            (_, Some(store), None) => {
                store.folder().join(format!("{}.renewal", old.credential.certificate().serial()))
            }
            (_, None, None) => beside(Path::new("obn")),
        };
        RecordFile { path, shown_in: None }
    }
}

/// Opens a PFX file with the password that the environment or the user gives.
pub(crate) fn open_file(
    context: &Context,
    file: &Path,
    password: Option<&Path>,
) -> Result<Identity, Failure> {
    let bytes = read_file(file)?;
    let password = Wanted {
        file: password,
        environment: &["OBN_IDENTITY_PASSWORD"],
        option: "--identity-password-file",
        is_new: false,
        japanese: "更新対象の証明書のパスワード",
        english: "password of the certificate to authenticate with",
    };
    let password = password.read(context.language)?;
    Ok(Identity::from_pfx(&bytes, &password).map_err(|error| Error::in_file(file, error))?)
}

/// Puts a renewed certificate where it belongs, and only then drops the record of the renewal.
pub(crate) async fn keep_renewed(
    context: &Context,
    arguments: &IdentityArguments,
    old: &Old,
    store: Option<&Store>,
    renewed: &RenewedCertificate,
    (record, arrivals): (&mut RecordFile, &Arrivals),
    done: String,
) -> Result<Report, Failure> {
    let Download { pfx, identity, .. } = &renewed.download;
    let mut json = identity_json(context, identity);
    json["request_id"] = json!(renewed.request_id.as_ref().map(ToString::to_string));
    json["reference_id"] = json!(renewed.reference_id.as_ref().map(ToString::to_string));
    json["renewed"] = json!(true);
    let mut facts = Vec::new();
    if let Some(id) = &renewed.request_id {
        facts.push(fact(context, "リクエスト ID", "request ID", id.to_string()));
    }
    if let Some(id) = &renewed.reference_id {
        // It is needed to revoke this certificate, and no letter comes with it.
        facts.push(fact(context, "リファレンス ID", "reference ID", id.to_string()));
    }
    let written = arguments.out.as_deref().map(|out| write_private(out, pfx));
    let origin = Origin {
        request_id: renewed.request_id.clone(),
        reference_id: renewed.reference_id.clone(),
        renews: old.entry.as_ref().map(|entry| entry.name().to_owned()),
    };
    // Only now the store is locked: others have had it while the site took its time.
    let entry = match store {
        Some(store) => {
            let locked = context.lock(store).await;
            Some(locked.and_then(|locked| Ok(locked.add(identity, pfx, &origin, &context.clock)?)))
        }
        None => None,
    };
    // Only now: one place that fails must not keep the key out of the other.
    written.transpose().map_err(|error| arrivals.not_stored(error))?;
    if let Some(out) = &arguments.out {
        facts.push(fact(context, "ファイル", "file", out.display().to_string()));
        json["file"] = shown(out);
    }
    if let Some(entry) = entry.transpose().map_err(|error| arrivals.not_stored(error))? {
        let name = entry.name();
        facts.push(fact(context, "保管庫", "in the store", name));
        json["name"] = json!(name);
        json["folder"] = shown(entry.folder());
    }
    record.keep(None)?;
    arrivals.settled();
    if arguments.windows_store {
        user_store()?.import(identity, old.keys).map_err(user_store::failed)?;
        facts.push(fact(context, "Windows", "Windows", user_store::installed(context)));
    }
    facts.extend(identity_facts(context, identity));
    Ok(Report::new(json).line(done).table(&facts))
}

/// Renews an entry of the store, which is claimed, into the store.
pub(crate) async fn in_store(
    context: &Context,
    store: &Store,
    old: &Old,
    pin: &Pin,
) -> Result<Report, Failure> {
    let arguments = IdentityArguments::default();
    let mut record = arguments.record(old, Some(store));
    let arrivals = arguments.arrivals(old, Some(store), None);
    let earlier = arrivals.earlier()?;
    check_output(context, &arguments, Some(store), false).await?;
    let renewed = renew(context, old, pin, &mut record, (&arrivals, earlier)).await?;
    let kept = (&mut record, &arrivals);
    keep_renewed(context, &arguments, old, Some(store), &renewed, kept, done(context)).await
}

/// Renews, or goes on from where an earlier run was killed: from the file, if that had come already.
pub(crate) async fn renew(
    context: &Context,
    old: &Old,
    pin: &Pin,
    record: &mut RecordFile,
    (arrivals, earlier): (&Arrivals, Option<Vec<u8>>),
) -> Result<RenewedCertificate, Failure> {
    let unfinished = record.load()?;
    let client = client(context, old, arrivals)?;
    if let Some(pfx) = earlier {
        let (request_id, reference_id) = match unfinished {
            Some(RenewalRecord::Applied { request_id, reference_id, .. }) => (Some(request_id), reference_id),
            _ => (None, None),
        };
        return take_up(&client, pfx, pin, (request_id, reference_id), arrivals);
    }
    client.renew(pin, unfinished, record).await.map_err(|error| arrivals.failure(error))
}

/// Judges the file of a run that was killed as if it had come now.
pub(crate) fn take_up(
    client: &Client,
    pfx: Vec<u8>,
    pin: &Pin,
    (request_id, reference_id): (Option<RequestId>, Option<ReferenceId>),
    arrivals: &Arrivals,
) -> Result<RenewedCertificate, Failure> {
    let judged = Download::verified(pfx, pin);
    arrivals
        .judged(judged.and_then(|download| client.renewed_certificate(request_id, reference_id, download)))
}

/// A client that shows the old certificate, and keeps what comes.
pub(crate) fn client(context: &Context, old: &Old, arrivals: &Arrivals) -> Result<Client, Failure> {
    Ok(context.client()?.credential(old.credential.clone()).inbox(arrivals.clone()).build()?)
}

/// The MPKI client's own words.
pub(crate) fn done(context: &Context) -> String {
    context.say("証明書の更新が完了しました", "the certificate has been renewed")
}

/// Refuses before anything is sent what could not be kept afterwards.
pub(crate) async fn check_output(
    context: &Context,
    arguments: &IdentityArguments,
    store: Option<&Store>,
    force: bool,
) -> Result<(), Failure> {
    if let Some(out) = &arguments.out {
        may_overwrite(out, force)?;
        check_room(out)?;
    }
    if let Some(store) = store {
        context.lock(store).await?.check_room()?;
    }
    Ok(())
}

/// The record of a renewal in a file.
pub(crate) struct RecordFile {
    path: PathBuf,
    /// The language of the person who watches the progress, if there is one.
    pub(crate) shown_in: Option<Language>,
}

impl RecordFile {
    /// What an earlier run left.
    pub(crate) fn load(&self) -> Result<Option<RenewalRecord>, Failure> {
        if !is_taken(&self.path) {
            return Ok(None);
        }
        serde_json::from_str(&read_own_text(&self.path)?).map(Some).map_err(|error| {
            let path = self.path.display();
            Failure::usage(format!("更新の記録 {path} が破損しています: {error}。別の場所に移動し、obn collect で更新後の証明書を取得してください"), format!("the record of the renewal {path} is damaged: {error}; move it away, and fetch the renewed certificate with obn collect"))
        })
    }
}

impl RenewalKeeper for RecordFile {
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
        match record {
            Some(record) => {
                let json = serde_json::to_vec_pretty(record).expect("a record is plain text");
                write_private(&self.path, &json)
            }
            None => remove_file(&self.path),
        }
    }

    fn progress(&mut self, status: RenewalStatus) {
        let english = match status {
            RenewalStatus::GeneratingKey => "the CA is generating the key",
            RenewalStatus::RequestingIssue => "the certificate is being issued",
            _ => "the certificate is issued",
        };
        match self.shown_in {
            Some(Language::English) => tell(format_args!("{english} ({status})")),
            Some(Language::Japanese) => tell(format_args!("証明書ステータス: {status}")),
            None => {}
        }
    }
}
