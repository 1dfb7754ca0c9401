//! Offers and answers: RFC 7692 §5 and §7.1.

use alloc::vec::Vec;

use super::context::{Context, WindowBits};
use super::params::{ClientBits, Params, SERVER_MAX_WINDOW_BITS, SERVER_NO_CONTEXT_TAKEOVER};
use super::{Agreement, AnswerError, Deflate, NAME};
use crate::handshake::Extension;

impl Deflate {
    /// What a client offers: add these to its request, in this order.
    ///
    /// ```
    /// use rfc6455::deflate::{Deflate, WindowBits};
    ///
    /// let mut deflate = Deflate::default();
    /// assert_eq!(deflate.offers()[0].to_string(), "permessage-deflate; client_max_window_bits");
    ///
    /// deflate.incoming.window_bits = WindowBits::MIN;
    /// deflate.require_incoming = false;
    /// let offers: Vec<String> = deflate.offers().iter().map(ToString::to_string).collect();
    /// assert_eq!(offers, [
    ///     "permessage-deflate; server_max_window_bits=8; client_max_window_bits",
    ///     "permessage-deflate; client_max_window_bits",
    /// ]);
    /// ```
    #[must_use]
    pub fn offers(&self) -> Vec<Extension> {
        self.offered().map(Params::to_extension).collect()
    }

    /// What a client and a server agreed on, by the server's answer; `None` when that has no such extension.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] when the answer fits none of the [`offers`](Self::offers) (§5.2): end the transport, without a Close.
    pub fn agree(&self, answer: &[Extension]) -> Result<Option<Agreement>, AnswerError> {
        let Some(extension) = answer.iter().find(|extension| extension.name() == NAME) else {
            return Ok(None);
        };
        let params = Params::of_answer(extension)?;
        // An answer to any of them will do: `None` is the least.
        if let Some(name) = self.offered().map(|offer| not_kept(offer, params)).min().flatten() {
            return Err(AnswerError::NotKept(name));
        }
        let own = self.own();
        let outgoing = Context {
            // §7.1.2.2: a server may ignore the value that was offered, but then we still keep to it.
            window_bits: match params.client_max_window_bits {
                Some(ClientBits::AtMost(bits)) => bits.min(own.window_bits),
                _ => own.window_bits,
            },
            takeover: own.takeover && !params.client_no_context_takeover,
        };
        let incoming = Context {
            window_bits: params.server_max_window_bits.unwrap_or(WindowBits::MAX),
            takeover: !params.server_no_context_takeover,
        };
        Ok(Some(Agreement::new(self, outgoing, incoming, extension.clone())))
    }

    /// What a server accepts of a client's offers, the first that it can; `None` when it can accept none, and then the
    /// connection opens without (§5.1). Add the agreement's [`extension`](Agreement::extension) to the answer.
    ///
    /// ```
    /// use rfc6455::deflate::Deflate;
    /// use rfc6455::handshake::Extension;
    ///
    /// let offers = [
    ///     Extension::new("permessage-deflate")?.param("no_such_parameter", None)?,
    ///     Extension::new("permessage-deflate")?.param("server_max_window_bits", Some("10"))?,
    /// ];
    /// let agreement = Deflate::default().accept(&offers).ok_or("none is acceptable")?;
    /// assert_eq!(agreement.extension().to_string(), "permessage-deflate; server_max_window_bits=10");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn accept(&self, offers: &[Extension]) -> Option<Agreement> {
        let offers = offers.iter().filter(|offer| offer.name() == NAME);
        // §7: an offer with a parameter that is unknown, repeated or invalid is declined.
        offers.filter_map(|offer| Params::of_offer(offer).ok()).find_map(|offer| self.accept_one(offer))
    }

    fn accept_one(&self, offer: Params) -> Option<Agreement> {
        let own = self.own();
        let outgoing = Context {
            window_bits: own.window_bits.min(offer.server_max_window_bits.unwrap_or(WindowBits::MAX)),
            takeover: own.takeover && !offer.server_no_context_takeover,
        };
        let client_bits = match offer.client_max_window_bits {
            Some(ClientBits::AtMost(bits)) => bits.min(self.incoming.window_bits),
            Some(ClientBits::Any) => self.incoming.window_bits,
            // §7.1.2.2: then the client must not be asked.
            None if self.require_incoming && self.incoming.window_bits < WindowBits::MAX => return None,
            None => WindowBits::MAX,
        };
        let incoming = Context {
            window_bits: client_bits,
            // §7.1.1.2: a client that says so will not take its context over; to say it back lets us rely on it.
            takeover: self.incoming.takeover && !offer.client_no_context_takeover,
        };
        let answer = Params {
            server_no_context_takeover: !outgoing.takeover,
            client_no_context_takeover: !incoming.takeover,
            // §7.1.2.1: what was asked for is answered; what was not may be told.
            server_max_window_bits: (offer.server_max_window_bits.is_some()
                || outgoing.window_bits < WindowBits::MAX)
                .then_some(outgoing.window_bits),
            client_max_window_bits: (client_bits < WindowBits::MAX)
                .then_some(ClientBits::AtMost(client_bits)),
        };
        Some(Agreement::new(self, outgoing, incoming, answer.to_extension()))
    }

    fn offered(&self) -> impl Iterator<Item = Params> {
        let own = self.own();
        let modest = Params {
            server_no_context_takeover: false,
            server_max_window_bits: None,
            // §7.1.1.2: a hint, which we keep to whatever the server says.
            client_no_context_takeover: !own.takeover,
            client_max_window_bits: Some(match own.window_bits {
                WindowBits::MAX => ClientBits::Any,
                bits => ClientBits::AtMost(bits),
            }),
        };
        let bits = self.incoming.window_bits;
        let full = Params {
            server_no_context_takeover: !self.incoming.takeover,
            server_max_window_bits: (bits < WindowBits::MAX).then_some(bits),
            ..modest
        };
        let fallback = (!self.require_incoming && full != modest).then_some(modest);
        core::iter::once(full).chain(fallback)
    }
}

/// What this offer asks for and the answer does not grant.
fn not_kept(offer: Params, answer: Params) -> Option<&'static str> {
    // §7.1.1.1: this is granted by saying it back.
    if offer.server_no_context_takeover && !answer.server_no_context_takeover {
        return Some(SERVER_NO_CONTEXT_TAKEOVER);
    }
    // §7.1.2.1: and this by the same value or a smaller one.
    let bits = offer.server_max_window_bits?;
    let is_kept = answer.server_max_window_bits.is_some_and(|answered| answered <= bits);
    (!is_kept).then_some(SERVER_MAX_WINDOW_BITS)
}
