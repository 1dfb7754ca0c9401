//! RFC 6455 §4.1: the client's half of the opening handshake, from bytes to an answer.
//!
//! Give it what arrives until it gives an `Answer`; bytes behind the head of a 101 stay with the
//! caller. Any other status is an answer, too: with its headers and a bounded part of its body.

use core::mem;

use super::body::{BodyReader, Progress};
use super::head::{HeadCollector, HeadLimits};
use super::headers::Headers;
use super::opening::Opening;
use super::response::{Ending, Response};
use super::response_error::ResponseError;
use super::version::HttpVersion;

/// What a server answered to an opening handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a handshake has these two ends and no third")]
pub enum Answer {
    /// The WebSocket is open: the status is 101, and every rule of RFC 6455 §4.1 is kept.
    Open(Response),
    /// The server answered with another status, such as 301, 401 or 503; it is up to the caller
    /// what to do.
    Refused(Response),
}

/// Receives the answer to a request that [`ClientRequest`](super::ClientRequest) wrote
/// (RFC 6455 §4.1).
///
/// ```
/// use rfc6455::handshake::{Answer, ClientRequest, Uri};
///
/// let uri = Uri::parse("ws://example.com/chat")?;
/// let mut out = Vec::new();
/// // The nonce of the RFC's example; yours is random, and fresh for each connection.
/// let mut handshake = ClientRequest::new(&uri).start(*b"the sample nonce", &mut out);
/// // Send `out`, then receive:
/// let mut input: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
///     Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x00";
/// match handshake.receive(&mut input)? {
///     Some(Answer::Open(response)) => assert_eq!(response.subprotocol(), None),
///     Some(Answer::Refused(response)) => panic!("refused with {}", response.status()),
///     None => unreachable!("here the whole answer was given at once"),
/// }
/// assert_eq!(input, b"\x81\x00"); // a frame that came right behind the head
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientHandshake {
    opening: Opening,
    body_limit: usize,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Head(HeadCollector),
    Body { response: Response, reader: BodyReader },
    Answered,
    Failed(ResponseError),
}

impl ClientHandshake {
    pub(super) const fn new(opening: Opening, limits: HeadLimits, body_limit: usize) -> Self {
        Self { opening, body_limit, state: State::Head(HeadCollector::for_response(limits)) }
    }

    /// Takes bytes from `input`, and gives the answer once it is whole.
    ///
    /// `Ok(None)` means that all of `input` was taken and more is needed. With [`Answer::Open`],
    /// what is left of `input` is the start of the connection. Interim responses (1xx) are skipped;
    /// their bytes count towards the limit on the head. Nothing may be sent before the answer
    /// (RFC 6455 §4.1).
    ///
    /// # Errors
    ///
    /// A [`ResponseError`] as soon as the bytes cannot become a valid answer; close the transport.
    /// Each later call takes nothing and repeats the error. After the answer it is
    /// [`ResponseError::AlreadyReceived`].
    pub fn receive(&mut self, input: &mut &[u8]) -> Result<Option<Answer>, ResponseError> {
        let received = match &self.state {
            State::Head(_) => self.receive_head(input),
            State::Body { .. } => Ok(self.receive_body(input)),
            State::Answered => return Err(ResponseError::AlreadyReceived),
            State::Failed(fault) => return Err(fault.clone()),
        };
        if let Err(fault) = &received {
            self.state = State::Failed(fault.clone());
        }
        received
    }

    /// Tells that the transport has ended, which is how the body of a refusal may end
    /// (RFC 9112 §6.3).
    ///
    /// # Errors
    ///
    /// [`ResponseError::Truncated`] if the head is not whole, else the same as
    /// [`receive`](Self::receive).
    pub fn receive_eof(&mut self) -> Result<Answer, ResponseError> {
        match mem::replace(&mut self.state, State::Answered) {
            State::Body { mut response, reader } => {
                response.ending = if reader.ends_with_transport() { Ending::Whole } else { Ending::CutOff };
                Ok(Answer::Refused(response))
            }
            State::Head(_) => self.fail(ResponseError::Truncated),
            State::Answered => Err(ResponseError::AlreadyReceived),
            State::Failed(fault) => self.fail(fault),
        }
    }

    /// Checks an answer whose head another HTTP/1.1 stack has parsed, just as
    /// [`receive`](Self::receive) does.
    ///
    /// The body of a refusal stays with that stack.
    ///
    /// # Errors
    ///
    /// A [`ResponseError`] that names the rule which the answer breaks.
    pub fn check_fields(
        &self,
        status: u16,
        fields: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
    ) -> Result<Answer, ResponseError> {
        let headers = Headers::from_fields(fields)?;
        self.check(Response::of_other_stack(HttpVersion::Http11, status, headers))
    }

    pub(super) fn check(&self, response: Response) -> Result<Answer, ResponseError> {
        match response.status() {
            101 => self.opening.check(response).map(Answer::Open),
            _ => Ok(Answer::Refused(response)),
        }
    }

    fn receive_head(&mut self, input: &mut &[u8]) -> Result<Option<Answer>, ResponseError> {
        while let State::Head(collector) = &mut self.state {
            let Some(head) = collector.collect(input)? else {
                return Ok(None);
            };
            let response = Response::parse(head)?;
            match response.status() {
                101 => {
                    let response = self.opening.check(response)?;
                    self.state = State::Answered;
                    return Ok(Some(Answer::Open(response)));
                }
                // RFC 9110 §15.2: a client skips interim responses that it does not expect.
                100..=199 => collector.next_response(),
                // §4.1 (1): any other status is handled as HTTP does.
                status => {
                    let reader = BodyReader::new(status, response.headers(), self.body_limit);
                    self.state = State::Body { response, reader };
                }
            }
        }
        Ok(self.receive_body(input))
    }

    fn receive_body(&mut self, input: &mut &[u8]) -> Option<Answer> {
        let State::Body { response, reader } = &mut self.state else {
            return None;
        };
        response.ending = match reader.read(input, &mut response.body) {
            Progress::More => return None,
            Progress::Whole => Ending::Whole,
            Progress::CutOff => Ending::CutOff,
        };
        match mem::replace(&mut self.state, State::Answered) {
            State::Body { response, .. } => Some(Answer::Refused(response)),
            _ => None,
        }
    }

    fn fail(&mut self, fault: ResponseError) -> Result<Answer, ResponseError> {
        self.state = State::Failed(fault.clone());
        Err(fault)
    }
}
