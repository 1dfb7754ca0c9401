//! The four parameters: RFC 7692 §7.1.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::context::WindowBits;
use super::{AnswerError, NAME};
use crate::handshake::{Extension, Param};

pub(super) const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
pub(super) const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
pub(super) const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
pub(super) const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// What one offer or answer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<WindowBits>,
    pub(super) client_max_window_bits: Option<ClientBits>,
}

/// The value of `client_max_window_bits`; in an offer it may be left out (§7.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientBits {
    /// "I can be limited."
    Any,
    AtMost(WindowBits),
}

impl Params {
    /// Reads the parameters of an offer.
    pub(super) fn of_offer(offer: &Extension) -> Result<Self, AnswerError> {
        let mut params = Self::default();
        for (index, param) in offer.params().iter().enumerate() {
            // §7.1: a name that comes twice makes the offer invalid, whatever the values.
            let earlier = offer.params().iter().take(index);
            if earlier.into_iter().any(|other| other.name() == param.name()) {
                return Err(AnswerError::RepeatedParameter(param.name().into()));
            }
            params.read(param)?;
        }
        Ok(params)
    }

    /// Reads the parameters of an answer.
    pub(super) fn of_answer(answer: &Extension) -> Result<Self, AnswerError> {
        let params = Self::of_offer(answer)?;
        // §7.1.2.2: in an answer there is always a value.
        if params.client_max_window_bits == Some(ClientBits::Any) {
            return Err(AnswerError::InvalidParameter(CLIENT_MAX_WINDOW_BITS.into()));
        }
        Ok(params)
    }

    fn read(&mut self, param: &Param) -> Result<(), AnswerError> {
        let invalid = || AnswerError::InvalidParameter(param.to_string());
        let bits = |value| WindowBits::parse(value).ok_or_else(invalid);
        match (param.name(), param.value()) {
            (SERVER_NO_CONTEXT_TAKEOVER, None) => self.server_no_context_takeover = true,
            (CLIENT_NO_CONTEXT_TAKEOVER, None) => self.client_no_context_takeover = true,
            (SERVER_MAX_WINDOW_BITS, Some(value)) => self.server_max_window_bits = Some(bits(value)?),
            (CLIENT_MAX_WINDOW_BITS, None) => self.client_max_window_bits = Some(ClientBits::Any),
            (CLIENT_MAX_WINDOW_BITS, Some(value)) => {
                self.client_max_window_bits = Some(ClientBits::AtMost(bits(value)?));
            }
            (
                SERVER_NO_CONTEXT_TAKEOVER | CLIENT_NO_CONTEXT_TAKEOVER | SERVER_MAX_WINDOW_BITS,
                Some(_) | None,
            ) => return Err(invalid()),
            (unknown, _) => return Err(AnswerError::UnknownParameter(unknown.into())),
        }
        Ok(())
    }

    /// The offer or the answer that says this.
    pub(super) fn to_extension(self) -> Extension {
        let mut params: Vec<(&'static str, Option<String>)> = Vec::new();
        if self.server_no_context_takeover {
            params.push((SERVER_NO_CONTEXT_TAKEOVER, None));
        }
        if self.client_no_context_takeover {
            params.push((CLIENT_NO_CONTEXT_TAKEOVER, None));
        }
        if let Some(bits) = self.server_max_window_bits {
            params.push((SERVER_MAX_WINDOW_BITS, Some(bits.to_string())));
        }
        match self.client_max_window_bits {
            Some(ClientBits::Any) => params.push((CLIENT_MAX_WINDOW_BITS, None)),
            Some(ClientBits::AtMost(bits)) => params.push((CLIENT_MAX_WINDOW_BITS, Some(bits.to_string()))),
            None => {}
        }
        Extension::of_tokens(NAME, params)
    }
}
