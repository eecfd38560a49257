//! The stores that are asked by hand, through the program itself, against servers on loopback that answer as the
//! documented ones do.

#![allow(clippy::unwrap_used)]

mod azure;
mod azure_trouble;
mod gcp;
mod gcp_files;
mod gcp_trouble;
mod program;
mod server;
mod vgs;

/// The password that the stores have.
const PASSWORD: &str = "correct horse battery staple";
