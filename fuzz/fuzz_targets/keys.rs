//! Keys, addresses and mnemonics of every chain.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kms_fuzz::keys::fuzz(data));
