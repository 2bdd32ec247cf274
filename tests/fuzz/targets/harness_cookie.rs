#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::HARNESS_COOKIE;

fuzz_target!(init: HARNESS_COOKIE.sow(), |bytes: &[u8]| (HARNESS_COOKIE.read)(bytes));
