//! `rfc6455` beside other HTTP stacks: they parse the head, we check it and speak WebSocket behind the 101.
//!
//! Each module is one to take home, with the `Error` and the `echo` of this file where it uses them:
//!
//! * [`hyper_server`]: a server on hyper 1.
//! * [`hyper_client`]: a client on hyper 1.
//! * [`axum_extractor`]: an extractor for axum 0.8, `WebSocketUpgrade`.
//! * [`to_a_thread`]: hyper does the handshake, and a thread with a blocking socket has the connection.
//! * [`tiny_http`]: no async at all.
//!
//! ```text
//! cargo test --locked --manifest-path examples/stacks/Cargo.toml
//! ```
//!
//! The steps are the same in all of them. A server converts the request it was given
//! ([`Request::try_from`](rfc6455::handshake::Request), or `Request::from_fields`), checks it (`OriginPolicy`, `Upgrade`), and gives
//! the stack the answer to send: `http::Response::try_from(&accept)`, or the `response` of the fault. Then it waits for the stack to
//! hand over the stream. What the client sent behind its request may have been read with it: either the stream that is
//! handed over gives it first, as those of hyper and tiny_http do, or it comes as bytes, which `WebSocket::new` takes.

pub mod axum_extractor;
pub mod hyper_client;
pub mod hyper_server;
pub mod tiny_http;
pub mod to_a_thread;

use rfc6455::session::Message;
use rfc6455::tokio::WebSocket;
use tokio::io::{AsyncRead, AsyncWrite};

/// Whatever may go wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What the asynchronous servers of these examples do.
pub async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocket<S>) -> Result<(), Error> {
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.send(&message).await?;
    }
    Ok(())
}
