//! Compression of messages: RFC 7692, over [`WebSocket`] and its halves.
//!
//! It is negotiated in [`Connect`](super::Connect) and [`Incoming`](super::Incoming) when their
//! [`Config`] says so; here is what one may say about single messages.

use std::io::{Read, Write};

use super::{Error, WebSocket, Writer};
use crate::deflate::{Agreement, Compress};
use crate::handshake::{Accept, ClientRequest, Response};
use crate::protocol::Data;
use crate::session::{Compressing, Config};

/// Adds the client's offers, if it has any.
pub(super) fn offer(request: &ClientRequest, config: &Config) -> ClientRequest {
    let offers = config.deflate.iter().flat_map(|deflate| deflate.offers());
    offers.fold(request.clone(), ClientRequest::extension)
}

/// What the server said to that.
pub(super) fn agree(response: &Response, config: &Config) -> Result<Option<Agreement>, Error> {
    match &config.deflate {
        Some(deflate) => Ok(deflate.agree(response.extensions())?),
        None => Ok(None),
    }
}

/// The server's answer to the client's offers, if it accepts one.
pub(super) fn accept(accept: &Accept, config: &Config) -> Result<(Accept, Option<Agreement>), Error> {
    let offers = accept.upgrade().extensions();
    let agreement = config.deflate.as_ref().and_then(|deflate| deflate.accept(offers));
    let accept = match &agreement {
        Some(agreement) => accept.clone().extension(agreement.extension().clone())?,
        None => accept.clone(),
    };
    Ok((accept, agreement))
}

impl<S: Read + Write> WebSocket<S> {
    /// Says what was agreed on about compression, when the opening handshake was done elsewhere.
    #[must_use]
    pub fn with_deflate(mut self, agreement: &Agreement) -> Self {
        self.session = self.session.with_deflate(agreement);
        self
    }

    /// Sends a message now, and says whether it is compressed.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_with<'d>(&mut self, data: impl Into<Data<'d>>, compress: Compress) -> Result<(), Error> {
        self.take_with(data.into(), compress)?;
        self.flush()
    }

    /// As [`queue`](Self::queue), and says whether the message is compressed.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn queue_with<'d>(&mut self, data: impl Into<Data<'d>>, compress: Compress) -> Result<(), Error> {
        self.take_with(data.into(), compress)?;
        self.flush_queue()
    }

    /// As [`start`](Self::start), and says whether the message is compressed.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn start_with<'d>(&mut self, data: impl Into<Data<'d>>, compress: Compress) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.start_with(data, compress, &mut self.wire.output.bytes)?;
        self.flush()
    }

    fn take_with(&mut self, data: Data<'_>, compress: Compress) -> Result<(), Error> {
        self.wire.check_room()?;
        Ok(self.session.send_with(data, compress, &mut self.wire.output.bytes)?)
    }
}

impl<S> Writer<S>
where
    for<'s> &'s S: Read + Write,
{
    /// Sends a message now, and says whether it is compressed.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_with<'d>(&mut self, data: impl Into<Data<'d>>, compress: Compress) -> Result<(), Error> {
        let data = data.into();
        match self.compress(data, Some(compress))? {
            Some(compressing) => self.send_by(|session, out| session.send_compressed(compressing, data, out)),
            None => self.send_by(|session, out| session.send_with(data, Compress::Never, out)),
        }
    }

    /// As [`queue`](Self::queue), and says whether the message is compressed.
    ///
    /// # Errors
    ///
    /// As [`queue`](Self::queue).
    pub fn queue_with<'d>(&mut self, data: impl Into<Data<'d>>, compress: Compress) -> Result<(), Error> {
        let data = data.into();
        match self.compress(data, Some(compress))? {
            Some(compressing) => {
                self.queue_by(|session, out| session.send_compressed(compressing, data, out))
            }
            None => self.queue_by(|session, out| session.send_with(data, Compress::Never, out)),
        }
    }

    /// As [`start`](Self::start), and says whether the message is compressed.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn start_with<'d>(&mut self, data: impl Into<Data<'d>>, compress: Compress) -> Result<(), Error> {
        self.send_by(|session, out| session.start_with(data, compress, out))
    }
}

impl<S> Writer<S> {
    /// Compresses a message while the reader goes on with the session; `None` when it is not to be compressed.
    pub(super) fn compress(
        &mut self,
        data: Data<'_>,
        forced: Option<Compress>,
    ) -> Result<Option<Compressing>, Error> {
        if !self.shared.compresses {
            return Ok(None);
        }
        let mut core = self.shared.lock();
        let lent = core.take(&self.shared.config, |session, _| session.lend_compressor(data, forced))?;
        drop(core);
        Ok(lent.map(|mut compressing| {
            compressing.run(data);
            compressing
        }))
    }
}
