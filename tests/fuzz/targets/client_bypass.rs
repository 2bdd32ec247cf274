#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_BYPASS;

fuzz_target!(init: CLIENT_BYPASS.sow(), |bytes: &[u8]| (CLIENT_BYPASS.read)(bytes));
