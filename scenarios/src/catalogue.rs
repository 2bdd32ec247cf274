//! All requirements and scenarios, read and checked against each other.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::mistake::Mistake;
use crate::requirement::Requirements;
use crate::scenario::Scenario;

static PORTAL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/portal");
const REQUIREMENTS: &str = include_str!("../requirements.toml");

/// What the harness knows.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// What must be.
    pub requirements: Requirements,
    /// What shows it, in the order of the paths.
    pub scenarios: Vec<Scenario>,
}

/// Why there is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file is wrong.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// A file can't be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

impl Catalogue {
    /// The catalogue that the program carries.
    ///
    /// # Errors
    /// [`CatalogueError::Mistake`], which the tests rule out.
    pub fn embedded() -> Result<Self, CatalogueError> {
        let mut files = BTreeMap::new();
        embedded_files(&PORTAL, &mut files);
        Self::of(REQUIREMENTS, files)
    }

    /// The catalogue of a folder that holds `requirements.toml` and `portal/`.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn read(folder: &Path) -> Result<Self, CatalogueError> {
        let mut files = BTreeMap::new();
        read_files(&folder.join("portal"), "portal", &mut files)?;
        Self::of(&read_text(&folder.join("requirements.toml"))?, files)
    }

    /// Whether there is such a scenario, with such a case if one is named.
    pub fn has(&self, scenario: &str, case: Option<&str>) -> bool {
        let of_id = self.scenarios.iter().find(|known| known.id == scenario);
        of_id.is_some_and(|known| case.is_none_or(|case| known.cases.iter().any(|it| it.name == case)))
    }

    fn of(requirements: &str, files: BTreeMap<String, String>) -> Result<Self, CatalogueError> {
        let requirements = Requirements::parse("requirements.toml", requirements)?;
        let mut scenarios: Vec<Scenario> = Vec::new();
        for (file, text) in files {
            let scenario = Scenario::parse(&file, &text)?;
            if let Some(stranger) = scenario.shows.iter().find(|id| requirements.find(id).is_none()) {
                let message = format!("there is no requirement {stranger}");
                return Err(Mistake::at(&file, &text, text.find("shows").unwrap_or(0), message).into());
            }
            if let Some(other) = scenarios.iter().find(|other| other.name == scenario.name) {
                let message = format!("{} has the same name", other.file);
                return Err(Mistake::at(&file, &text, 0, message).into());
            }
            scenarios.push(scenario);
        }
        Ok(Self { requirements, scenarios })
    }
}

fn embedded_files(folder: &Dir<'_>, files: &mut BTreeMap<String, String>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if path.ends_with(".toml") {
            files.insert(format!("portal/{path}"), String::from_utf8_lossy(file.contents()).into_owned());
        }
    }
    for inner in folder.dirs() {
        embedded_files(inner, files);
    }
}

fn read_files(folder: &Path, name: &str, files: &mut BTreeMap<String, String>) -> Result<(), CatalogueError> {
    let failed = |error| CatalogueError::Unreadable { path: folder.display().to_string(), error };
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

fn read_text(path: &Path) -> Result<String, CatalogueError> {
    std::fs::read_to_string(path)
        .map_err(|error| CatalogueError::Unreadable { path: path.display().to_string(), error })
}
