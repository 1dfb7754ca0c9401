//! Everything at once over real TCP, and with the feature `rustls` over TLS on it, at random: the halves of both ends, several threads that share a writer, messages of all
//! sizes, Pings, keepalive, compression, and an end at any moment (RFC 6455 §5.4, §5.5, §7.1).
//!
//! `STRESS_SECONDS=300 cargo test --test net_stress` goes on for longer than the 5 s that it takes otherwise. `SEED=n` begins
//! with that connection; the threads still run as they like.
#![cfg(feature = "std")]

mod common_net;
#[cfg(feature = "rustls")]
mod common_tls;

use std::io::ErrorKind;
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use common_net::*;
use rfc6455::net::{Connect, Error, Incoming, ReadEvent, Reader, Stream, WebSocket, Writer};
use rfc6455::protocol::{CloseCode, CloseStatus, SendError};
use rfc6455::session::{Config, Keepalive, Message, PreparedMessage};

/// How a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// By the Close of one end.
    Close(usize),
    /// Both ends close at once.
    BothClose,
    /// One end shuts the socket.
    Shut(usize),
    /// One end drops both halves.
    Drop(usize),
}

/// What one connection does.
#[derive(Clone, Debug)]
struct Plan {
    seed: u64,
    end: End,
    writers: usize,
    /// How many messages each writer sends before the end, and at most.
    before: usize,
    largest: u64,
    config: Config,
    #[cfg(feature = "rustls")]
    is_tls: bool,
}

impl Plan {
    fn new(seed: u64) -> Self {
        let mut random = Random::seeded(seed);
        let end = match random.below(8) {
            0..=3 => End::Close(random.below(2) as usize),
            4 => End::BothClose,
            5 => End::Shut(random.below(2) as usize),
            _ => End::Drop(random.below(2) as usize),
        };
        let mut config = Config::default();
        if random.below(2) == 0 {
            let interval = Duration::from_millis(1 + random.below(5));
            config.keepalive = Some(Keepalive::new(interval, 20 * SECOND));
        }
        #[cfg(feature = "deflate")]
        if random.below(3) == 0 {
            config.deflate = Some(rfc6455::deflate::Deflate::default());
        }
        Self {
            seed,
            end,
            writers: 1 + random.below(3) as usize,
            before: 1 + random.below(40) as usize,
            largest: [100, 5_000, 70_000, 300_000][random.below(4) as usize],
            config,
            #[cfg(feature = "rustls")]
            is_tls: random.below(2) == 0,
        }
    }

    fn open(&self) -> (Socket, Socket) {
        let configs = (self.config.clone(), self.config.clone());
        #[cfg(feature = "rustls")]
        if self.is_tls {
            return common_tls::over(tcp(), configs);
        }
        let (client, server) = tcp();
        let accepting =
            thread::spawn(move || Incoming::new(Stream::from(server), configs.1).accept().unwrap());
        let connect = Connect::new("ws://localhost/").unwrap().config(configs.0);
        (connect.over_tcp(client).unwrap().finish().unwrap(), accepting.join().unwrap())
    }
}

type Socket = WebSocket<Stream>;

/// What a message holds: who sent it, its number, and bytes that follow from both.
fn payload(writer: usize, number: usize, len: usize) -> Vec<u8> {
    let mut payload = vec![writer as u8];
    payload.extend_from_slice(&(number as u32).to_be_bytes());
    payload.extend((0..len).map(|at| (at * 31 + writer * 7 + number) as u8 & 0x3f));
    payload
}

