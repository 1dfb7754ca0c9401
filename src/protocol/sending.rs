//! What a [`Connection`] sends: RFC 6455 §5.4 to §5.6 and §6.1, by its [`Sender`].

use alloc::vec::Vec;

#[cfg(doc)]
use super::Sender;
use super::{Chunk, Connection, Data, DataKind, SendError};
use crate::frame::{EncodedHeader, Rsv};

impl Connection {
    /// Appends a message, in one frame.
    ///
    /// # Errors
    ///
    /// See [`Sender::send`].
    #[inline]
    pub fn send<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send(data, out)
    }

    /// Appends a message whose frame a server has already; a client encodes it anew.
    pub(crate) fn send_prepared(
        &mut self,
        kind: DataKind,
        rsv: Rsv,
        frame: &[u8],
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_prepared(kind, rsv, frame, payload, out)
    }

    /// Takes note that a message whose frame a server has already is written by the caller.
    #[cfg(feature = "std")]
    pub(crate) fn send_elsewhere(&mut self, kind: DataKind, payload_len: usize) -> Result<(), SendError> {
        self.sender.send_elsewhere(kind, payload_len)
    }

    /// Appends the first fragment of a message; [`append`](Self::append) and [`finish`](Self::finish) go on.
    ///
    /// A Close that comes in between is answered at once: the message stays unfinished, and the next call says
    /// [`SendError::Closed`].
    ///
    /// ```
    /// # use rfc6455::protocol::{Connection, Limits, Role};
    /// let mut server = Connection::new(Role::Server, Limits::default());
    /// let mut out = Vec::new();
    /// server.start("Hel", &mut out)?;
    /// server.finish("lo", &mut out)?;
    /// assert_eq!(out, b"\x01\x03Hel\x80\x02lo"); // RFC 6455 §5.7
    /// # Ok::<(), rfc6455::protocol::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`Sender::start`].
    pub fn start<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.start(data, out)
    }

    /// Appends the next fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// See [`Sender::append`].
    pub fn append<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.append(data, out)
    }

    /// Appends the last fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// See [`Sender::finish`].
    pub fn finish<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.finish(data, out)
    }

    /// Appends a chunk that another connection received, or that an extension made: a relay of messages that are too large to
    /// hold.
    ///
    /// # Errors
    ///
    /// See [`Sender::forward`].
    pub fn forward<P: AsRef<[u8]>>(&mut self, chunk: &Chunk<P>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.forward(chunk, out)
    }

    /// Makes sure that the next call, to begin a message, will not fail.
    ///
    /// # Errors
    ///
    /// See [`Sender::check_start`].
    pub fn check_start(&mut self) -> Result<(), SendError> {
        self.sender.check_start()
    }

    /// Makes sure that the next call, to go on with a message of this kind, will not fail.
    ///
    /// # Errors
    ///
    /// See [`Sender::check_append`].
    pub fn check_append(&mut self, kind: DataKind) -> Result<(), SendError> {
        self.sender.check_append(kind)
    }

    /// The header alone of the message `data`, for a vectored write.
    ///
    /// # Errors
    ///
    /// See [`Sender::header_for`].
    #[inline]
    pub fn header_for<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<EncodedHeader, SendError> {
        self.sender.header_for(data)
    }

    /// Masks the payload of a message where it lies, and gives the header to write before it.
    ///
    /// # Errors
    ///
    /// See [`Sender::mask_in_place`].
    #[inline]
    pub fn mask_in_place(&mut self, kind: DataKind, payload: &mut [u8]) -> Result<EncodedHeader, SendError> {
        self.sender.mask_in_place(kind, payload)
    }
}
