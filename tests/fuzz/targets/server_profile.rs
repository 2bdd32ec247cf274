#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::SERVER_PROFILE;

fuzz_target!(init: SERVER_PROFILE.sow(), |bytes: &[u8]| (SERVER_PROFILE.read)(bytes));
