#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_COOKIE;

fuzz_target!(init: CLIENT_COOKIE.sow(), |bytes: &[u8]| (CLIENT_COOKIE.read)(bytes));
