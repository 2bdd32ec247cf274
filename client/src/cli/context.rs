//! What every command has at hand: language, clock, and the way to the site.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use obn_speech::cli::streams::print_error;
use obn_speech::cli::{arguments, indented, language};

use super::failure::Failure;
use super::home::store_folder;
use super::options::Global;
use super::output::tell;
use super::password::Wanted;
use super::record::Record;
use crate::{
    Certificate, Claim, Client, ClientBuilder, Clock, Entry, Error, Language, LockedStore, Patience, Proxy,
    Store, UsageError, read_file,
};

/// How long another process is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Half a second, in which most are done.
const LOOKS_BEFORE_A_WORD: u128 = 10;

pub(crate) struct Context {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) global: Global,
    pub(crate) record: Option<Record>,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let language = language(global.lang);
        let clock = global.now.map_or_else(Clock::system, Clock::fixed);
        let record = global.record.as_deref().map(Record::to);
        Self { language, clock, global, record }
    }

    /// A client of the site, with the root that the user trusts.
    pub(crate) fn client(&self) -> Result<ClientBuilder, Failure> {
        let builder = self.client_at(&self.global.url)?;
        Ok(match &self.global.renewal_url {
            Some(url) => {
                self.record.iter().for_each(|record| record.knows(url));
                builder.renewal_url(url)
            }
            None => builder,
        })
    }

    /// The page where a certificate is renewed in a browser.
    pub(crate) fn renewal_page(&self) -> Option<String> {
        let site = self.global.renewal_url.as_deref().unwrap_or(&self.global.url);
        let site = url::Url::parse(site).ok().filter(|site| site.scheme() == "https")?;
        site.join("/p/ru").ok().map(Into::into)
    }

    /// A client of another site below the same root.
    pub(crate) fn client_at(&self, url: &str) -> Result<ClientBuilder, Failure> {
        let file = self.global.root.as_deref().ok_or(UsageError::NoRoot)?;
        let in_file = |file: &Path, error: Error| Failure::Item { item: file.display().to_string(), error };
        let root = read_file(file)?;
        let usual = Patience::default();
        let poll_interval = self.global.poll_interval;
        let pause = usual.pause.min(poll_interval);
        let looks =
            |wait: Duration| (wait.as_secs_f64() / poll_interval.as_secs_f64().max(0.1)).ceil() as u32;
        let polls = self.global.wait.map_or(usual.polls, looks);
        let searches = usual.searches.min(polls.max(1));
        let patience = Patience { poll_interval, pause, polls, searches, ..usual };
        let mut builder = Client::builder(url).clock(self.clock.clone()).patience(patience);
        builder = match Certificate::from_der(&root) {
            Ok(root) => builder.root(root),
            Err(_) => builder.root_pem(&root).map_err(|error| in_file(file, error))?,
        };
        if let Some(intermediates) = &self.global.intermediates {
            builder = builder
                .intermediates_pem(read_file(intermediates)?)
                .map_err(|error| in_file(intermediates, error))?;
        }
        if let Some(record) = &self.record {
            builder = record.watch(builder, url);
        }
        if let Some(proxy) = &self.global.proxy {
            builder = builder.proxy(self.proxy(proxy)?);
        }
        Ok(builder)
    }

    fn proxy(&self, url: &str) -> Result<Proxy, Failure> {
        let proxy = Proxy::at(url)?.bypass(&self.global.proxy_bypass);
        let Some(user) = &self.global.proxy_user else { return Ok(proxy) };
        let password = Wanted {
            file: self.global.proxy_password_file.as_deref(),
            environment: &["OBN_PROXY_PASSWORD"],
            option: "--proxy-password-file",
            is_new: false,
            japanese: "プロキシのパスワード",
            english: "password for the proxy",
        };
        Ok(proxy.user(user, password.read(self.language)?))
    }

    /// The store that the user named, or the one in their data folder.
    pub(crate) fn store(&self) -> Result<Store, Failure> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(folder) = &self.global.store {
            return Ok(Store::at(folder));
        }
        let home = store_folder(set);
        if let Some((store, error)) = home.as_ref().and_then(|home| Some((&home.store, home.left.as_ref()?)))
        {
            let store = store.display();
            tell(self.say(
                format!("obn: 保管庫 {store} をローカルのデータフォルダーに移動できないため、そのまま使います: {error}"),
                format!("obn: the store {store} can't be moved to the local data folder and is used where it is: {error}"),
            ));
        }
        home.map(|home| Store::at(home.store)).ok_or_else(|| {
            Failure::usage(
                "利用者のデータフォルダーが分からないため、保管庫のフォルダーを --store(OBN_STORE)で指定してください",
                "there is no data folder of yours (HOME, XDG_DATA_HOME); name the folder of the store with --store or OBN_STORE",
            )
        })
    }

    /// An entry of the store, or the current one.
    pub(crate) fn entry(&self, name: Option<&str>) -> Result<Entry, Failure> {
        let store = self.store()?;
        Ok(match name {
            Some(name) => store.entry(name)?,
            None => store.current(&self.clock)?,
        })
    }

    /// The store, as soon as no other process changes it.
    pub(crate) async fn lock<'a>(&self, store: &'a Store) -> Result<LockedStore<'a>, Failure> {
        let word = || {
            let folder = store.folder().display();
            tell(self.say(
                format!("obn: 別の obn が保管庫 {folder} を変更しています。終わるのを待っています"),
                format!("obn: another obn is changing the store {folder}; waiting for it"),
            ));
        };
        let locked = soon(LONGEST_WAIT, || store.try_lock(), word).await?;
        locked.ok_or_else(|| {
            let folder = store.folder().display();
            Failure::usage(
                format!(
                    "別の obn が保管庫 {folder} を変更し続けています。終わってからもう一度実行してください"
                ),
                format!("another obn goes on changing the store {folder}; run this again when it has ended"),
            )
        })
    }

    /// A certificate of the store, as soon as no other process renews it.
    pub(crate) async fn claim(&self, store: &Store, serial: &str) -> Result<Claim, Failure> {
        self.claimed(serial, || store.try_claim(serial)).await
    }

    /// The same for one that lies in a file only.
    pub(crate) async fn claim_file(&self, path: &Path, serial: &str) -> Result<Claim, Failure> {
        self.claimed(serial, || Claim::try_of_file(path, serial)).await
    }

    async fn claimed(
        &self,
        serial: &str,
        attempt: impl FnMut() -> Result<Option<Claim>, Error>,
    ) -> Result<Claim, Failure> {
        let word = || {
            tell(self.say(
                format!("obn: 別の obn が証明書 {serial} を更新しています。終わるのを待っています"),
                format!("obn: another obn is renewing the certificate {serial}; waiting for it"),
            ));
        };
        let claim = soon(LONGEST_WAIT, attempt, word).await?;
        claim.ok_or_else(|| {
            Failure::usage(
                format!("別の obn が証明書 {serial} を更新しています。終わってからもう一度実行してください"),
                format!("another obn is renewing the certificate {serial}; run this again when it has ended"),
            )
        })
    }

    /// Asks a person at a terminal once whether to go on. Without a terminal, or for a program, nobody is asked.
    pub(crate) fn confirm(&self, is_agreed: bool, japanese: String, english: String) -> Result<(), Failure> {
        let is_person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if is_agreed || self.global.json || !is_person {
            return Ok(());
        }
        let question = self.say(japanese, english);
        let mut answer = String::new();
        print_error(&format!("{} [y/N]: ", indented(&question)));
        let read = std::io::stdin().read_line(&mut answer);
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" | "はい" if read.is_ok() => Ok(()),
            _ => Err(Failure::usage("取りやめました。何も行っていません", "nothing was done")),
        }
    }

    /// The text in the user's language.
    pub(crate) fn say(&self, japanese: impl Into<String>, english: impl Into<String>) -> String {
        self.language.pick(japanese.into(), english.into())
    }
}

