//! What can go wrong with a connection over a transport, sorted by whose fault it is.

use std::boxed::Box;
use std::{fmt, io};

use crate::EntropyError;
#[cfg(feature = "deflate")]
use crate::deflate::AnswerError;
use crate::dial::{EnvironmentError, ProxyError, RedirectError};
use crate::handshake::{BuildError, RequestError, Response, ResponseError, UriError};
use crate::protocol::{FrameSummary, SendError};
use crate::session::{Deadline, SessionError};

/// Why an operation on a connection failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The transport's fault. With [`WouldBlock`](io::ErrorKind::WouldBlock) or [`TimedOut`](io::ErrorKind::TimedOut) nothing
    /// is lost: call again.
    Io(io::Error),
    /// The connection ended out of order; see [`SessionError`]. What the peer has to be told was sent.
    #[non_exhaustive]
    Session {
        /// Why.
        error: SessionError,
        /// The frame that was received last.
        received: Option<FrameSummary>,
        /// The frame that was sent last.
        sent: Option<FrameSummary>,
    },
    /// The caller's fault: nothing was sent.
    Send(SendError),
    /// More bytes wait to be written than [`Config::write_backlog`](crate::session::Config::write_backlog) allows: the
    /// message was not taken.
    Backlog,
    /// The client's request was no opening handshake that could be accepted. It was answered with the fitting status.
    Request(RequestError),
    /// The server's answer breaks a rule of the opening handshake.
    Response(ResponseError),
    /// The server answered with another status than 101; the answer is here, with its headers and body.
    Refused(Box<Response>),
    /// The transport ended inside the opening handshake.
    HandshakeCut,
    /// The opening handshake took too long.
    Timeout(Deadline),
    /// The URL is not one of a WebSocket.
    Uri(UriError),
    /// What was to be put into the opening handshake does not belong there.
    Build(BuildError),
    /// `wss` needs TLS, which this build has not: turn on the feature `rustls`, for tokio `tokio-rustls`, or connect a TLS
    /// stream yourself and hand it to [`Connect::over`](super::Connect::over), say.
    TlsMissing,
    /// The proxy opened no tunnel to the server.
    Proxy(ProxyError),
    /// A variable of the environment names no proxy that can be used.
    Environment(EnvironmentError),
    /// The server redirects to where the client does not go.
    Redirect(RedirectError),
    /// TLS failed: the peer's certificate does not hold, it does not speak TLS, or a message was forged.
    #[cfg(feature = "rustls")]
    Tls(rustls::Error),
    /// TLS needs cryptography, which is the program's to choose, and it has not:
    /// `rustls::crypto::ring::default_provider().install_default()` at its start, say, or
    /// [`Connect::tls`](super::Connect::tls).
    #[cfg(feature = "rustls")]
    CryptoMissing,
    /// There is no certificate authority to trust: turn on the feature `native-roots` or `webpki-roots`, or say whom by
    /// [`Connect::tls`](super::Connect::tls). Or the system has none, and `webpki-roots` is off.
    #[cfg(feature = "rustls")]
    RootsMissing,
    /// The operating system has no entropy for keys.
    Entropy(EntropyError),
    /// The server's answer to the offer of compression fits no offer.
    #[cfg(feature = "deflate")]
    Deflate(AnswerError),
}

impl Error {
    /// True when the operation would have blocked, or ran into the socket's own timeout: nothing is lost, and calling
    /// again goes on where this stopped.
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        matches!(self, Self::Io(error) if super::buffer::is_timeout(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if self.is_would_block() => {
                write!(f, "the stream gave or took nothing in the time it had: {error}")
            }
            Self::Io(error) => error.fmt(f),
            Self::Session { error, received, sent } => {
                error.fmt(f)?;
                frame(f, "last received", *received)?;
                frame(f, "last sent", *sent)
            }
            Self::Send(error) => error.fmt(f),
            Self::Backlog => f.write_str("too many bytes wait to be written; the peer reads too slowly"),
            Self::Request(error) => error.fmt(f),
            Self::Response(error) => error.fmt(f),
            Self::Refused(response) => {
                // A log is read in a terminal, which a server must not command.
                let (status, reason) = (response.status(), response.reason().escape_debug());
                write!(f, "the server answered {status} {reason} instead of 101")
            }
            Self::HandshakeCut => f.write_str("the transport ended inside the opening handshake"),
            Self::Timeout(deadline) => deadline.fmt(f),
            Self::Uri(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::TlsMissing => f.write_str(
                "wss needs TLS, which this build has not: turn on rfc6455's feature \"rustls\" (for tokio, \"tokio-rustls\"), or hand over a connected TLS stream",
            ),
            #[cfg(feature = "rustls")]
            Self::Tls(error) => tls(f, error),
            #[cfg(feature = "rustls")]
            Self::CryptoMissing => f.write_str(
                "TLS needs cryptography, which the program has not chosen: call rustls::crypto::ring::default_provider().install_default() first (or aws_lc_rs instead of ring, by that feature of rustls)",
            ),
            #[cfg(feature = "rustls")]
            Self::RootsMissing => f.write_str(
                "there is no certificate authority to trust: turn on rfc6455's feature \"native-roots\" or \"webpki-roots\", or name one with Connect::tls; with \"native-roots\" on, the system has none",
            ),
            Self::Proxy(error) => error.fmt(f),
            Self::Environment(error) => error.fmt(f),
            Self::Redirect(error) => error.fmt(f),
            Self::Entropy(error) => error.fmt(f),
            #[cfg(feature = "deflate")]
            Self::Deflate(error) => error.fmt(f),
        }
    }
}

fn frame(f: &mut fmt::Formatter<'_>, what: &str, frame: Option<FrameSummary>) -> fmt::Result {
    match frame {
        Some(frame) => write!(f, "; {what}: {frame}"),
        None => write!(f, "; {what}: nothing"),
    }
}

#[cfg(feature = "rustls")]
fn tls(f: &mut fmt::Formatter<'_>, error: &rustls::Error) -> fmt::Result {
    write!(f, "TLS: {error}")?;
    match error {
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            f.write_str(": the peer does not speak TLS; is the port right, and should it be ws or wss?")
        }
        _ => Ok(()),
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        #[cfg(feature = "rustls")]
        if let Some(tls) = error.get_ref().and_then(|within| within.downcast_ref::<rustls::Error>()) {
            return Self::Tls(tls.clone());
        }
        Self::Io(error)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // What each variant holds is in its text already, and whoever prints the chain of sources would print it twice.
        match self {
            Self::Io(error) => error.source(),
            _ => None,
        }
    }
}

