//! What is sealed in a wallet file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::store::rows(data));
