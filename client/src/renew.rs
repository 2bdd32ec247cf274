//! A whole renewal that outlives lost sessions, broken connections and crashes, and never applies twice.

use crate::client::Client;
use crate::collect::{RenewedCertificate, Row};
use crate::error::Error;
use crate::renewal::RenewalStatus;
use crate::site::browser::Browser;
use crate::site::page::Page;
use crate::terms::breach::Breach;
use crate::terms::identifiers::{ReferenceId, RequestId};
use crate::terms::pin::Pin;
use crate::tries::{Looks, Tries};

/// How far a renewal has come. It is to be on the disk before the next step is taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenewalRecord {
    /// Submit is about to be pressed, or has been. The CA may or may not have got it.
    Applying {
        /// What the list 更新後証明書の取得 showed before: none of these is the new certificate.
        listed: Vec<String>,
    },
    /// The CA took the application.
    Applied {
        /// The new request ID.
        request_id: RequestId,
        /// The new reference ID, which a revocation will ask for.
        reference_id: Option<ReferenceId>,
        /// As in [`RenewalRecord::Applying`].
        listed: Vec<String>,
    },
}

/// Whoever renews keeps the record of it, and may show the progress.
pub trait RenewalKeeper {
    /// Keeps the record, durably, or forgets it if there is none any more. The renewal stops if this fails.
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error>;

    /// Shows a new status.
    fn progress(&mut self, _status: RenewalStatus) {}
}

/// Keeps nothing: for a program that is never interrupted.
impl RenewalKeeper for () {
    fn keep(&mut self, _record: Option<&RenewalRecord>) -> Result<(), Error> {
        Ok(())
    }
}

