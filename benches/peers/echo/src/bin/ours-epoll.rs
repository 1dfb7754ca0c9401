//! The sessions of this crate in an event loop. No deadlines are kept: a server that is more than a benchmark calls
//! `Session::tick` at `Session::deadline`.

use std::ops::Range;
use std::time::{Duration, Instant};

use echo::Result;
use echo::event_loop::{Output, Protocol, run};
use rfc6455::handshake::{HeadLimits, ServerHandshake, Upgrade};
use rfc6455::protocol::{Role, Transport};
use rfc6455::session::{Config, InPlace, Message, Session};

/// From this size on an answer is written from where it was read.
const LARGE: usize = 4 << 10;

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
    bytes: &mut [u8],
    now: Duration,
    message: &mut Message,
    output: &mut Output<'_>,
) -> Result {
    let mut taken = 0;
    loop {
        let mut rest = &mut bytes[taken..];
        let received = session.receive_in_place(&mut rest, message, now, output.bytes)?;
        let left = rest.len();
        let large = match received {
            None => break,
            Some(InPlace::Message(data)) if data.as_bytes().len() < LARGE => {
                session.send(data, output.bytes)?;
                None
            }
            Some(InPlace::Message(data)) => {
                output.bytes.extend_from_slice(&session.header_for(data)?);
                Some(data.as_bytes().as_ptr_range())
            }
            Some(_) => None,
        };
        taken = bytes.len() - left;
        if let Some(payload) = large {
            answer(&mut bytes[..taken], payload, message, output)?;
        }
    }
    match session.transport() {
        Transport::KeepOpen => Ok(()),
        _ => Err("the closing handshake is done".into()),
    }
}

/// Writes a large message behind the header that is last in the output. When nothing else waits and the message lies where it was read,
/// the header goes in front of it, where a longer one was: then nothing is copied, and one slice is written.
fn answer(bytes: &mut [u8], payload: Range<*const u8>, message: &Message, output: &mut Output<'_>) -> Result {
    let header = output.bytes.len();
    let len = payload.end as usize - payload.start as usize;
    if payload.end != bytes.as_ptr_range().end {
        return Ok(output.write(message.as_bytes())?);
    }
    let start = bytes.len() - len;
    if header > start {
        return Ok(output.write(&bytes[start..])?);
    }
    bytes[start - header..start].copy_from_slice(output.bytes);
    output.bytes.clear();
    Ok(output.write(&bytes[start - header..])?)
}
