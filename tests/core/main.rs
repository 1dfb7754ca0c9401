//! Frames, messages, connections and sessions: all that needs neither sockets nor compression.

#[path = "../common/mod.rs"]
mod common;
#[path = "../pair/mod.rs"]
mod pair;

mod closing;
mod cuts;
mod errors;
mod frames;
mod halves;
mod in_place;
mod limits;
mod masking;
mod messages;
mod reserved_bits;
mod roundtrip;
mod sending;
mod session;
mod session_messages;
mod states;
