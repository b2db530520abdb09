#![no_main]

libfuzzer_sys::fuzz_target!(|line: &[u8]| pixelwars::exchange::testing::any_line(line));