/// What another process may have now, as soon as it lets go of it; nothing if it doesn't in that time. `word` is said
/// once, if it takes longer than a moment.
async fn soon<T>(
    limit: Duration,
    mut attempt: impl FnMut() -> Result<Option<T>, Error>,
    word: impl FnOnce(),
) -> Result<Option<T>, Error> {
    let mut word = Some(word);
    let mut looks = limit.as_millis() / BETWEEN_LOOKS.as_millis();
    let told_at = looks.saturating_sub(LOOKS_BEFORE_A_WORD);
    loop {
        if let Some(got) = attempt()? {
            return Ok(Some(got));
        }
        if looks == 0 {
            return Ok(None);
        }
        if looks <= told_at
            && let Some(word) = word.take()
        {
            word();
        }
        looks -= 1;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Whether the arguments ask for JSON, as far as that is known before they are parsed.
pub(crate) fn json_before_parsing() -> bool {
    // What clap's FalseyValueParser takes for a no.
    let is_no = |value: &str| matches!(value, "" | "n" | "no" | "f" | "false" | "off" | "0");
    let is_set = std::env::var("OBN_JSON").is_ok_and(|value| !is_no(&value.to_lowercase()));
    is_set || arguments().any(|argument| argument == "--json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_told_so_once_and_not_for_ever() {
        let mut told = 0;
        let never = soon(Duration::from_secs(1), || Ok(None::<()>), || told += 1).await;
        assert!(matches!(never, Ok(None)));
        assert_eq!(told, 1);
        let mut looks = 0;
        let third = || {
            looks += 1;
            Ok((looks == 3).then_some(looks))
        };
        assert!(matches!(soon(Duration::from_secs(60), third, || panic!("a moment")).await, Ok(Some(3))));
    }
}
