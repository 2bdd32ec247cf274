#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_PAGE;

fuzz_target!(init: CLIENT_PAGE.sow(), |bytes: &[u8]| (CLIENT_PAGE.read)(bytes));
