#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::HARNESS_DER;

fuzz_target!(init: HARNESS_DER.sow(), |bytes: &[u8]| (HARNESS_DER.read)(bytes));
