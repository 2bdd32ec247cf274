#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::SERVER_FORM;

fuzz_target!(init: SERVER_FORM.sow(), |bytes: &[u8]| (SERVER_FORM.read)(bytes));
