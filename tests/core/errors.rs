//! What errors say to whoever reads a log at night (RFC 6455 §7.1.7): what broke, and the section that has the rule.

use std::fmt::Display;

use rfc6455::frame::{HeaderError, Opcode};
use rfc6455::handshake::{BuildError, UriError};
use rfc6455::protocol::{CloseCode, ProtocolError, SendError, Truncated};
use rfc6455::session::{Deadline, SessionError};

/// Each error with the whole of its text.
fn say<E: Display>(errors: impl IntoIterator<Item = (E, &'static str)>) {
    for (error, text) in errors {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn faults_of_the_peer() {
    let close_code = CloseCode::new(1005).unwrap_err();
    let faults = [
        (ProtocolError::Header(HeaderError::LengthTooLarge), "5.2"),
        (ProtocolError::Header(HeaderError::ControlTooLong(Opcode::Ping)), "5.5"),
        (ProtocolError::ReservedBits(Opcode::Text), "5.2"),
        (ProtocolError::Unmasked(Opcode::Text), "5.1"),
        (ProtocolError::Masked(Opcode::Text), "5.1"),
        (ProtocolError::UnexpectedContinuation, "5.4"),
        (ProtocolError::MessageInterrupted, "5.4"),
        (ProtocolError::InvalidUtf8, "8.1"),
        (ProtocolError::CloseBodyTooShort, "5.5.1"),
        (ProtocolError::CloseCode(close_code), "7.4"),
        (ProtocolError::TooManyFragments, "10.4"),
        (ProtocolError::InvalidCompressedData, "7.2.2"),
    ];
    for (fault, section) in faults {
        assert_eq!(fault.section(), section, "{fault}");
        let text = SessionError::Protocol(fault).to_string();
        assert!(text.contains(&format!("§{section}")) && text.len() > 30, "{text}");
    }
    say([(
        ProtocolError::InvalidCompressedData,
        "compressed message cannot be decompressed (RFC 7692 §7.2.2)",
    )]);
}

#[test]
fn faults_of_the_caller() {
    say([
        (SendError::Closed, "cannot send: the connection is closing or closed (RFC 6455 §6.1)"),
        (
            SendError::MessageUnfinished,
            "cannot send: the message that was started is not finished (RFC 6455 §5.4)",
        ),
        (SendError::NoMessage, "cannot go on: no message was started (RFC 6455 §5.4)"),
        (SendError::OtherKind, "cannot go on with the other kind of data in one message (RFC 6455 §5.4)"),
        (SendError::ControlTooLong, "ping or pong payload over 125 bytes (RFC 6455 §5.5)"),
        (SendError::ReasonTooLong, "close reason over 123 bytes (RFC 6455 §5.5)"),
        (SendError::ClientOnlyCode, "close code 1010 is for clients only (RFC 6455 §7.4.1)"),
        (SendError::InvalidUtf8, "text to send is not UTF-8 (RFC 6455 §5.6)"),
        (SendError::MustMask, "a client has to mask what it sends (RFC 6455 §5.1)"),
        (
            SendError::ReservedBits,
            "cannot send a reserved bit that no extension of this connection uses (RFC 6455 §5.2)",
        ),
        (
            SendError::Entropy(rfc6455::EntropyError::with_os_error(5)),
            "no randomness for a key (RFC 6455 §5.3): error 5 of the operating system",
        ),
        (SendError::Entropy(rfc6455::EntropyError::new()), "no randomness for a key (RFC 6455 §5.3)"),
    ]);
}

#[test]
fn faults_of_a_handshake_that_the_caller_builds() {
    let name = || String::from("a\r\nb");
    say([
        (BuildError::HeaderName(name()), r#"header name "a\r\nb" is not a token (RFC 9110 §5.1)"#),
        (
            BuildError::HeaderValue(name()),
            r#"the value of header "a\r\nb" holds a control character (RFC 9110 §5.5)"#,
        ),
        (
            BuildError::ReservedHeader(name()),
            r#"header "a\r\nb" is the handshake's own to write (RFC 6455 §4)"#,
        ),
        (BuildError::Origin(name()), r#"origin "a\r\nb" is not visible ASCII (RFC 6454 §7)"#),
        (BuildError::SubprotocolToken(name()), r#"subprotocol "a\r\nb" is not a token (RFC 6455 §4.1)"#),
        (BuildError::SubprotocolRepeated(name()), r#"subprotocol "a\r\nb" is offered twice (RFC 6455 §4.1)"#),
        (
            BuildError::SubprotocolNotOffered(name()),
            r#"the client did not offer subprotocol "a\r\nb" (RFC 6455 §4.2.2)"#,
        ),
        (BuildError::ExtensionToken(name()), r#""a\r\nb", of an extension, is not a token (RFC 6455 §9.1)"#),
        (
            BuildError::ExtensionNotOffered(name()),
            r#"the client did not offer extension "a\r\nb" (RFC 6455 §4.2.2)"#,
        ),
        (BuildError::ExtensionRepeated(name()), r#"extension "a\r\nb" is accepted twice (RFC 6455 §9.1)"#),
        (BuildError::Status(199), "199 is not the status of a final HTTP response (RFC 9110 §15)"),
    ]);
}

#[test]
fn faults_of_a_uri() {
    say([
        (UriError::Scheme, "the URI does not start with ws:// or wss:// (RFC 6455 §3)"),
        (UriError::Fragment, "the URI has a fragment; write # as %23 (RFC 6455 §3)"),
        (
            UriError::UserInfo,
            "the URI has a user name; credentials go into an Authorization header (RFC 6455 §3)",
        ),
        (UriError::Host, "the URI's host is missing or invalid (RFC 3986 §3.2.2)"),
        (
            UriError::NonAsciiHost,
            "the URI's host is not ASCII; write an international name as punycode, xn--... (RFC 5891 §4.4)",
        ),
        (UriError::Port, "the URI's port is not a number from 1 to 65535 (RFC 3986 §3.2.3)"),
        (
            UriError::Resource,
            "the URI's path or query holds a character that must be percent-encoded (RFC 3986 §3.3)",
        ),
    ]);
}

#[test]
fn what_came_too_late_or_never() {
    say([
        (SessionError::Timeout(Deadline::Idle), "no message came within the idle timeout"),
        (
            SessionError::Truncated(Truncated::InHeader),
            "the transport ended inside a frame header (RFC 6455 §7.1.4)",
        ),
    ]);
    say([
        (Deadline::Connect, "no address answered in time"),
        (Deadline::Turn, "others were still connecting to the same address"),
        (Deadline::Proxy, "the proxy did not open the tunnel in time"),
        (Deadline::Handshake, "the opening handshake was not finished in time"),
        (Deadline::Keepalive, "no pong came to the keepalive ping in time"),
        (Deadline::Idle, "no message came within the idle timeout"),
        (Deadline::Close, "the peer did not answer our close in time"),
    ]);
    say([
        (Truncated::BetweenMessages, "the transport ended without a close frame (RFC 6455 §7.1.4)"),
        (Truncated::InFrame(Opcode::Binary), "the transport ended inside a binary frame (RFC 6455 §7.1.4)"),
        (Truncated::InHeader, "the transport ended inside a frame header (RFC 6455 §7.1.4)"),
        (Truncated::BetweenFragments, "the transport ended inside a fragmented message (RFC 6455 §7.1.4)"),
    ]);
}
