//! Headers over `std::io`: RFC 6455 §5.2 for tools that work frame by frame.
//!
//! A relay reads a header, passes it and `payload_len` bytes on, and has changed nothing (§5.4).

use std::io::{self, Read, Write};

use super::{FrameHeader, HeaderError, MAX_HEADER_LEN};

impl FrameHeader {
    /// Reads one header from `reader`, and not a byte of the payload after it. `None` is the end of the stream
    /// between frames.
    ///
    /// Reads a byte at a time: give it a [`BufReader`](std::io::BufReader) when each read is a system call. The reader
    /// has to block: when it fails inside a header, what was read of that is gone.
    ///
    /// ```
    /// use std::io::{Read, copy};
    /// use rfc6455::frame::FrameHeader;
    ///
    /// // A relay: RSV, FIN and frame boundaries go through untouched.
    /// let mut from: &[u8] = &[0x41, 0x03, b'a', b'b', b'c', 0x80, 0x00];
    /// let mut to = Vec::new();
    /// while let Some(header) = FrameHeader::read_from(&mut from)? {
    ///     header.write_to(&mut to)?;
    ///     copy(&mut from.by_ref().take(header.payload_len), &mut to)?;
    /// }
    /// assert_eq!(to, [0x41, 0x03, b'a', b'b', b'c', 0x80, 0x00]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What `reader` returns; [`io::ErrorKind::UnexpectedEof`] when the stream ends inside a header;
    /// [`io::ErrorKind::InvalidData`] with a [`HeaderError`] inside when the header is illegal.
    pub fn read_from(reader: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; MAX_HEADER_LEN];
        for last in 0..MAX_HEADER_LEN {
            let Some(byte) = bytes.get_mut(last..=last) else { break };
            match reader.read_exact(byte) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && last == 0 => {
                    return Ok(None);
                }
                other => other?,
            }
            if let Some((header, _)) = Self::decode(bytes.get(..=last).unwrap_or_default())? {
                return Ok(Some(header));
            }
        }
        // Not reached: no header is longer.
        Err(io::ErrorKind::InvalidData.into())
    }

    /// Writes the header to `writer`; `payload_len` bytes of payload, masked if there is a key, have to follow.
    ///
    /// # Errors
    ///
    /// What `writer` returns; [`io::ErrorKind::InvalidData`] with a [`HeaderError`] inside when the header must not be sent.
    pub fn write_to(&self, writer: &mut impl Write) -> io::Result<()> {
        writer.write_all(&self.encode()?)
    }
}

impl From<HeaderError> for io::Error {
    fn from(error: HeaderError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}
