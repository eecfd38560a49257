//! A wallet file that somebody has changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::store::file(data));
