//! RFC 6455 §4: the opening handshake, without I/O.
//!
//! ```text
//!   client                                                server
//!   ClientRequest::start ──── GET .. Upgrade: websocket ───▶ ServerHandshake::receive ─▶ Request
//!                                                            Upgrade::from_request,
//! OriginPolicy::check
//!   ClientHandshake::receive ◀─ 101 Switching Protocols ──── Upgrade::accept ─▶ Accept::write
//!          │                ◀─ or 403, 404, 426 .. ───────── HttpResponse::write
//!          ▼
//!   Answer::Open, Answer::Refused
//! ```
//!
//! Bytes go in as `&mut &[u8]`, however they are cut, and what was taken is cut off the slice;
//! bytes behind a head are left there, as they belong to the connection. Output is appended to a
//! `Vec<u8>` of the caller's.
//!
//! Each side also takes heads that another HTTP stack has parsed: [`Request::from_fields`] and
//! [`ClientHandshake::check_fields`]. With the feature `http` these, and all that is written here,
//! convert from and to the types of the crate of that name: hyper, axum and others use them.
//!
//! Errors are sorted by whose fault they are: [`RequestError`] is the client's, [`ResponseError`]
//! the server's, and [`BuildError`] and [`UriError`] are those of the program itself.

mod accept;
mod authority;
mod body;
mod build_error;
mod chunked;
mod client;
mod client_request;
mod extension;
mod head;
mod head_error;
mod headers;
#[cfg(feature = "http")]
mod http;
mod http_response;
mod key;
mod list;
mod opening;
mod origin;
mod request;
mod request_error;
mod response;
mod response_error;
mod response_head;
mod server;
#[cfg(test)]
mod tests;
mod token;
mod upgrade;
mod uri;
mod version;
mod wire;

pub use accept::Accept;
pub(crate) use authority::{Authority, AuthorityFault};
pub use build_error::BuildError;
pub use client::{Answer, ClientHandshake};
pub use client_request::ClientRequest;
pub use extension::{Extension, Param};
pub use head::HeadLimits;
pub use head_error::HeadError;
pub use headers::Headers;
pub use http_response::HttpResponse;
pub use key::accept_key;
#[cfg(feature = "std")]
pub use key::os_nonce;
pub use origin::OriginPolicy;
pub use request::Request;
pub use request_error::RequestError;
pub use response::Response;
pub use response_error::ResponseError;
pub(crate) use response_head::ResponseHead;
pub use server::ServerHandshake;
pub use upgrade::Upgrade;
pub use uri::{Uri, UriError};
pub use version::HttpVersion;