impl Client {
    /// Renews this client's identity: applies, waits until it is issued, fetches the key and verifies it.
    ///
    /// `record` is what `keeper` was last given, if an earlier call did not come to its end; the renewal then goes on
    /// from there, through the list 更新後証明書の取得, instead of applying once more. The record is not forgotten when
    /// this returns a certificate: store that first, and then drop the record.
    ///
    /// Once Submit was pressed, only the site can say that there is no application: by a refusal of it, by a status that
    /// failed, or by a list that does not show it. Any other page, such as that of a busy server, leaves the record
    /// where it is, and the certificate is looked for in the list.
    ///
    /// # Progress
    ///
    /// [`RenewalKeeper::progress`] is called with every new status. How long to wait between two looks, and how often to
    /// look, is the client's [`Patience`](crate::Patience).
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any time, and the process may end at any time. The next call, with the record that
    /// `keeper` was last given, completes the renewal without a second application.
    ///
    /// # Examples
    ///
    /// With a limit of time, and with the progress on a terminal:
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use obn_client::{Client, Error, Pin, RenewalKeeper, RenewalRecord, RenewalStatus};
    ///
    /// /// Keeps the record in memory; a real one writes it to the disk.
    /// #[derive(Default)]
    /// struct Keeper(Option<RenewalRecord>);
    ///
    /// impl RenewalKeeper for Keeper {
    ///     fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
    ///         self.0 = record.cloned();
    ///         Ok(())
    ///     }
    ///
    ///     fn progress(&mut self, status: RenewalStatus) {
    ///         println!("{status}");
    ///     }
    /// }
    ///
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let (pin, mut keeper) = ("2468".parse::<Pin>()?, Keeper::default());
    /// let renewal = client.renew(&pin, None, &mut keeper);
    /// let renewed = match tokio::time::timeout(Duration::from_secs(60), renewal).await {
    ///     Ok(renewed) => renewed?,
    ///     // Later, from where it stood.
    ///     Err(_) => client.renew(&pin, keeper.0.take(), &mut keeper).await?,
    /// };
    /// # let _ = renewed;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn renew(
        &self,
        pin: &Pin,
        mut record: Option<RenewalRecord>,
        keeper: &mut impl RenewalKeeper,
    ) -> Result<RenewedCertificate, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            let result = match &record {
                None => self.apply_and_fetch(pin, &mut record, keeper).await,
                Some(known) => {
                    let known = known.clone();
                    match self.search(pin, &known).await {
                        Ok(Some(renewed)) => Ok(renewed),
                        // The manual: nothing in the list means that the application was not completed.
                        Ok(None) if matches!(known, RenewalRecord::Applying { .. }) => {
                            record = None;
                            continue;
                        }
                        Ok(None) => Err(Breach::NotIssuedInTime("-".to_owned()).into()),
                        Err(error) => Err(error),
                    }
                }
            };
            match result {
                Ok(renewed) => return Ok(renewed),
                Err(error) => tries.after(error).await?,
            }
        }
    }

    async fn apply_and_fetch(
        &self,
        pin: &Pin,
        record: &mut Option<RenewalRecord>,
        keeper: &mut impl RenewalKeeper,
    ) -> Result<RenewedCertificate, Error> {
        let (mut browser, menu, listed) = self.look_at_list().await?;
        let menu = match menu {
            Some(menu) => menu,
            None => self.renewal_menu(&mut browser).await?,
        };
        let prepared = self.prepare_renewal(&mut browser, &menu).await?;
        note(Some(RenewalRecord::Applying { listed: listed.clone() }), record, keeper)?;
        let mut renewal = match self.submit_renewal(browser, prepared).await {
            Ok(renewal) => renewal,
            // After a clear "no" there is nothing to look for later.
            Err(Error::Refused(refusal)) => {
                note(None, record, keeper)?;
                return Err(Error::Refused(refusal));
            }
            // Any other page may stand in the place of the receipt, and so may a server that is busy.
            Err(error) if error.is_wrong_page() || error.is_busy() => {
                return self.in_list_or(pin, &RenewalRecord::Applying { listed }, error).await;
            }
            Err(error) => return Err(error),
        };
        let request_id = renewal.request_id().clone();
        let reference_id: Option<ReferenceId> = renewal.reference_id().cloned();
        let applied = RenewalRecord::Applied {
            request_id: request_id.clone(),
            reference_id: reference_id.clone(),
            listed,
        };
        note(Some(applied.clone()), record, keeper)?;
        let fetched = match renewal.issued(|status| keeper.progress(status)).await {
            Ok(()) => renewal.fetch(pin).await,
            // 発行失敗 or the like: the application has come to its end.
            Err(Error::Refused(refusal)) => {
                note(None, record, keeper)?;
                return Err(Error::Refused(refusal));
            }
            Err(error) => Err(error),
        };
        match fetched {
            Ok(download) => self.renewed_certificate(Some(request_id), reference_id, download),
            // The way from this page is not as the manual has it, but there is the list.
            Err(error) if error.is_wrong_page() || error.is_busy() => {
                self.in_list_or(pin, &applied, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// The certificate from the list, where another page than the manual's stood in the way. If it is not there either,
    /// that page is what went wrong.
    async fn in_list_or(
        &self,
        pin: &Pin,
        record: &RenewalRecord,
        instead: Error,
    ) -> Result<RenewedCertificate, Error> {
        match self.search(pin, record).await {
            Ok(Some(renewed)) => Ok(renewed),
            // A page instead of the menu is no refusal of what was sent before.
            Ok(None) | Err(Error::Refused(_)) => Err(instead),
            Err(error) => Err(error),
        }
    }

    /// What the list shows before the application, with the open browser and the menu if the list does not end it.
    async fn look_at_list(&self) -> Result<(Browser, Option<Page>, Vec<String>), Error> {
        let mut browser = self.visit();
        let menu = self.renewal_menu(&mut browser).await?;
        // A site without the list can't recover anything, but it can still renew.
        let listed = match self.renewed(&mut browser, &menu).await {
            Ok(rows) => rows.into_iter().map(|row| row.text).collect(),
            Err(Error::Protocol(Breach::NoControl { .. })) => return Ok((browser, Some(menu), Vec::new())),
            Err(Error::Protocol(breach)) if breach.is_no_list() => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok((browser, None, listed))
    }

    /// Looks for the certificate of a renewal in the list until it is there. That it is not there is believed of the
    /// list alone, not of a page in its place.
    async fn search(&self, pin: &Pin, record: &RenewalRecord) -> Result<Option<RenewedCertificate>, Error> {
        let looks = match record {
            RenewalRecord::Applying { .. } => self.patience.searches,
            RenewalRecord::Applied { .. } => self.patience.polls,
        };
        let mut looks = Looks::new(&self.patience, looks.saturating_sub(1));
        let mut is_known = false;
        loop {
            let last = match self.collect_once(pin, |rows| record.choose(rows)).await {
                Ok(None) => Ok(None),
                Err(Error::Protocol(breach)) if breach.is_no_list() => Err(breach.into()),
                Ok(Some(mut renewed)) => {
                    if let RenewalRecord::Applied { request_id, reference_id, .. } = record {
                        renewed.request_id.get_or_insert_with(|| request_id.clone());
                        renewed.reference_id = reference_id.clone();
                    }
                    return Ok(Some(renewed));
                }
                // A site that was never reached is not waited for.
                Err(error) if error.is_busy() || (is_known && error.is_temporary()) => Err(error),
                Err(error) => return Err(error),
            };
            is_known = true;
            if !looks.wait(last.as_ref().err().and_then(Error::retry_after)).await {
                return last;
            }
        }
    }
}

/// On the disk first, then in memory.
fn note(
    note: Option<RenewalRecord>,
    record: &mut Option<RenewalRecord>,
    keeper: &mut impl RenewalKeeper,
) -> Result<(), Error> {
    keeper.keep(note.as_ref())?;
    *record = note;
    Ok(())
}

impl RenewalRecord {
    /// The row that is this renewal's: the one with its request ID, or else one that was not there before.
    fn choose(&self, rows: Vec<Row>) -> Result<Option<Row>, Error> {
        let (wanted, listed) = match self {
            Self::Applying { listed } => (None, listed),
            Self::Applied { request_id, listed, .. } => (Some(request_id), listed),
        };
        let is_new = |row: &Row| !listed.contains(&row.text);
        let position = match wanted {
            Some(wanted) => rows
                .iter()
                .position(|row| row.request_id.as_ref() == Some(wanted))
                .or_else(|| rows.iter().position(|row| row.request_id.is_none() && is_new(row))),
            None => rows.iter().position(is_new),
        };
        Ok(position.and_then(|position| rows.into_iter().nth(position)))
    }
}
