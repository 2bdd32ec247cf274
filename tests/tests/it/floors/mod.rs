//! The floor plan of each crate, held against its sources: a room uses what stands below it and nothing else.
//!
//! Who moves a module changes the plan here, and sees at once which arrows the new place turns round.

mod plan;
mod sources;
mod tokens;

use std::path::Path;

use self::plan::Plan;
use self::sources::Sources;

const SERVER: Plan = Plan {
    folder: "server",
    name: "obn_ca",
    floors: &[
        &["main"],
        &["cli"],
        &["fuzzing", "simulator"],
        &["control"],
        &["serving", "smtp"],
        &["worlds"],
        &["relying_party"],
        &["portal", "tls"],
        &["listener"],
        &["scenes"],
        &["world"],
        &["store"],
        &["faults"],
        &["contents", "journal", "mail", "metrics", "session"],
        &["authority", "pki"],
        &["profile"],
        &["terms"],
        &["clock", "entropy", "files", "limits", "shutdown", "text_file"],
    ],
};

const CLIENT: Plan = Plan {
    folder: "client",
    name: "obn_client",
    floors: &[
        &["main"],
        &["cli"],
        &["renew"],
        &["collect"],
        &["renewal"],
        &["apply", "check", "download", "installer", "revoke", "root"],
        &["client", "fuzzing"],
        &["recording"],
        &["site", "store", "tries"],
        &["error"],
        &["network"],
        &["pki"],
        &["terms"],
    ],
};

const SCENARIOS: Plan = Plan {
    folder: "scenarios",
    name: "obn_conformance",
    floors: &[
        &["main"],
        &["cli"],
        &["studio"],
        &["job"],
        &["fidelity"],
        &["coverage"],
        &["learn"],
        &["catalogue", "schema", "sweep"],
        &["choice", "client", "manual", "portal", "report"],
        &["fuzzing", "play"],
        &["eyes"],
        &["control", "difference", "requirement", "simulator"],
        &["error"],
        &["starter"],
        &["bilingual", "mistake", "text_file"],
    ],
};

fn assert_kept(plan: &Plan) {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(plan.folder).join("src");
    let faults = plan.faults(&Sources::read(&src));
    assert!(faults.is_empty(), "the floor plan in {}:\n{}", file!(), faults.join("\n"));
}

#[test]
fn the_server_keeps_to_its_floors() {
    assert_kept(&SERVER);
}

#[test]
fn the_client_keeps_to_its_floors() {
    assert_kept(&CLIENT);
}

#[test]
fn the_harness_keeps_to_its_floors() {
    assert_kept(&SCENARIOS);
}

/// Two rooms on the ground floor, and one above them.
const HOUSE: Plan = Plan {
    folder: "house",
    name: "house",
    floors: &[&["main"], &["roof", "tower"], &["hall::stairs"], &["hall"]],
};

/// What is wrong with a house in which these files are as given, and the others empty.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let usual = [
        ("lib.rs", "mod hall; mod roof; mod tower; pub use roof::Chimney;"),
        ("main.rs", "fn main() { house::roof::open() }"),
        ("hall/mod.rs", "mod stairs;"),
        ("hall/stairs.rs", ""),
        ("roof.rs", ""),
        ("tower.rs", ""),
    ];
    let given = |path: &str| files.iter().any(|(given, _)| *given == path);
    let usual = usual.into_iter().filter(|(path, _)| !given(path));
    HOUSE.faults(&Sources::of(&usual.chain(files.iter().copied()).collect::<Vec<_>>()))
}

/// What is wrong if the hall, which is the lowest room, says this as well.
fn faults_of_hall(text: &str) -> Vec<String> {
    faults(&[("hall/mod.rs", &format!("mod stairs;\n{text}"))])
}

#[test]
fn an_arrow_that_runs_down_passes() {
    assert_eq!(faults(&[("roof.rs", "use crate::hall::{self, Floor, stairs::Step};")]), [""; 0]);
    assert_eq!(faults(&[("hall/stairs.rs", "use super::Floor; fn up(step: crate::hall::Step) {}")]), [""; 0]);
    assert_eq!(
        faults_of_hall("use std::fmt; use self::inside::Table; mod inside { use super::Chair; }"),
        [""; 0]
    );
}

