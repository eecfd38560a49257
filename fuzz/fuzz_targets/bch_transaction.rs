//! The transactions of Bitcoin Cash.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::binary::fuzz("BCH", data));
