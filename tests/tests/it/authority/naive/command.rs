//! What the authority is told to do, at random.

use obn_ca::world::RenewalOrder;
use proptest::prelude::*;

use super::model::DAY;

/// Which of what there is, counted modulo how much there is.
pub(super) type Pick = usize;

#[derive(Clone, Copy, Debug)]
pub(super) enum Command {
    Issue { institution: u8, days: i64 },
    Download { ids_of: Pick, reference_of: Option<Pick> },
    Renew { with: Pick, stale_page: bool },
    Collect { renewal: Pick, with: Option<Pick> },
    Order { renewal: Pick, order: RenewalOrder },
    RequestRevocation { of: Pick, reference_of: Option<Pick> },
    Decide { of: Pick, approve: bool },
    Revoke { of: Pick },
    Move { seconds: i64 },
}

pub(super) fn commands() -> impl Strategy<Value = Vec<Command>> {
    let pick = || 0..1_000_usize;
    let order = prop_oneof![Just(RenewalOrder::Hold), Just(RenewalOrder::Advance), Just(RenewalOrder::Fail)];
    let moves = [-400 * DAY, -DAY, -1, 1, 1, 2, 2, DAY, 30 * DAY, 90 * DAY, 180 * DAY, 400 * DAY];
    let command = prop_oneof![
        1 => (0..3_u8, 1..1_200_i64).prop_map(|(institution, days)| Command::Issue { institution, days }),
        4 => (pick(), prop::option::weighted(0.2, pick()))
            .prop_map(|(ids_of, reference_of)| Command::Download { ids_of, reference_of }),
        8 => (pick(), prop::bool::weighted(0.3)).prop_map(|(with, stale_page)| Command::Renew { with, stale_page }),
        5 => (pick(), prop::option::weighted(0.5, pick()))
            .prop_map(|(renewal, with)| Command::Collect { renewal, with }),
        4 => (pick(), order).prop_map(|(renewal, order)| Command::Order { renewal, order }),
        4 => (pick(), prop::option::weighted(0.2, pick()))
            .prop_map(|(of, reference_of)| Command::RequestRevocation { of, reference_of }),
        4 => (pick(), any::<bool>()).prop_map(|(of, approve)| Command::Decide { of, approve }),
        1 => pick().prop_map(|of| Command::Revoke { of }),
        10 => prop::sample::select(moves.to_vec()).prop_map(|seconds| Command::Move { seconds }),
    ];
    prop::collection::vec(command, 20..70)
}
