//! The stores, through the program itself, against servers on loopback that answer as the documented ones do.

#![allow(clippy::unwrap_used)]

mod aws;
mod aws_trouble;
mod azure;
mod azure_trouble;
mod gcp;
mod gcp_files;
mod gcp_trouble;
mod moto;
mod program;
mod server;
mod vault;
mod vault_trouble;
mod vgs;
mod wallet;

/// The password that the stores have.
const PASSWORD: &str = "correct horse battery staple";
