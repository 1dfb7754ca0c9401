//! The tables of `docs/deflate.md`: what compression takes in memory, and what levels, windows and context takeover give.
//!
//! ```text
//! cargo bench --bench deflate_tables --features deflate -- memory          bytes per connection; exact
//! cargo bench --bench deflate_tables --features deflate -- levels          sizes and times; about a minute
//! cargo bench --bench deflate_tables --features deflate -- overhead        beside the bare engine, in one run
//! cargo bench --bench deflate_tables --features deflate -- instructions    the same in instructions; needs valgrind
//! cargo bench --bench deflate_tables --features deflate -- run Session receive 1024 takeover 100    for a profiler
//! ```
#![expect(unsafe_code, reason = "a global allocator cannot be written without; the library forbids it")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{array, env};

use common::deflate::{Engine, receive, session, settings, streams};
use common::{READ, client, consume, json};
use rfc6455::deflate::{Deflate, Level, Memory, Pool, WindowBits};
use rfc6455::protocol::Role;
use rfc6455::session::{Message, Session};

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["memory"] => memory(10_000),
        ["levels"] => levels(30),
        ["overhead"] => overhead(101),
        ["instructions"] => instructions(),
        ["run", name, direction, size, takeover, passes] => {
            let mut contest = Contest::new(number(size), takeover == "takeover");
            let act = contest.act(name, direction);
            (0..number(passes)).for_each(|_| act(&mut contest));
        }
        // `cargo test --benches` gives no argument, and `cargo bench -- --test` this one: only see whether it works.
        _ if args.iter().any(|arg| arg == "--test") || env::args().all(|arg| arg != "--bench") => {
            memory(10);
            levels(1);
            overhead(1);
        }
        _ => {
            memory(10_000);
            levels(30);
            overhead(101);
        }
    }
}

fn number(arg: &str) -> usize {
    arg.parse().expect("sizes and passes are numbers")
}

// Memory.

struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to `System`; the counter is a plain number.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is in use for each of so many connections, with what `make` makes for them all.
fn in_use(count: usize, make: impl FnOnce() -> Vec<Session>) -> usize {
    let before = IN_USE.load(Ordering::Relaxed);
    let sessions = make();
    assert_eq!(sessions.len(), count);
    let list = sessions.capacity() * size_of::<Session>();
    (IN_USE.load(Ordering::Relaxed) - before - list) / count
}

/// What a client sends to a server with these settings.
fn sent_by_peer(settings: &Deflate, messages: &[String]) -> Vec<u8> {
    let mut peer = settings.clone();
    (peer.outgoing, peer.memory) = (settings.incoming, Memory::Kept);
    let [stream, _] = streams(client(), &peer, messages);
    stream
}

/// A server's end of a connection over which a hundred messages of 1 KiB went each way.
fn used(settings: &Deflate, messages: &[String], stream: &[u8], directions: Directions) -> Session {
    let mut session = session(Role::Server, settings);
    let (mut out, mut message, mut scratch) = (Vec::new(), Message::new(), [0; READ]);
    if directions != Directions::In {
        for message in messages {
            out.clear();
            session.send(message, &mut out).expect("the message is sent");
        }
    }
    if directions != Directions::Out {
        assert_eq!(receive(&mut session, &mut message, stream, &mut scratch, |_| ()), messages.len());
    }
    session
}

#[derive(Clone, Copy, PartialEq)]
enum Directions {
    None,
    In,
    Out,
    Both,
}

fn window(bits: u8) -> WindowBits {
    WindowBits::new(bits).expect("8 to 15")
}

