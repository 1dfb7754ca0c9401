//! RFC 6455 §4.2: the server's half of the opening handshake, from bytes to a request.
//!
//! Give it what arrives until it gives a `Request`; bytes behind the head stay with the caller.
//! What to answer is decided with `Upgrade`, `Accept` and `HttpResponse`.

use super::head::{HeadCollector, HeadLimits};
use super::request::Request;
use super::request_error::RequestError;

/// Receives one request, however its bytes are cut (RFC 6455 §4.2.1).
///
/// ```
/// use rfc6455::handshake::{HeadLimits, ServerHandshake, Upgrade};
///
/// let mut handshake = ServerHandshake::new(HeadLimits::default());
/// let mut input: &[u8] = b"GET /chat HTTP/1.1\r\nHost: example.com\r\n\
///     Upgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x85";
///
/// let given = input.len();
/// let mut out = Vec::new();
/// if let Some(request) = handshake.receive(&mut input)? {
///     match Upgrade::from_request(&request) {
///         Ok(upgrade) => upgrade.accept().write(&mut out),
///         Err(fault) => fault.response().write(&mut out),
///     }
/// }
/// assert!(out.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
/// // What is left belongs to the connection. In a buffer of yours it begins here:
/// let taken = given - input.len();
/// assert_eq!((taken, input), (given - 2, &b"\x81\x85"[..]));
/// # Ok::<(), rfc6455::handshake::RequestError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerHandshake {
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Receiving(HeadCollector),
    Received,
    Failed(RequestError),
}

impl ServerHandshake {
    /// Waits for the first byte of a request.
    #[must_use]
    pub const fn new(limits: HeadLimits) -> Self {
        Self { state: State::Receiving(HeadCollector::for_request(limits)) }
    }

    /// Takes bytes from `input`, and gives the request once its head is whole.
    ///
    /// `Ok(None)` means that all of `input` was taken and more is needed. With the request, what is
    /// left of `input` lies behind the head: on a WebSocket it is the start of the connection, as
    /// some clients do not wait for the answer. One empty line before the request is skipped
    /// (RFC 9112 §2.2).
    ///
    /// # Errors
    ///
    /// A [`RequestError`] as soon as the bytes cannot become a valid request; write its
    /// [`response`](RequestError::response) and close. Each later call takes nothing and repeats
    /// the error. After the request it is [`RequestError::AlreadyReceived`].
    pub fn receive(&mut self, input: &mut &[u8]) -> Result<Option<Request>, RequestError> {
        let collector = match &mut self.state {
            State::Receiving(collector) => collector,
            State::Received => return Err(RequestError::AlreadyReceived),
            State::Failed(fault) => return Err(*fault),
        };
        let received = match collector.collect(input) {
            Ok(None) => return Ok(None),
            Ok(Some(head)) => Request::parse(head),
            Err(fault) => Err(fault.into()),
        };
        self.state = match &received {
            Ok(_) => State::Received,
            Err(fault) => State::Failed(*fault),
        };
        received.map(Some)
    }
}