/// Reads until the end, and counts what came of each of the other end's writers.
fn read(mut reader: Reader<Stream>, writers: usize) -> (Vec<usize>, Result<(), Error>, Option<CloseStatus>) {
    let (mut counts, mut message) = (vec![0; writers], Message::new());
    let end = loop {
        match reader.read_event(&mut message) {
            Ok(ReadEvent::Message) => {
                let bytes = message.as_bytes();
                let writer = bytes[0] as usize;
                assert!(
                    bytes == payload(writer, counts[writer], bytes.len() - 5),
                    "message {}",
                    counts[writer]
                );
                counts[writer] += 1;
            }
            Ok(ReadEvent::Pong(payload)) => {
                assert!(payload == b"stress" || payload.len() == 8, "{payload:?}")
            }
            Ok(ReadEvent::Ping(_)) => {}
            Ok(ReadEvent::Closed) => break Ok(()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break Err(error),
        }
    };
    (counts, end, reader.close_status())
}

/// Sends one message in any of the ways there are.
fn send(writer: &mut Writer<Stream>, payload: &[u8], how: u64) -> Result<(), Error> {
    match how {
        0 => writer.queue(payload).and_then(|()| writer.flush()),
        1 => writer.send_prepared(&PreparedMessage::new(payload)),
        2 => {
            let (first, rest) = payload.split_at(payload.len() / 2);
            writer.start(first)?;
            writer.ping(b"stress")?;
            writer.append(&[])?;
            writer.finish(rest)
        }
        3 => writer.ping(b"stress").and_then(|()| writer.send(payload)),
        _ => writer.send(payload),
    }
}

/// How many messages one end has sent.
#[derive(Default)]
struct Taken {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Taken {
    fn add(&self, count: usize) {
        *self.count.lock().unwrap() += count;
        self.changed.notify_all();
    }

    fn wait_for(&self, goal: usize) {
        drop(self.changed.wait_while(self.count.lock().unwrap(), |count| *count < goal).unwrap());
    }
}

/// When the first end began to close.
type Closing = Arc<Mutex<Option<Instant>>>;

/// How many messages of each writer came, how reading ended, and with which status.
type Told = (Vec<usize>, Result<(), Error>, Option<CloseStatus>);

/// One end at work.
struct Side {
    reading: JoinHandle<Told>,
    writing: Vec<JoinHandle<usize>>,
    ending: JoinHandle<()>,
}

fn work(plan: &Plan, which: usize, socket: Socket, closing: &Closing) -> Side {
    let (reader, writer) = socket.split();
    let plan = plan.clone();
    let (drops, writers) = (plan.end == End::Drop(which), plan.writers);
    // The last owner lets go of the writer, and the thread of the end lets go of it when it is to drop it.
    let writer = Arc::new(Mutex::new(Some(writer)));
    let taken = Arc::new(Taken::default());
    let writing = (0..plan.writers).map(|number| {
        let (writer, plan, taken) = (Arc::clone(&writer), plan.clone(), Arc::clone(&taken));
        thread::spawn(move || write(&plan, which, number, &writer, &taken))
    });
    let writing = writing.collect();
    let closing_began = Arc::clone(closing);
    let ending = thread::spawn(move || {
        taken.wait_for(plan.before * plan.writers);
        closing_began.lock().unwrap().get_or_insert_with(Instant::now);
        end(&plan, which, &writer);
    });
    let reading = thread::spawn(move || {
        if !drops {
            return read(reader, writers);
        }
        let _ = { reader }.read(&mut Message::new());
        (Vec::new(), Ok(()), None)
    });
    Side { reading, writing, ending }
}

/// Sends until it is refused, and tells how many messages were taken and written.
fn write(
    plan: &Plan,
    which: usize,
    number: usize,
    writer: &Mutex<Option<Writer<Stream>>>,
    taken: &Taken,
) -> usize {
    let mut random = Random::seeded(plan.seed ^ (which * 8 + number + 1) as u64);
    let ends_itself = matches!(plan.end, End::Close(end) if end != which);
    for sent in 0.. {
        // The other end closes; this one has all the time, and a bound.
        if !ends_itself && sent >= plan.before {
            return sent;
        }
        let len = if random.below(8) == 0 { random.below(plan.largest) } else { random.below(200) };
        let (bytes, how) = (payload(number, sent, len as usize), random.below(8));
        let mut writer = writer.lock().unwrap();
        let Some(writer) = &mut *writer else { return sent };
        match send(writer, &bytes, how) {
            Ok(()) => {
                taken.add(1);
            }
            Err(error) => {
                assert!(is_end(&error, plan.end), "{error:?}");
                // Nobody waits for more.
                taken.add(usize::MAX / 1024);
                return sent;
            }
        }
    }
    unreachable!()
}

/// What a writer may be told when the connection has ended like this.
fn is_end(error: &Error, end: End) -> bool {
    match error {
        Error::Send(SendError::Closed) => true,
        Error::Io(error) => is_lost(error.kind()),
        // Another thread's fragments were cut off between two of them.
        Error::Send(SendError::MessageUnfinished) => matches!(end, End::Shut(_) | End::Drop(_)),
        _ => false,
    }
}

fn is_lost(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    // The last is what TLS says when it is cut off.
    matches!(kind, BrokenPipe | ConnectionReset | ConnectionAborted | UnexpectedEof)
}

/// Ends the connection, if this is the end that does.
fn end(plan: &Plan, which: usize, writer: &Mutex<Option<Writer<Stream>>>) {
    let mut writer = writer.lock().unwrap();
    match plan.end {
        End::BothClose => {}
        End::Close(end) | End::Shut(end) | End::Drop(end) if end == which => {}
        _ => return,
    }
    let Some(half) = &mut *writer else { return };
    match plan.end {
        End::Close(_) | End::BothClose => match half.start_close(CloseCode::NORMAL, "") {
            Ok(()) | Err(Error::Send(SendError::Closed)) => {}
            Err(error) => panic!("{error:?}"),
        },
        End::Shut(_) => drop(half.stream().tcp().shutdown(Shutdown::Both)),
        End::Drop(_) => *writer = None,
    }
}

fn connection(seed: u64) {
    let plan = Plan::new(seed);
    let (client, server) = plan.open();
    let closing = Arc::new(Mutex::new(None));
    let sides = [(0, client), (1, server)].map(|(which, socket)| work(&plan, which, socket, &closing));
    let [one, other] = sides.map(|side| {
        side.ending.join().unwrap();
        let sent: Vec<usize> = side.writing.into_iter().map(|writing| writing.join().unwrap()).collect();
        (sent, side.reading)
    });
    let (one, other) = ((one.0, one.1.join().unwrap()), (other.0, other.1.join().unwrap()));
    let took = closing.lock().unwrap().map_or(Duration::ZERO, |began| began.elapsed());
    for ((sent, _), (_, (received, end, status))) in [(&one, &other), (&other, &one)] {
        match plan.end {
            // One that is done lingers for a second, which is not enough for a peer that has got no time on this machine.
            End::Close(_) | End::BothClose if end.is_err() && took >= SECOND => {
                assert!(matches!(end, Err(Error::Session { .. } | Error::Io(_))), "{end:?}");
                assert!(received.iter().zip(sent).all(|(received, sent)| *received <= sent + 1));
            }
            End::Close(_) | End::BothClose => {
                assert!(end.is_ok(), "{end:?} after {took:?}");
                assert_eq!(*status, Some(CloseStatus::Code(CloseCode::NORMAL)));
                assert_eq!(received, sent, "what was sent before the Close arrives");
            }
            End::Shut(_) | End::Drop(_) => {
                // One that was cut off may have arrived all the same.
                assert!(received.iter().zip(sent).all(|(received, sent)| *received <= sent + 1));
                let is_expected = matches!(end, Ok(()) | Err(Error::Session { .. }));
                let is_expected =
                    is_expected || matches!(end, Err(Error::Io(error)) if is_lost(error.kind()));
                assert!(is_expected, "{end:?}");
            }
        }
    }
}

/// As many connections at once as a program of some use has.
const LANES: u64 = 4;

#[test]
fn halves_under_stress() {
    let seconds =
        std::env::var("STRESS_SECONDS").map_or(5, |seconds| seconds.parse().expect("it is a number"));
    let (until, first) = (Instant::now() + Duration::from_secs(seconds), Random::seed());
    let lanes = (0..LANES).map(|lane| {
        thread::spawn(move || {
            let mut count = 0;
            while Instant::now() < until {
                let seed = first.wrapping_add(count * LANES + lane);
                if let Err(panic) = thread::spawn(move || watched(move || connection(seed))).join() {
                    println!("SEED={seed}: {:?}", Plan::new(seed));
                    std::panic::resume_unwind(panic);
                }
                count += 1;
            }
            count
        })
    });
    let lanes: Vec<_> = lanes.collect();
    let count: u64 = lanes.into_iter().map(|lane| lane.join().unwrap()).sum();
    println!("{count} connections");
}