fn memory(many: usize) {
    let messages: Vec<String> = json::messages(1 << 10).into_iter().take(100).collect();
    let one = |settings: &Deflate, directions| {
        let stream = sent_by_peer(settings, &messages);
        in_use(1, || match directions {
            Directions::None => vec![session(Role::Server, settings)],
            _ => vec![used(settings, &messages, &stream, directions)],
        })
    };

    println!(
        "bytes of an idle connection after 100 messages of 1 KiB, beside its `Session` ({}):",
        size_of::<Session>()
    );
    println!("{:>8}{:>28}{:>28}{:>28}", "", "it sent only", "it received only", "both");
    println!(
        "{:>8}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}",
        "window", "takeover", "no takeover", "takeover", "no takeover", "takeover", "no takeover"
    );
    for bits in 8..=15 {
        print!("{bits:>8}");
        for directions in [Directions::Out, Directions::In, Directions::Both] {
            for takeover in [true, false] {
                let mut settings = settings(takeover);
                settings.outgoing.window_bits = window(bits);
                settings.incoming.window_bits = window(bits);
                print!("{:>14}", one(&settings, directions));
            }
        }
        println!();
    }
    println!("before the first message: {}", one(&settings(true), Directions::None));

    println!("\nbytes of an idle connection by policy, window 15 and 9; both directions:");
    println!("{:>34}{:>14}{:>14}{:>14}{:>14}", "", "15, takeover", "15, none", "9, takeover", "9, none");
    let pool = Pool::new(1);
    let policies = [
        ("Kept", Memory::Kept),
        ("KeptFor, after the time", Memory::KeptFor(Duration::from_secs(1))),
        ("Shared, without the pool", Memory::Shared(pool)),
    ];
    for (name, policy) in policies {
        print!("{name:>34}");
        for (bits, takeover) in [(15, true), (15, false), (9, true), (9, false)] {
            let mut settings = settings(takeover);
            settings.outgoing.window_bits = window(bits);
            settings.incoming.window_bits = window(bits);
            settings.memory = policy.clone();
            let stream = sent_by_peer(&settings, &messages);
            // So that what the pool keeps is there before it is counted.
            drop(used(&settings, &messages, &stream, Directions::Both));
            let bytes = in_use(1, || {
                let mut session = used(&settings, &messages, &stream, Directions::Both);
                let mut out = Vec::new();
                for seconds in [0, 2] {
                    session.tick(Duration::from_secs(seconds), &mut out).expect("nothing else is due");
                }
                vec![session]
            });
            print!("{bytes:>14}");
        }
        println!();
    }

    println!("\nbytes for {many} connections that all sent and received, on one pool of one:");
    for takeover in [false, true] {
        let before = IN_USE.load(Ordering::Relaxed);
        let mut settings = Deflate::shared(Pool::new(1));
        settings.threshold = 0;
        settings.incoming.takeover = takeover;
        let stream = sent_by_peer(&settings, &messages[..4]);
        let before = before + stream.capacity();
        let sessions: Vec<Session> =
            (0..many).map(|_| used(&settings, &messages[..4], &stream, Directions::Both)).collect();
        let list = sessions.capacity() * size_of::<Session>();
        let bytes = IN_USE.load(Ordering::Relaxed) - before - list;
        drop(sessions);
        let pool = IN_USE.load(Ordering::Relaxed) - before;
        println!(
            "{:>34}{bytes:>14}, of which the pool {pool}, and {} for each connection",
            if takeover { "incoming takeover, 4 messages" } else { "no takeover" },
            (bytes - pool) / many
        );
    }
}

// What is gained by what.

