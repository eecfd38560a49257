//! Answers of the approval server.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::local::approval(data));
