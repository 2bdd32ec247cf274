#![no_main]

use libfuzzer_sys::fuzz_target;
use obn_tests::fuzz::SERVER_WORLD;

fuzz_target!(init: SERVER_WORLD.sow(), |bytes: &[u8]| (SERVER_WORLD.read)(bytes));
