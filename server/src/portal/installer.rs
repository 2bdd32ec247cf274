//! The simulated `CybertrustManagedPKIClient.msi`: a package that Windows opens, that says what it
//! is and that installs nothing. There is nothing of the real program in it.

use std::io::{self, Cursor};
use std::sync::OnceLock;

use axum::body::Bytes;
use msi::{Category, CodePage, Column, Insert, LanguageId, Package, PackageType, Value};
use uuid::Uuid;

/// Our own numbers, so that Windows never takes it for the real program.
const PACKAGE_CODE: Uuid = Uuid::from_u128(0x0b5c_a000_0b5c_4a00_8b5c_0000_0000_0001);
const PRODUCT_CODE: &str = "{0B5CA000-0B5C-4A00-8B5C-000000000002}";
const UPGRADE_CODE: &str = "{0B5CA000-0B5C-4A00-8B5C-000000000003}";

const PRODUCT: &str = "Cybertrust Managed PKI Client";
const MAKER: &str = "obn-ca (simulator)";
const NOTE: &str =
    "SIMULATED by obn-ca: a placeholder that installs nothing and holds no code of the real program.";
/// What Windows shows when somebody starts it.
const EXPLANATION: &str = "これはシミュレーター obn-ca の模擬インストーラーです。何もインストールされません。\n\
                           This is a placeholder made by the simulator obn-ca. Nothing is installed.";

/// The package, made when it is first asked for: one copy for all.
pub(super) fn package() -> Bytes {
    static PACKAGE: OnceLock<Bytes> = OnceLock::new();
    PACKAGE.get_or_init(|| build().expect("a package in memory can be written").into()).clone()
}

fn build() -> io::Result<Vec<u8>> {
    let mut package = Package::create(PackageType::Installer, Cursor::new(Vec::new()))?;
    package.set_database_codepage(CodePage::Windows932);
    let summary = package.summary_info_mut();
    summary.set_codepage(CodePage::Windows932);
    summary.set_title("Installation Database");
    summary.set_subject(PRODUCT);
    summary.set_author(MAKER);
    summary.set_keywords(&["Installer".to_owned(), "SIMULATED".to_owned()]);
    summary.set_comments(NOTE);
    summary.set_arch("Intel");
    summary.set_languages(&[LanguageId::from_tag("ja-JP")]);
    summary.set_uuid(PACKAGE_CODE);
    // Made for Windows Installer 2.0, with long names and uncompressed sources.
    summary.set_page_count(200);
    summary.set_word_count(0);
    summary.set_creating_application("obn-ca");

    let properties = [
        ("ProductCode", PRODUCT_CODE),
        ("ProductName", PRODUCT),
        ("ProductVersion", "0.0.1"),
        ("ProductLanguage", "1041"),
        ("Manufacturer", MAKER),
        ("UpgradeCode", UPGRADE_CODE),
        ("ARPCOMMENTS", NOTE),
        ("SIMULATED", "1"),
    ];
    let key = |name: &str| Column::build(name).primary_key().id_string(72);
    let property = Column::build("Value").localizable().text_string(0);
    table(
        &mut package,
        "Property",
        vec![key("Property"), property],
        properties.map(|(k, v)| vec![k.into(), v.into()]),
    )?;

    let formatted = |name: &str| Column::build(name).nullable().category(Category::Condition).string(255);
    let condition = Column::build("Condition").primary_key().category(Category::Condition).string(255);
    let description = Column::build("Description").localizable().formatted_string(255);
    // Never true: Windows shows the explanation and ends.
    table(
        &mut package,
        "LaunchCondition",
        vec![condition, description],
        [vec!["0".into(), EXPLANATION.into()]],
    )?;

    for sequence in ["InstallUISequence", "InstallExecuteSequence"] {
        let columns =
            vec![key("Action"), formatted("Condition"), Column::build("Sequence").nullable().int16()];
        let actions = [("LaunchConditions", 100), ("CostInitialize", 800), ("CostFinalize", 1_000)];
        let rows = actions.map(|(action, number)| vec![action.into(), Value::Null, Value::Int(number)]);
        table(&mut package, sequence, columns, rows)?;
    }

    let directory = vec![
        key("Directory"),
        Column::build("Directory_Parent").nullable().id_string(72),
        Column::build("DefaultDir").localizable().category(Category::DefaultDir).string(255),
    ];
    table(&mut package, "Directory", directory, [vec!["TARGETDIR".into(), Value::Null, "SourceDir".into()]])?;

    package.flush()?;
    let mut bytes = package.into_inner()?.into_inner();
    forget_times(&mut bytes);
    Ok(bytes)
}

fn table<const N: usize>(
    package: &mut Package<Cursor<Vec<u8>>>,
    name: &str,
    columns: Vec<Column>,
    rows: [Vec<Value>; N],
) -> io::Result<()> {
    package.create_table(name, columns)?;
    package.insert_rows(Insert::into(name).rows(rows.into()))
}

/// Clears the root entry's times, which come from the wall clock, so that the package is the same
/// in every process ([MS-CFB] 2.2 and 2.6.1).
fn forget_times(bytes: &mut [u8]) {
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let (sector_shift, first_directory_sector) = (number(30, 2), number(48, 4));
    let root = (first_directory_sector + 1) << sector_shift;
    bytes[root + 100..root + 116].fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_opens_and_says_what_it_is() {
        let mut package = Package::open(Cursor::new(package())).unwrap();
        assert_eq!(package.summary_info().subject(), Some(PRODUCT));
        assert_eq!(package.summary_info().comments(), Some(NOTE));
        let rows = package.select_rows(msi::Select::table("Property")).unwrap();
        let rows: Vec<_> = rows.map(|row| (row[0].to_string(), row[1].to_string())).collect();
        assert!(rows.contains(&("\"ProductName\"".to_owned(), format!("{PRODUCT:?}"))), "{rows:?}");
        let rows = package.select_rows(msi::Select::table("LaunchCondition")).unwrap();
        assert_eq!(rows.map(|row| row[1].as_str().unwrap().to_owned()).collect::<Vec<_>>(), [EXPLANATION]);
    }

    #[test]
    fn it_is_the_same_in_every_process() {
        assert_eq!(package(), build().unwrap());
    }
}
