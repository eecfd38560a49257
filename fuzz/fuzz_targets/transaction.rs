//! A pending transaction of any chain.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::transaction::fuzz(data));