#[test]
fn an_arrow_that_runs_up_is_named_with_its_place() {
    let up = "house/src/hall/mod.rs:3: an arrow runs upward, from hall to roof (crate::roof::Tile)";
    for text in [
        "\nuse crate::roof::Tile;",
        "\npub(crate) use crate::roof::Tile as Slate;",
        "\nfn f() { let tile = crate::roof::Tile::new(); }".replace("::new()", " {}").as_str(),
        "\nmod inside { use super::super::roof::Tile; }",
        "\nuse super::roof::Tile;",
        "\nmacro_rules! tile { () => { $crate::roof::Tile } }",
    ] {
        assert_eq!(faults_of_hall(text), [up], "{text}");
    }
}

#[test]
fn nested_groups_are_read_to_their_leaves() {
    let told = faults_of_hall("use crate::{hall::Floor, roof::{Tile, gutter::{self, *}}, tower::Bell};");
    let up = |to: &str| format!("house/src/hall/mod.rs:2: an arrow runs upward, from hall to {to}");
    let expected = ["roof (crate::roof::Tile)", "roof (crate::roof::gutter)", "tower (crate::tower::Bell)"];
    assert_eq!(told, expected.map(up));
}

#[test]
fn a_room_within_a_room_has_its_own_floor() {
    let up = "house/src/hall/mod.rs:2: an arrow runs upward, from hall to hall::stairs (crate::hall::stairs::Step)";
    for text in ["use self::stairs::Step;", "pub use stairs::Step;", "fn f(step: stairs::Step) {}"] {
        assert_eq!(faults_of_hall(text), [up], "{text}");
    }
}

#[test]
fn what_the_root_shows_counts_as_the_room_it_comes_from() {
    let up = |path: &str| {
        format!("house/src/hall/mod.rs:2: an arrow runs upward, from hall to roof (crate::{path})")
    };
    assert_eq!(faults_of_hall("use crate::Chimney;"), [up("roof::Chimney")]);
    assert_eq!(faults_of_hall("fn f() { crate::Chimney::sweep() }"), [up("roof::Chimney::sweep")]);
}

#[test]
fn rooms_on_one_floor_do_not_know_each_other() {
    let told = faults(&[("roof.rs", "use crate::tower::Bell;")]);
    assert_eq!(
        told,
        ["house/src/roof.rs:1: an arrow runs sideways, from roof to tower (crate::tower::Bell)"]
    );
}

#[test]
fn a_circle_is_named_beside_the_arrow_that_closes_it() {
    let told = faults(&[
        ("roof.rs", "use crate::hall::stairs::Step;"),
        ("hall/stairs.rs", "use crate::hall::Floor;"),
        ("hall/mod.rs", "mod stairs; use crate::roof::Tile;"),
    ]);
    assert_eq!(
        told,
        [
            "house/src/hall/mod.rs:1: an arrow runs upward, from hall to roof (crate::roof::Tile)",
            "house: a circle of rooms: hall → roof → hall::stairs → hall",
        ]
    );
}

#[test]
fn tests_comments_and_texts_point_nowhere() {
    assert_eq!(
        faults_of_hall(
            r##"
            // use crate::roof::Tile;
            /* use crate::roof::Tile; /* nested */ use crate::roof::Tile; */
            /// See [`crate::roof::Tile`].
            const TEXTS: [&str; 3] = ["use crate::roof::Tile; \" {", r#"crate::roof::Tile " "#, "'"];
            const LETTERS: [char; 3] = ['"', '\'', '{'];
            fn longest<'a>(text: &'a str) -> &'a str { text }
            #[cfg(test)]
            use crate::roof::Tile;
            #[cfg(test)]
            #[expect(dead_code, reason = "as an example")]
            mod tests { use crate::roof::Tile; fn f() { if true { } } }
            #[cfg(test)]
            mod apart;
            "##
        ),
        [""; 0]
    );
}

#[test]
fn plan_and_crate_have_the_same_rooms() {
    let told = faults(&[
        ("lib.rs", "mod hall; mod roof; mod cellar;"),
        ("cellar.rs", "mod shelf { }"),
        ("roof.rs", "use crate::cellar::Wine; use crate::ghost;"),
    ]);
    let expected = [
        "house/src/roof.rs:1: say on which floor `cellar` stands",
        "house/src/roof.rs:1: say on which floor `ghost` stands",
        "say on which floor `cellar` stands: house/src/cellar.rs has no place in the plan",
        "the plan has a room that house doesn't have: tower",
    ];
    assert_eq!(told, expected);
}
