#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::HARNESS_PFX;

fuzz_target!(init: HARNESS_PFX.sow(), |bytes: &[u8]| (HARNESS_PFX.read)(bytes));
