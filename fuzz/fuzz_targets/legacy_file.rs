//! Wallet files of the old format.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::store::legacy(data));