fn levels(rounds: usize) {
    println!(
        "\nframes of a client in per cent of its messages, and microseconds per message as it goes out and comes in:"
    );
    println!("{:>10}{:>8}{:>12}{:>32}{:>32}{:>32}", "", "", "", "256 B", "1 KiB", "64 KiB");
    println!(
        "{:>10}{:>8}{:>12}{}",
        "level",
        "window",
        "takeover",
        format!("{:>10}{:>11}{:>11}", "per cent", "us out", "us in").repeat(3)
    );
    let mut rows = Vec::new();
    for (level, bits) in [(1, 15), (3, 15), (6, 15), (9, 15), (6, 12), (6, 9), (6, 8)] {
        for takeover in [true, false] {
            rows.push((level, bits, takeover));
        }
    }
    let mut tried: Vec<Vec<Tried>> = [256, 1 << 10, 64 << 10]
        .iter()
        .map(|&size| {
            rows.iter().map(|&(level, bits, takeover)| Tried::new(size, level, bits, takeover)).collect()
        })
        .collect();
    // All take turns, and the best of each counts: others use the machine, too.
    for _ in 0..rounds {
        tried.iter_mut().flatten().for_each(Tried::round);
    }
    for (at, (level, bits, takeover)) in rows.into_iter().enumerate() {
        print!("{level:>10}{bits:>8}{:>12}", if takeover { "yes" } else { "no" });
        for sizes in &tried {
            let Tried { per_cent, sending, receiving, messages, .. } = &sizes[at];
            let [out, incoming] =
                [sending.iter().sum(), *receiving].map(|seconds: f64| seconds * 1e6 / messages.len() as f64);
            print!("{per_cent:>10.1}{out:>11.2}{incoming:>11.2}");
        }
        println!();
    }
}

/// A setting, with the least time it took.
struct Tried {
    messages: Vec<String>,
    sender: Session,
    receiver: Session,
    stream: Vec<u8>,
    per_cent: f64,
    /// For each group of messages.
    sending: Vec<f64>,
    receiving: f64,
}

impl Tried {
    /// Bytes that are compressed in less time than others leave the processor to us.
    const GROUP: usize = 16 << 10;

    fn new(size: usize, level: u8, bits: u8, takeover: bool) -> Self {
        let messages = json::messages(size);
        let mut settings = settings(takeover);
        settings.level = Level::new(level).expect("0 to 9");
        settings.outgoing.window_bits = window(bits);
        settings.incoming.window_bits = window(bits);
        let [first, stream] = streams(client(), &settings, &messages);
        let mut receiver = session(Role::Server, &settings);
        receive(&mut receiver, &mut Message::new(), &first, &mut [0; READ], |_| ());
        let sender = session(Role::Server, &settings);
        // With the header of a client's frame, mostly 6 to 8 bytes.
        let per_cent = 100.0 * stream.len() as f64 / (size * messages.len()) as f64;
        let sending = messages.chunks(Self::GROUP.div_ceil(size)).map(|_| f64::MAX).collect();
        Self { messages, sender, receiver, stream, per_cent, sending, receiving: f64::MAX }
    }

    fn round(&mut self) {
        let count = self.messages.len();
        let mut out = Vec::new();
        let group = count.div_ceil(self.sending.len());
        for (messages, least) in self.messages.chunks(group).zip(&mut self.sending) {
            let start = Instant::now();
            for message in messages {
                out.clear();
                self.sender.send(black_box(message), &mut out).expect("the message is sent");
            }
            *least = least.min(start.elapsed().as_secs_f64());
        }
        let (mut message, mut scratch) = (Message::new(), [0; READ]);
        let start = Instant::now();
        receive(&mut self.receiver, &mut message, black_box(&self.stream), &mut scratch, |_| ());
        self.receiving = self.receiving.min(start.elapsed().as_secs_f64());
    }
}

// Beside the bare engine.

const SIZES: [usize; 3] = [256, 1 << 10, 64 << 10];
const NAMES: [&str; 2] = ["Session", "engine"];
const DIRECTIONS: [&str; 2] = ["send", "receive"];
const TAKEOVER: [&str; 2] = ["takeover", "no-takeover"];

/// A session and an engine, with what they send and receive.
struct Contest {
    messages: Vec<String>,
    session: Session,
    stream: Vec<u8>,
    engine: Engine,
    payloads: Vec<Vec<u8>>,
    message: Message,
    out: Vec<u8>,
    scratch: [u8; READ],
}

