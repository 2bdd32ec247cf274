#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::SERVER_COOKIE;

fuzz_target!(init: SERVER_COOKIE.sow(), |bytes: &[u8]| (SERVER_COOKIE.read)(bytes));
