#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dhow_fuzz::run("proxy_state", data));
