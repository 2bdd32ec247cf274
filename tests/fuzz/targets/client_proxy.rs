#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_PROXY;

fuzz_target!(init: CLIENT_PROXY.sow(), |bytes: &[u8]| (CLIENT_PROXY.read)(bytes));
