//! One connection after its opening handshake: RFC 6455 §5.4 to §8, as state machines that do no I/O.
//!
//! ```text
//!   bytes from the peer ->  Receiver  -> events      borrow the input, not the connection
//!                              |
//!                         Connection                 pongs and close replies
//!                              v
//!   bytes to the peer   <-   Sender   <- calls       appended to a buffer of yours
//! ```
//!
//! Use [`Connection`]; [`Receiver`] and [`Sender`] are its halves, for a sniffer or a load generator. Payloads come in
//! the pieces in which they arrived, so memory does not depend on the size of messages: [`session`](crate::session)
//! puts whole ones together.

mod carry;
mod close;
mod connection;
mod control;
mod error;
mod event;
mod input;
mod limits;
mod message;
mod receiver;
mod role;
mod sender;
mod sending;
mod state;
mod utf8;

pub use close::{
    CloseCode, CloseFrame, CloseStatus, InvalidCloseCode, MAX_CLOSE_REASON, truncate_close_reason,
};
pub use connection::Connection;
pub(crate) use control::ControlPayload;
pub use error::{ProtocolError, SendError, Truncated};
pub use event::{Chunk, Data, DataKind, Event, FrameSummary};
pub use input::Input;
pub use limits::Limits;
pub(crate) use receiver::MaskedMessage;
pub use receiver::{Receiver, TextCheck};
pub use role::{MaskKeys, Role, Side};
pub use sender::Sender;
pub use state::{State, Transport};
pub use utf8::{InvalidUtf8, Utf8Stream};
pub(crate) use utf8::{is_short_ascii, text};
