//! Putting a message together from its chunks: RFC 6455 §5.4, with text checked as it comes (§8.1).
//!
//! Storage grows with the bytes that arrived, never with a length that was claimed.

use core::mem;

use super::Message;
use crate::protocol::{Chunk, DataKind, InvalidUtf8, Utf8Stream};

/// The message in progress.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    message: Message,
    text: Utf8Stream,
}

impl Assembly {
    /// Adds a chunk; when it is the last one, the message is exchanged with `whole`, whose storage serves the next.
    pub(super) fn push(
        &mut self,
        chunk: &Chunk<impl AsRef<[u8]>>,
        whole: &mut Message,
    ) -> Result<Option<()>, InvalidUtf8> {
        if chunk.starts {
            self.message.clear_to(chunk.kind);
            self.text = Utf8Stream::new();
        }
        match &mut self.message {
            Message::Binary(bytes) => bytes.extend_from_slice(chunk.payload.as_ref()),
            Message::Text(text) => {
                let (first, rest) = self.text.push(chunk.payload.as_ref())?;
                text.extend(first);
                text.push_str(rest);
            }
        }
        if !chunk.ends {
            return Ok(None);
        }
        if chunk.kind == DataKind::Text {
            self.text.finish()?;
        }
        mem::swap(&mut self.message, whole);
        Ok(Some(()))
    }
}
