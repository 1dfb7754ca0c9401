//! The states of a connection: RFC 6455 §4.1 (OPEN), §7.1.3 (CLOSING), §7.1.4 (CLOSED).

/// Where a connection is between its opening handshake and its end.
///
/// ```text
///         start_close()               the peer's Close
///   Open ───────────────▶ Closing ──────────────────────▶ Closed    the orderly end
///    │  the peer's Close, which is answered                  ▲
///    ├───────────────────────────────────────────────────────┘
///    ├─ a fault, also while Closing ────────────────────▶ Failed    the peer broke a rule
///    └─ the end of the transport, also while Closing ───▶ Lost      1006
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the states of §7.1; a match on them should be complete")]
pub enum State {
    /// Messages go both ways.
    Open,
    /// We have sent a Close and wait for the peer's; messages may still arrive.
    Closing,
    /// Both Closes have gone their way.
    Closed,
    /// The peer broke a rule, or a layer above found a fault: nothing later is read, and nothing can be sent.
    Failed,
    /// The transport ended before the peer's Close: nothing is read any more, and nothing can be sent.
    Lost,
}

/// What is to become of the transport, once the output is written (RFC 6455 §7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it stays, the peer ends it, or we do")]
pub enum Transport {
    /// It goes on.
    KeepOpen,
    /// The server hangs up first, and this is the client: wait for the end of the transport, with a time limit.
    AwaitPeer,
    /// End it: shut the sending half, read and drop what still comes for a second or so, and close. To close at once, with
    /// bytes unread, makes many systems send a reset, which can overtake the Close that was written before it.
    HangUp,
}
