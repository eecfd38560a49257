//! The XDR of Stellar.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::binary::fuzz("XLM", data));