macro_rules! error_from {
    ($($variant:ident from $type:ty;)*) => {$(
        impl From<$type> for Error {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

error_from! {
    Send from SendError;
    Request from RequestError;
    Response from ResponseError;
    Timeout from Deadline;
    Uri from UriError;
    Build from BuildError;
    Proxy from ProxyError;
    Environment from EnvironmentError;
    Redirect from RedirectError;
    Entropy from EntropyError;
}

#[cfg(feature = "rustls")]
error_from! {
    Tls from rustls::Error;
}

#[cfg(feature = "deflate")]
error_from! {
    Deflate from AnswerError;
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::string::ToString;

    use super::*;
    use crate::frame::HeaderError;
    use crate::protocol::Truncated;

    /// An error that has a cause, of which it says nothing itself.
    #[derive(Debug)]
    struct Caused(HeaderError);

    impl fmt::Display for Caused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("it broke")
        }
    }

    impl std::error::Error for Caused {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_chain_of_errors_says_nothing_twice_and_leaves_nothing_out() {
        assert!(Error::from(SendError::Closed).source().is_none(), "its text is that of the error within");
        let error = Error::from(io::Error::other(Caused(HeaderError::LengthTooLarge)));
        let cause = error.source().expect("the error within has one");
        assert_eq!(
            (error.to_string(), cause.to_string()),
            ("it broke".into(), HeaderError::LengthTooLarge.to_string())
        );
    }

    #[test]
    fn each_tells_what_happened() {
        let session = |error| Error::Session { error, received: None, sent: None };
        for (error, text) in [
            (
                Error::Io(io::ErrorKind::WouldBlock.into()),
                "the stream gave or took nothing in the time it had: operation would block",
            ),
            (Error::Io(io::ErrorKind::BrokenPipe.into()), "broken pipe"),
            (
                session(SessionError::Truncated(Truncated::InHeader)),
                "the transport ended inside a frame header (RFC 6455 §7.1.4); last received: nothing; last sent: nothing",
            ),
            (SendError::NoMessage.into(), "cannot go on: no message was started (RFC 6455 §5.4)"),
            (Error::Backlog, "too many bytes wait to be written; the peer reads too slowly"),
            (RequestError::Upgrade.into(), &RequestError::Upgrade.to_string()),
            (ResponseError::AcceptMissing.into(), &ResponseError::AcceptMissing.to_string()),
            (Error::HandshakeCut, "the transport ended inside the opening handshake"),
            (Deadline::Close.into(), "the peer did not answer our close in time"),
            (UriError::Scheme.into(), "the URI does not start with ws:// or wss:// (RFC 6455 §3)"),
            (BuildError::Status(9).into(), &BuildError::Status(9).to_string()),
            (
                Error::TlsMissing,
                "wss needs TLS, which this build has not: turn on rfc6455's feature \"rustls\" (for tokio, \"tokio-rustls\"), or hand over a connected TLS stream",
            ),
            (EntropyError::new().into(), "no randomness for a key (RFC 6455 §5.3)"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    #[cfg(feature = "rustls")]
    fn what_tls_says_is_found_inside_an_error_of_the_stream() {
        let inner = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        let error = Error::from(io::Error::new(io::ErrorKind::InvalidData, inner.clone()));
        assert!(matches!(&error, Error::Tls(found) if *found == inner));
        let text = "TLS: received corrupt message of type InvalidContentType: the peer does not speak TLS; is the port right, and should it be ws or wss?";
        assert_eq!(error.to_string(), text);
        let error = Error::from(rustls::Error::DecryptError);
        assert_eq!(
            (error.to_string(), error.is_would_block()),
            ("TLS: cannot decrypt peer's message".into(), false)
        );
        assert!(
            Error::CryptoMissing
                .to_string()
                .contains("rustls::crypto::ring::default_provider().install_default()")
        );
        assert!(Error::RootsMissing.to_string().contains("Connect::tls"));
    }

    #[test]
    #[cfg(feature = "deflate")]
    fn an_answer_that_is_not_kept_names_the_parameter() {
        let error = Error::from(AnswerError::NotKept("server_max_window_bits"));
        let text = "the server accepted permessage-deflate without the \"server_max_window_bits\" that was offered, or with more (RFC 7692 §7.1)";
        assert_eq!(error.to_string(), text);
    }
}
