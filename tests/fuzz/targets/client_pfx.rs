#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_PFX;

fuzz_target!(init: CLIENT_PFX.sow(), |bytes: &[u8]| (CLIENT_PFX.read)(bytes));
