//! RFC 9112 §4: the head of a response that answers something other than an opening handshake, such as CONNECT.
//!
//! It knows nothing of WebSocket, and reads no body: whoever asked knows what follows the head.

use super::head::{HeadCollector, HeadLimits};
use super::head_error::HeadError;
use super::response::{Ending, Response};

/// Receives the head of one final response, however it is cut.
#[derive(Clone, Debug)]
pub(crate) struct ResponseHead(HeadCollector);

impl ResponseHead {
    pub(crate) const fn new(limits: HeadLimits) -> Self {
        Self(HeadCollector::for_response(limits))
    }

    /// Takes bytes from `input`, and no more than the head has; `None` means that all was taken. Interim responses are
    /// skipped, and count towards the limits.
    pub(crate) fn receive(&mut self, input: &mut &[u8]) -> Result<Option<Response>, HeadError> {
        while let Some(head) = self.0.collect(input)? {
            let mut response = Response::parse(head)?;
            // RFC 9110 §15.2: interim, all but 101, which ends HTTP on this connection.
            if matches!(response.status(), 100 | 102..=199) {
                self.0.next_response();
                continue;
            }
            response.ending = Ending::CutOff;
            return Ok(Some(response));
        }
        Ok(None)
    }
}
