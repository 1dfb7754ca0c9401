//! The contestants: a file each, and a table of what each of them offers.

mod fastwebsockets;
pub(crate) mod minimum;
mod ours;
mod ratchet;
mod sockudo;
mod soketto;
mod tokio_websockets;
mod tungstenite;
mod web_socket;
mod websocket_sans_io;
mod wtx;
mod yawc;

use crate::handshake::Answering;
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::Wire;

/// Receives all that the wire has.
pub(crate) type Decode = fn(Wire, &mut Tally);

/// Sends the message so often, and each time as far as the transport. A client that is called `in place` masks the message where
/// it lies, which is then the next one.
pub(crate) type Encode = fn(Wire, &Payload, usize);

/// Makes one opening handshake, from the new transport to the open connection.
pub(crate) type Accept = fn(Wire);
pub(crate) type Connect = fn(Wire<Answering>);

/// A way to use a contestant, such as a size of its buffer: its name, and the function.
#[derive(Clone, Copy)]
pub(crate) struct Way<F>(pub(crate) &'static str, pub(crate) F);

/// The first is as it comes.
pub(crate) type Ways<F> = &'static [Way<F>];

/// What is not offered is empty.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) decode: Ways<Decode>,
    pub(crate) encode_server: Ways<Encode>,
    pub(crate) encode_client: Ways<Encode>,
    pub(crate) accept: Ways<Accept>,
    pub(crate) connect: Ways<Connect>,
}

pub(crate) const NONE: Contestant =
    Contestant { name: "", decode: &[], encode_server: &[], encode_client: &[], accept: &[], connect: &[] };

/// The first is what the others are compared with; those of this crate come next.
pub(crate) const ALL: [Contestant; 14] = [
    minimum::CONTESTANT,
    ours::SESSION,
    ours::CONNECTION,
    ours::WEB_SOCKET,
    fastwebsockets::CONTESTANT,
    ratchet::CONTESTANT,
    sockudo::CONTESTANT,
    soketto::CONTESTANT,
    tokio_websockets::CONTESTANT,
    tungstenite::CONTESTANT,
    web_socket::CONTESTANT,
    websocket_sans_io::CONTESTANT,
    wtx::CONTESTANT,
    yawc::CONTESTANT,
];
