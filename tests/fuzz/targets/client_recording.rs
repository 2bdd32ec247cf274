#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_RECORDING;

fuzz_target!(init: CLIENT_RECORDING.sow(), |bytes: &[u8]| (CLIENT_RECORDING.read)(bytes));
