//! A floor plan, and what runs against it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::sources::{Arrow, Sources};

/// The floors of a crate, the highest first. A room is a module with all that lies in it, but for what has a place of
/// its own in the plan. A room knows the rooms below it, and none on its own floor.
pub(super) struct Plan {
    pub(super) folder: &'static str,
    /// By which its own `main.rs` calls it.
    pub(super) name: &'static str,
    pub(super) floors: &'static [&'static [&'static str]],
}

impl Plan {
    /// What is wrong with these sources by this plan, one line each.
    pub(super) fn faults(&self, sources: &Sources) -> Vec<String> {
        let read = sources.modules_and_arrows(self.name);
        let mut faults = BTreeSet::new();
        for room in self.floors.iter().copied().flatten() {
            if !read.modules.iter().any(|(module, _)| module.join("::") == *room) {
                faults.insert(format!("the plan has a room that {} doesn't have: {room}", self.folder));
            }
        }
        for (module, file) in &read.modules {
            if self.room(module).is_none() {
                let (folder, room) = (self.folder, &module[0]);
                faults.insert(format!(
                    "say on which floor `{room}` stands: {folder}/src/{file} has no place in the plan"
                ));
            }
        }
        let mut rooms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for arrow in &read.arrows {
            let (Some(from), Some(to)) = (self.room(&arrow.from), self.room(&arrow.to)) else {
                if self.room(&arrow.to).is_none() {
                    faults.insert(format!(
                        "{}: say on which floor `{}` stands",
                        self.place(arrow),
                        arrow.to[0]
                    ));
                }
                continue;
            };
            if from == to {
                continue;
            }
            rooms.entry(from).or_default().insert(to);
            let way = match self.floor(from).cmp(&self.floor(to)) {
                std::cmp::Ordering::Less => continue,
                std::cmp::Ordering::Equal => "sideways",
                std::cmp::Ordering::Greater => "upward",
            };
            let path = arrow.to.join("::");
            faults.insert(format!(
                "{}: an arrow runs {way}, from {from} to {to} (crate::{path})",
                self.place(arrow)
            ));
        }
        faults.extend(
            circles(&rooms).into_iter().map(|circle| format!("{}: a circle of rooms: {circle}", self.folder)),
        );
        faults.into_iter().collect()
    }

    /// The room of a path: the longest beginning of it that the plan names.
    fn room(&self, path: &[String]) -> Option<&'static str> {
        let beginnings = (1..=path.len()).rev().map(|length| path[..length].join("::"));
        let rooms = || self.floors.iter().copied().flatten();
        beginnings.into_iter().find_map(|beginning| rooms().copied().find(|room| *room == beginning))
    }

    /// Counted from above.
    fn floor(&self, room: &str) -> Option<usize> {
        self.floors.iter().position(|floor| floor.contains(&room))
    }

    fn place(&self, arrow: &Arrow) -> String {
        format!("{}/src/{}:{}", self.folder, arrow.file, arrow.line)
    }
}

/// The shortest circle through each room, each once.
fn circles(rooms: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for start in rooms.keys() {
        let mut ways = VecDeque::from([vec![*start]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            let next = rooms.get(way[way.len() - 1]).into_iter().flatten();
            if next.clone().any(|room| room == start) {
                if told.insert(way.iter().copied().collect::<BTreeSet<_>>()) {
                    circles.push(format!("{} → {start}", way.join(" → ")));
                }
                break;
            }
            for room in next.filter(|room| seen.insert(**room)) {
                ways.push_back([&way[..], &[*room]].concat());
            }
        }
    }
    circles
}
