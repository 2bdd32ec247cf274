//! Filling in forms, pressing buttons, and keeping what comes.

use serde_json::json;

use crate::error::Error;
use crate::eyes::{Content, NoAnswer, Pressed};
use crate::play::{Do, Done, Reader, Scene as _, Trouble, True, step, steps};
use crate::portal::scene::{Scene, told};
use crate::portal::wording::{Expected, Line};

pub(super) const STEPS: &[Reader<Scene>] =
    steps![act Fill, Press, PressTwice, PressInVain, FollowToFile, Save, WriteDown];

step! {
    /// Fill a field, found by its label.
    pub(super) struct Fill {
        fill: String,
        /// What is typed
        with: String,
    }
    "fill 「{fill}」 with {with:?}"; "「{fill}」に {with:?} と入力する"
}

impl Do<Scene> for Fill {
    async fn run(&self, scene: &mut Scene) -> Done {
        let filled = scene.page_mut(Expected::PageWithForm)?.fill(&self.fill, &self.with);
        filled.map_err(|why| Trouble::halt(Expected::Field { label: self.fill.clone() }, why.seen()))
    }
}

step! {
    /// Press a button or follow a link, found by its words.
    pub(super) struct Press { press: String } "press 「{press}」"; "「{press}」を押す"
}

impl Do<Scene> for Press {
    async fn run(&self, scene: &mut Scene) -> Done {
        let answer = scene.press(&self.press).await?;
        scene.came(answer)
    }
}

step! {
    /// Press a button twice before anything comes back.
    struct PressTwice { press_twice: String } "press 「{press_twice}」 twice"; "「{press_twice}」を 2 回押す"
}

impl Do<Scene> for PressTwice {
    async fn run(&self, scene: &mut Scene) -> Done {
        let Pressed::Send(submission) = scene.pressed(&self.press_twice)? else {
            return Err(Error::Scenario(format!("「{}」 is a link", self.press_twice)).into());
        };
        // The browser shows the answer to the second press; the first one's is dropped.
        let mut first = scene.browser.clone();
        let (_, second) = tokio::join!(first.send(submission.clone()), scene.browser.send(submission));
        scene.came(second)
    }
}

step! {
    /// Press a button, and the line breaks before all of the answer is there.
    struct PressInVain { press_in_vain: String }
    "press 「{press_in_vain}」, and the line breaks"; "「{press_in_vain}」を押し、途中で接続が切れる"
}

impl Do<Scene> for PressInVain {
    async fn run(&self, scene: &mut Scene) -> Done {
        match scene.press(&self.press_in_vain).await? {
            Err(NoAnswer::Broken(reason)) => {
                scene.note(Line::Came { what: reason });
                Ok(())
            }
            answer => {
                scene.came(answer)?;
                let reason = "the line was to break, and all of the answer came";
                Err(Error::Scenario(reason.to_owned()).into())
            }
        }
    }
}

step! {
    /// If a page came, follow the link on it to a file; a file that came is there already.
    struct FollowToFile { follow_to_file: True }
    "follow the link to the file, if a page came"; "ページが届いたなら、ファイルへのリンクをたどる"
}

impl Do<Scene> for FollowToFile {
    async fn run(&self, scene: &mut Scene) -> Done {
        let Content::Page(page) = &scene.last(Expected::FileOrPage)?.content else {
            return Ok(());
        };
        let file = page.link_to_file().cloned();
        let file = file.ok_or_else(|| Trouble::halt(Expected::FileOrLink, told(page)))?;
        let answer = scene.browser.open(file).await;
        scene.came(answer)
    }
}

step! {
    /// Keep the file that came, under a name.
    pub(super) struct Save { save: String } "save the file as {save:?}"; "ファイルを {save:?} として保存する"
}

impl Do<Scene> for Save {
    async fn run(&self, scene: &mut Scene) -> Done {
        let file = scene.last_file(Expected::File)?;
        scene.files.insert(self.save.clone(), file);
        Ok(())
    }
}

step! {
    /// Keep the request ID and reference ID that the page shows, under a name: as if they stood on a notice.
    pub(super) struct WriteDown { write_down: String } "write the IDs down as {write_down:?}"; "ID を {write_down:?} として書き留める"
}

impl Do<Scene> for WriteDown {
    fn usually_breaks(&self) -> Option<&'static str> {
        Some("REN-005")
    }

    async fn run(&self, scene: &mut Scene) -> Done {
        let page = scene.page(Expected::PageWithIds)?;
        let id = |label: &str| {
            let row = page.row(label).map(str::to_owned);
            row.map_err(|why| Trouble::halt(Expected::Row { label: label.to_owned() }, why.seen()))
        };
        let ids = json!({ "request_id": id("リクエストID")?, "reference_id": id("リファレンス ID")? });
        scene.known.learn(&self.write_down, ids);
        Ok(())
    }
}
