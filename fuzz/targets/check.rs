#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| publish_plan_fuzz::hold("check", bytes));
