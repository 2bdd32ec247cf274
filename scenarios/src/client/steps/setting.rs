//! What a client finds: a proxy before the site, files in its folder, or no site at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bilingual::{Bilingual, wording};
use crate::client::file_name::FileName;
use crate::client::proxy::{self, Proxy, ProxyKind};
use crate::client::scene::Scene;
use crate::client::stage::joined;
use crate::error::Error;
use crate::eyes::public_roots;
use crate::play::{Do, Done, Reader, True, step, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![act StopSite, BehindProxy, Trust, Give, Write];

step! {
    /// The site is gone: nothing answers at its address any more.
    struct StopSite { stop_site: True } "the site is gone"; "サイトがなくなる"
}

impl Do<Scene> for StopSite {
    async fn run(&self, scene: &mut Scene) -> Done {
        scene.stage.stop().await;
        Ok(())
    }
}

step! {
    /// A proxy stands before the site.
    struct BehindProxy { proxy: ProxyKind }
    "a proxy stands before the site: {}", proxy.words().en; "サイトの手前にプロキシがある: {}", proxy.words().ja
}

impl Do<Scene> for BehindProxy {
    async fn run(&self, scene: &mut Scene) -> Done {
        scene.proxy = Some(Proxy::start(self.proxy).await?);
        scene.secrets.push(proxy::PASSWORD.to_owned());
        Ok(())
    }
}

step! {
    /// From now on OBN_ROOT names other roots.
    struct Trust { trust: Trusted } "OBN_ROOT names {}", trust.words().en; "OBN_ROOT は{}を指す", trust.words().ja
}

/// Which roots the command is given.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Trusted {
    /// The one that the site has now.
    Site,
    /// Some of those that every machine has, none of which is the site's.
    Public,
}

impl Trusted {
    fn words(self) -> Bilingual {
        match self {
            Self::Site => Bilingual::of("サイトの今のルート証明書", "the root that the site has now"),
            Self::Public => Bilingual::of(
                "サイトのものではない、公開のルート証明書",
                "public roots, none of which is the site's",
            ),
        }
    }
}

impl Do<Scene> for Trust {
    async fn run(&self, scene: &mut Scene) -> Done {
        let roots = match self.trust {
            Trusted::Site => scene.stage.world.tls().root_pem(),
            Trusted::Public => public_roots()?,
        };
        Ok(scene.folder.trust(&roots)?)
    }
}

step! {
    /// A PFX file lies in the folder.
    struct Give { give: Given }
    "{:?} lies in the folder: {}", give.file, give.words().en; "フォルダーに {:?} がある: {}", give.file, give.words().ja
}

/// A PFX file for the command.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Its name in the folder.
    file: FileName,
    /// The notice whose certificate it holds.
    of: String,
    /// The password that opens it.
    password: String,
    /// The same institution's certificate, but issued by a CA of another name.
    #[serde(default)]
    of_another_ca: bool,
    /// A PFX file that has been given, whose certificate and key lie before this one's in the file.
    behind: Option<FileName>,
}

wording! {
    /// What a PFX file holds.
    enum Holds {
        Own { of: String } => "the certificate of {of:?}"; "{of:?} の証明書";
        OfAnotherCa { of: String } => "a certificate of another CA for the same institution as {of:?}";
            "{of:?} と同じ機関に、別の認証局が発行した証明書";
        Behind { holds: Bilingual, first: FileName } => "that of {first:?}, and behind it {}", holds.en;
            "{first:?} のものと、その後に{}", holds.ja;
    }
}

impl Given {
    /// What is in it.
    fn words(&self) -> Bilingual {
        let of = self.of.clone();
        let holds = if self.of_another_ca { Holds::OfAnotherCa { of } } else { Holds::Own { of } };
        match self.behind.clone() {
            None => holds.words(),
            Some(first) => Holds::Behind { holds: holds.words(), first }.words(),
        }
    }
}

impl Do<Scene> for Give {
    async fn run(&self, scene: &mut Scene) -> Done {
        let Given { file, of, password, of_another_ca, behind } = &self.give;
        let notice = scene.known.notice(of)?;
        let mut pfx = match of_another_ca {
            true => scene.stage.pfx_of_another_ca(notice, password).await?,
            false => scene.stage.pfx(notice, password).await?,
        };
        if let Some(first) = behind {
            let given = scene.folder.given(first);
            let given = given.ok_or_else(|| Error::Scenario(format!("no file {first:?}")))?;
            pfx = joined(given, &pfx, password)?;
        }
        scene.keep_password(password);
        Ok(scene.folder.give(file, pfx)?)
    }
}

step! {
    /// A text file lies in the folder.
    struct Write {
        /// Its name in the folder
        write: FileName,
        /// Its content
        #[serde(default)]
        text: String,
        /// Others can read it
        open: Option<True>,
    }
    "{write:?} lies in the folder"; "フォルダーに {write:?} がある"
}

impl Do<Scene> for Write {
    async fn run(&self, scene: &mut Scene) -> Done {
        let text = scene.known.fill(&self.text)?;
        scene.folder.give(&self.write, text.into_bytes())?;
        match self.open {
            Some(_) => Ok(scene.folder.open_up(&self.write)?),
            None => Ok(()),
        }
    }
}
