//! Compression of messages: RFC 7692, over [`WebSocket`] and its writer.
//!
//! It is negotiated in [`open`](super::open), [`over`](super::over) and [`Incoming`](super::Incoming) when their
//! [`Config`](crate::Config) says so; here is what one may say about single messages.

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::core::Core;
use super::sending::{queue, send};
use super::{WebSocket, Writer};
use crate::deflate::{Agreement, Compress};
use crate::net::Error;
use crate::protocol::Data;

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Says what was agreed on about compression, when the opening handshake was done elsewhere.
    #[must_use]
    pub fn with_deflate(self, agreement: &Agreement) -> Self {
        let Core { inner, bell, .. } = self.core;
        Self::of(Core::of(inner.with_deflate(agreement), bell))
    }
}

macro_rules! sends_compressed {
    ($type:ident) => {
        impl<S: AsyncRead + AsyncWrite + Unpin> $type<S> {
            /// Sends a message now, and says whether it is compressed.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn send_with<'d>(
                &mut self,
                data: impl Into<Data<'d>>,
                compress: Compress,
            ) -> Result<(), Error> {
                let data = data.into();
                send(self, |inner| inner.send_with(data, compress)).await
            }

            /// As [`queue`](Self::queue), and says whether the message is compressed.
            ///
            /// # Dropping the future
            ///
            /// As with [`queue`](Self::queue).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn queue_with<'d>(
                &mut self,
                data: impl Into<Data<'d>>,
                compress: Compress,
            ) -> Result<(), Error> {
                let data = data.into();
                queue(self, |inner| inner.queue_with(data, compress)).await
            }

            /// As [`start`](Self::start), and says whether the message is compressed.
            ///
            /// # Dropping the future
            ///
            /// As with [`start`](Self::start).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn start_with<'d>(
                &mut self,
                data: impl Into<Data<'d>>,
                compress: Compress,
            ) -> Result<(), Error> {
                let data = data.into();
                send(self, |inner| inner.start_with(data, compress)).await
            }
        }
    };
}

sends_compressed!(WebSocket);
sends_compressed!(Writer);
