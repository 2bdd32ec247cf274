//! All requirements and scenarios, read and checked against each other.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::client::ClientScenario;
use crate::error::Error;
use crate::mistake::Mistake;
use crate::play::Head;
use crate::portal::Scenario;
use crate::requirement::Requirements;
use crate::text_file;

static PORTAL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/portal");
static CLIENT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/client");
const REQUIREMENTS: &str = include_str!("../requirements.toml");

/// What the harness knows.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// What must be.
    pub requirements: Requirements,
    /// What shows it of a portal, in the order of the paths.
    pub scenarios: Vec<Scenario>,
    /// What shows it of a client, in the order of the paths.
    pub client_scenarios: Vec<ClientScenario>,
}

impl Catalogue {
    /// The catalogue that the program carries.
    ///
    /// # Errors
    /// [`Error::Mistake`], which the tests rule out.
    pub fn embedded() -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        embedded_files(&PORTAL, "portal", &mut files);
        embedded_files(&CLIENT, "client", &mut files);
        Self::of(REQUIREMENTS, files)
    }

    /// The catalogue of a folder that holds `requirements.toml`, `portal/` and `client/`.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        for name in ["portal", "client"] {
            // A folder of one's own need not have both.
            if folder.join(name).is_dir() {
                read_files(&folder.join(name), name, &mut files)?;
            }
        }
        Self::of(&read_text(&folder.join("requirements.toml"))?, files)
    }

    /// Whether there is such a scenario, with such a case if one is named.
    pub fn has(&self, scenario: &str, case: Option<&str>) -> bool {
        let of_id = self.heads().find(|head| head.id == scenario);
        of_id.is_some_and(|head| case.is_none_or(|case| head.cases.iter().any(|it| it.name == case)))
    }

    /// The heads of all scenarios, those of portals first.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        let portal = self.scenarios.iter().map(|scenario| &scenario.head);
        portal.chain(self.client_scenarios.iter().map(|scenario| &scenario.head))
    }

    fn of(requirements: &str, files: BTreeMap<String, String>) -> Result<Self, Error> {
        let requirements = Requirements::parse("requirements.toml", requirements)?;
        let mut catalogue = Self { requirements, scenarios: Vec::new(), client_scenarios: Vec::new() };
        for (file, text) in files {
            if file.starts_with("client/") {
                let scenario = ClientScenario::parse(&file, &text)?;
                catalogue.check(&scenario.head, &text)?;
                catalogue.client_scenarios.push(scenario);
            } else {
                let scenario = Scenario::parse(&file, &text)?;
                catalogue.check(&scenario.head, &text)?;
                catalogue.scenarios.push(scenario);
            }
        }
        Ok(catalogue)
    }

    /// A new scenario shows what there is, and has a name of its own.
    fn check(&self, head: &Head, text: &str) -> Result<(), Mistake> {
        let Head { file, name, shows, .. } = head;
        if let Some(stranger) = shows.iter().find(|id| self.requirements.find(id).is_none()) {
            let message = format!("there is no requirement {stranger}");
            return Err(Mistake::at(file, text, text.find("shows").unwrap_or(0), message));
        }
        match self.heads().find(|other| other.name == *name) {
            Some(other) => Err(Mistake::at(file, text, 0, format!("{} has the same name", other.file))),
            None => Ok(()),
        }
    }
}

fn embedded_files(folder: &Dir<'_>, name: &str, files: &mut BTreeMap<String, String>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if path.ends_with(".toml") {
            files.insert(format!("{name}/{path}"), String::from_utf8_lossy(file.contents()).into_owned());
        }
    }
    for inner in folder.dirs() {
        embedded_files(inner, name, files);
    }
}

fn read_files(folder: &Path, name: &str, files: &mut BTreeMap<String, String>) -> Result<(), Error> {
    let failed = |error| Error::Unreadable { path: folder.display().to_string(), error };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let last = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read_files(&path, &format!("{name}/{last}"), files)?;
        } else if last.ends_with(".toml") {
            files.insert(format!("{name}/{last}"), read_text(&path)?);
        }
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String, Error> {
    text_file::read(path).map_err(|error| Error::Unreadable { path: path.display().to_string(), error })
}
