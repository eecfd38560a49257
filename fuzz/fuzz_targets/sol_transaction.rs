//! The messages of Solana.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::binary::fuzz("SOL", data));
