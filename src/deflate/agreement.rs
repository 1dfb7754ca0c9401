//! What the two sides agreed on: RFC 7692 §5.1.

use super::{Compressor, Context, Decompressor, Deflate};
use crate::handshake::Extension;

/// What a client and a server agreed on, and the settings of this end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    settings: Deflate,
    outgoing: Context,
    incoming: Context,
    extension: Extension,
}

impl Agreement {
    pub(super) fn new(
        settings: &Deflate,
        outgoing: Context,
        incoming: Context,
        extension: Extension,
    ) -> Self {
        Self { settings: settings.clone(), outgoing, incoming, extension }
    }

    /// The extension as it stands in the server's answer.
    #[must_use]
    pub const fn extension(&self) -> &Extension {
        &self.extension
    }

    /// What we may refer to.
    #[must_use]
    pub const fn outgoing(&self) -> Context {
        self.outgoing
    }

    /// What the peer may refer to.
    #[must_use]
    pub const fn incoming(&self) -> Context {
        self.incoming
    }

    /// The settings that it was made of.
    #[must_use]
    pub const fn settings(&self) -> &Deflate {
        &self.settings
    }

    /// For the messages that we send.
    #[must_use]
    pub fn compressor(&self) -> Compressor {
        Compressor::new(self.outgoing, &self.settings)
    }

    /// For the messages that come.
    #[must_use]
    pub fn decompressor(&self) -> Decompressor {
        Decompressor::new(self.incoming, &self.settings)
    }
}
