#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::HARNESS_SCENARIO;

fuzz_target!(init: HARNESS_SCENARIO.sow(), |bytes: &[u8]| (HARNESS_SCENARIO.read)(bytes));
