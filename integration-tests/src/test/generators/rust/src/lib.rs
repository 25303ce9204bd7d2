//! The stubs, client and server.

include!(concat!(env!("OUT_DIR"), "/stubs.rs"));
