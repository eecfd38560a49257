//! The answer to a poll.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::tatum::pending(data));
