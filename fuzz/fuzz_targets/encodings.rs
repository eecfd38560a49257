//! Base58, Base32, WIF, seeds and words.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::encodings::fuzz(data));
