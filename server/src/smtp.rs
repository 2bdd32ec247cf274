//! SMTP: gives the mails of the outbox to a mail server, such as the mail catcher of a test.
//!
//! A mail that has to go out is queued in the store, in the transaction that writes it, and leaves the
//! queue when the server has taken it (RFC 5321) or has refused it for good. So a restart loses none; a
//! crash at the wrong moment may send one twice, which its Message-ID tells. Of several processes one sends it.

mod line;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use obn_speech::{Words, words};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use self::line::Line;
use crate::mail::{Mail, mailbox};
use crate::shutdown::Shutdown;
use crate::store::{Store, StoreError};
use crate::world::WorldError;
use crate::worlds::Worlds;

/// Real time that one mail may take, from the connection to the server's last word.
const TIMEOUT: Duration = Duration::from_secs(60);
/// For how long a mail is one process's to send: longer than it may take.
const TAKEN: Duration = Duration::from_secs(90);
/// How often it is looked whether another process has left some behind.
const LOOK: Duration = Duration::from_secs(5);
/// Real time until the next try after a failed one; doubles with each, up to the second figure.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// A mail server: `HOST:PORT`, spoken to without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    host: String,
    port: u16,
}

impl FromStr for MailServer {
    type Err = Words;

    fn from_str(text: &str) -> Result<Self, Words> {
        let wrong = || {
            words!(
                "localhost:1025 のように ホスト:ポート の形で指定してください",
                "{text:?} is no mail server: use HOST:PORT, such as localhost:1025"
            )
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bracketed.unwrap_or(host);
        let plain = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@[]".contains(c));
        if !plain || (bracketed.is_none() && host.contains(':')) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port: port.parse().map_err(|_| wrong())? })
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Sends what is queued, now and whenever `written` says that there is more, until `shutdown`.
pub(crate) async fn run(
    server: MailServer,
    worlds: Arc<Worlds>,
    store: Store,
    written: Arc<Notify>,
    mut shutdown: Shutdown,
) {
    let work = async {
        let mut pause = PAUSES.0;
        loop {
            match empty_queue(&server, &worlds, &store).await {
                Ok(()) => {
                    pause = PAUSES.0;
                    tokio::select! {
                        () = written.notified() => {}
                        () = tokio::time::sleep(LOOK), if store.is_shared() => {}
                    }
                }
                Err(error) => {
                    if !error.is_told() {
                        tracing::warn!(%server, %error, "mails wait");
                    }
                    // A mail that is written in the meantime need not wait as well.
                    tokio::select! {
                        () = tokio::time::sleep(pause) => pause = PAUSES.1.min(pause * 2),
                        () = written.notified() => {}
                    }
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = shutdown.wait() => {}
    }
}

/// Why mails wait.
#[derive(Debug, thiserror::Error)]
enum Waits {
    #[error("no connection: {0}")]
    Connection(#[from] std::io::Error),
    #[error(transparent)]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("the mail server takes longer than {} s", TIMEOUT.as_secs())]
    TimedOut,
    #[error("store: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    World(#[from] WorldError),
}

impl Waits {
    /// Whether the log has told of it before.
    fn is_told(&self) -> bool {
        matches!(self, Self::Store(error) | Self::World(WorldError::Store(error)) if error.is_told())
    }
}

/// Gives the server each mail that waits. One that it won't take yet holds up no other; without a server, all wait.
async fn empty_queue(server: &MailServer, worlds: &Worlds, store: &Store) -> Result<(), Waits> {
    let mut queue = Queue::of(store).await?;
    let mut deferred = Vec::new();
    let mut waits = None;
    while let Some((world, mail)) = queue.next().await? {
        let refused = match send(server, &mail).await {
            Ok(()) => None,
            Err(Failure::Waits(error)) => {
                deferred.push((world, mail));
                let goes_on = matches!(&error, Waits::Smtp(error) if error.is_transient());
                waits = Some(error);
                if goes_on {
                    continue;
                }
                break;
            }
            Err(Failure::Refused(why)) => Some(why),
        };
        let host = world.parse().ok().and_then(|name| worlds.find(&name));
        // With its world, a mail has left the queue.
        let Some(host) = host else { continue };
        match host.world.mail_left(&mail, refused).await {
            Ok(()) | Err(WorldError::Gone) => {}
            Err(error) => return Err(error.into()),
        }
    }
    for (world, mail) in deferred {
        queue.put_back(&world, &mail).await?;
    }
    waits.map_or(Ok(()), Err)
}

/// The mails that wait, one after the other.
enum Queue<'s> {
    /// All that there are: nobody else sends them.
    Own(std::vec::IntoIter<(String, Mail)>),
    /// Those that no other process sends.
    Shared(&'s Store),
}

impl<'s> Queue<'s> {
    async fn of(store: &'s Store) -> Result<Self, StoreError> {
        if store.is_shared() {
            return Ok(Self::Shared(store));
        }
        Ok(Self::Own(store.look().await?.queued_mails().await?.into_iter()))
    }

    async fn next(&mut self) -> Result<Option<(String, Mail)>, StoreError> {
        match self {
            Self::Own(mails) => Ok(mails.next()),
            Self::Shared(store) => store.take_mail(TAKEN).await,
        }
    }

    /// It wasn't sent.
    async fn put_back(&self, world: &str, mail: &Mail) -> Result<(), StoreError> {
        match self {
            Self::Own(_) => Ok(()),
            Self::Shared(store) => store.put_back_mail(world, mail.number).await,
        }
    }
}

enum Failure {
    /// The next try may do better.
    Waits(Waits),
    /// No try will.
    Refused(String),
}

async fn send(server: &MailServer, mail: &Mail) -> Result<(), Failure> {
    let refused = |error: &dyn fmt::Display| Failure::Refused(error.to_string());
    let to = mailbox(&mail.to).parse().map_err(|error: lettre::address::AddressError| refused(&error))?;
    let from = mailbox(&mail.from).parse().map_err(|error: lettre::address::AddressError| refused(&error))?;
    let envelope = Envelope::new(Some(from), vec![to]).map_err(|error| refused(&error))?;
    match tokio::time::timeout(TIMEOUT, deliver(server, &envelope, &mail.message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Waits::Smtp(error))) if error.is_permanent() => Err(refused(&error)),
        Ok(Err(error)) => Err(Failure::Waits(error)),
        Err(_) => Err(Failure::Waits(Waits::TimedOut)),
    }
}

/// One mail on one connection.
async fn deliver(server: &MailServer, envelope: &Envelope, message: &str) -> Result<(), Waits> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
    let line = Box::new(Line::new(stream));
    let mut connection = AsyncSmtpConnection::connect_with_transport(line, &ClientId::default()).await?;
    connection.send(envelope, message.as_bytes()).await?;
    // The server has it, however it says good-bye.
    let _ = connection.quit().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        for good in ["127.0.0.1:25", "[::1]:1025", "mail.example.jp:2525", "mail:1025"] {
            assert_eq!(good.parse::<MailServer>().map(|it| it.to_string()).as_deref(), Ok(good));
        }
        for bad in
            ["", "mail", "mail:", ":25", "::1:25", "mail:65536", "smtp://mail:25", "user@mail:25", "[]:25"]
        {
            assert!(bad.parse::<MailServer>().is_err(), "{bad}");
        }
    }
}