impl Contest {
    fn new(size: usize, takeover: bool) -> Self {
        let messages = json::messages(size);
        let [first, stream] = streams(client(), &settings(takeover), &messages);
        let mut session = session(Role::Server, &settings(takeover));
        let (mut message, mut scratch) = (Message::new(), [0; READ]);
        receive(&mut session, &mut message, &first, &mut scratch, |_| ());
        let mut engine = Engine::new(takeover);
        let [first, payloads] = engine.payloads(&messages);
        let mut out = Vec::with_capacity(size + 100);
        for payload in first {
            out.clear();
            engine.decompress(&payload, &mut out);
        }
        Self { messages, session, stream, engine, payloads, message, out, scratch }
    }

    /// What this contestant does in one pass.
    fn act(&self, name: &str, direction: &str) -> fn(&mut Self) {
        match (name, direction) {
            ("Session", "send") => |this| {
                for message in &this.messages {
                    this.out.clear();
                    this.session.send(black_box(message), &mut this.out).expect("the message is sent");
                    consume(&this.out);
                }
            },
            ("engine", "send") => |this| {
                for message in &this.messages {
                    this.out.clear();
                    this.engine.compress(black_box(message), &mut this.out);
                    consume(&this.out);
                }
            },
            ("Session", "receive") => |this| {
                let Self { session, message, stream, scratch, .. } = this;
                let each = |message: &Message| consume(message.as_bytes());
                assert_eq!(receive(session, message, black_box(stream), scratch, each), this.messages.len());
            },
            ("engine", "receive") => |this| {
                for payload in &this.payloads {
                    this.out.clear();
                    this.engine.decompress(black_box(payload), &mut this.out);
                    consume(&this.out);
                }
            },
            other => panic!("there is no {other:?}"),
        }
    }
}

/// Prints medians over the rounds, in which all take turns.
fn overhead(rounds: usize) {
    println!("\nmicroseconds per message, and the ratio to the bare engine:");
    for takeover in TAKEOVER {
        for size in SIZES {
            let mut contest = Contest::new(size, takeover == "takeover");
            for direction in DIRECTIONS {
                let acts = NAMES.map(|name| contest.act(name, direction));
                let mut spans: [Vec<Duration>; 2] = array::from_fn(|_| Vec::with_capacity(rounds));
                for round in 0..rounds {
                    for turn in 0..NAMES.len() {
                        let at = (round + turn) % NAMES.len();
                        let start = Instant::now();
                        acts[at](&mut contest);
                        spans[at].push(start.elapsed());
                    }
                }
                let [ours, engine] = spans.map(|mut spans| {
                    spans.sort_unstable();
                    spans[spans.len() / 2].as_secs_f64() * 1e6 / contest.messages.len() as f64
                });
                println!(
                    "{takeover:>14}{size:>8}{direction:>10}{ours:>10.2}{engine:>10.2}{:>8.3}",
                    ours / engine
                );
            }
        }
    }
}

/// Prints what callgrind counts, as the difference of two runs, so that only what is repeated counts.
fn instructions() {
    println!("instructions per message, and the ratio to the bare engine:");
    for takeover in TAKEOVER {
        for size in SIZES {
            let count = json::messages(size).len() as f64;
            for direction in DIRECTIONS {
                let [ours, engine] = NAMES.map(|name| {
                    let collected =
                        |passes| collected(&["run", name, direction, &size.to_string(), takeover, passes]);
                    (collected("3") - collected("1")) / (2.0 * count)
                });
                println!(
                    "{takeover:>14}{size:>8}{direction:>10}{ours:>12.0}{engine:>12.0}{:>8.3}",
                    ours / engine
                );
            }
        }
    }
}

fn collected(args: &[&str]) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program has a path"))
        .args(args)
        .output()
        .expect("valgrind is installed");
    let report = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = report.split_once("Collected : ").expect("callgrind tells what it collected");
    collected.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
