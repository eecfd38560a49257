//! Other words of the API.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::tatum::answer(data));
