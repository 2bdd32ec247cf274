#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::HARNESS_PAGE;

fuzz_target!(init: HARNESS_PAGE.sow(), |bytes: &[u8]| (HARNESS_PAGE.read)(bytes));
