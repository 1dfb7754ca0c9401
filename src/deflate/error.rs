//! What can be wrong with a server's answer and with compressed data.

use alloc::string::String;
use core::fmt;

/// Why a client cannot take the server's answer to its offers: it has to fail the connection (RFC 7692 §5.2, §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// A parameter that the extension does not have.
    UnknownParameter(String),
    /// A parameter that comes twice.
    RepeatedParameter(String),
    /// A parameter with its value, which it cannot have, or without one, which it must have.
    InvalidParameter(String),
    /// The extension was accepted without this parameter of the offer, or with a larger value.
    NotKept(&'static str),
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownParameter(name) => {
                write!(f, "the server's permessage-deflate has an unknown \"{name}\"")
            }
            Self::RepeatedParameter(name) => {
                write!(f, "the server's permessage-deflate has \"{name}\" twice")
            }
            Self::InvalidParameter(param) => {
                write!(f, "the server's permessage-deflate has an invalid \"{param}\"")
            }
            Self::NotKept(name) => {
                write!(
                    f,
                    "the server accepted permessage-deflate without the \"{name}\" that was offered, or with more"
                )
            }
        }?;
        f.write_str(" (RFC 7692 §7.1)")
    }
}

impl core::error::Error for AnswerError {}

/// Compressed data that are none, or end too early (RFC 7692 §7.2.2). The connection fails, with 1007.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidData;

impl fmt::Display for InvalidData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid compressed data (RFC 7692 §7.2.2)")
    }
}

impl core::error::Error for InvalidData {}
