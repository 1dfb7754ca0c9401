//! The sessions of this crate in an event loop. No deadlines are kept: a server that is more than a benchmark calls
//! `Session::tick` at `Session::deadline`.

use std::time::{Duration, Instant};

use echo::Result;
use echo::event_loop::{Output, Protocol, run};
use rfc6455::handshake::{HeadLimits, ServerHandshake, Upgrade};
use rfc6455::protocol::{Role, Transport};
use rfc6455::session::{Config, InPlace, Message, Session};

/// From this size on an answer is written from where it lies: a second slice costs more than to copy less.
const LARGE: usize = 24 << 10;

#[expect(clippy::large_enum_variant, reason = "nearly all are open, and lie in the event loop's one list")]
enum Peer {
    Opening(Box<ServerHandshake>),
    Open(Session),
}

struct Shared {
    config: Config,
    message: Message,
    start: Instant,
}

fn main() -> std::io::Result<()> {
    run::<Peer>(Shared { config: Config::default(), message: Message::new(), start: Instant::now() })
}

impl Protocol for Peer {
    type Shared = Shared;

    fn new(_: &Shared) -> Self {
        Self::Opening(Box::new(ServerHandshake::new(HeadLimits::default())))
    }

    fn receive(&mut self, mut bytes: &mut [u8], shared: &mut Shared, output: &mut Output<'_>) -> Result {
        let now = shared.start.elapsed();
        if let Self::Opening(handshake) = self {
            let mut input = &*bytes;
            let Some(request) = handshake.receive(&mut input)? else { return Ok(()) };
            Upgrade::from_request(&request)?.accept().write(output.bytes);
            let taken = bytes.len() - input.len();
            bytes = &mut bytes[taken..];
            *self = Self::Open(Session::new(Role::Server, &shared.config, now));
        }
        match self {
            Self::Open(session) => echo(session, bytes, now, &mut shared.message, output),
            Self::Opening(_) => Ok(()),
        }
    }
}

fn echo(
    session: &mut Session,
    mut bytes: &mut [u8],
    now: Duration,
    message: &mut Message,
    output: &mut Output<'_>,
) -> Result {
    while let Some(received) = session.receive_in_place(&mut bytes, message, now, output.bytes)? {
        match received {
            InPlace::Message(data) if data.as_bytes().len() < LARGE => session.send(data, output.bytes)?,
            InPlace::Message(data) => {
                output.bytes.extend_from_slice(&session.header_for(data)?);
                output.write(data.as_bytes())?;
            }
            _ => {}
        }
    }
    match session.transport() {
        Transport::KeepOpen => Ok(()),
        _ => Err("the closing handshake is done".into()),
    }
}
