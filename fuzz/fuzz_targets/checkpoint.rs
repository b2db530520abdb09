#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| projections::testing::any_checkpoint(bytes));
