#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::CLIENT_NTLM;

fuzz_target!(init: CLIENT_NTLM.sow(), |bytes: &[u8]| (CLIENT_NTLM.read)(bytes));
