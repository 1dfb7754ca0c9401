//! Decoding beside a peer crate, in one run: masked binary messages from memory, as a server receives them.
//! A look that takes seconds; `benches/peers/run` has ten peers, text, sending, handshakes and servers.
//!
//! The machine may be shared and noisy, so all contestants take turns in each round, and medians over the rounds are
//! compared. Each reads through the same [`Wire`], which copies up to 16 KiB at a time as a socket would.
//!
//! ```text
//! cargo bench --bench peers                            times and ratios, some seconds
//! cargo bench --bench peers -- instructions            instructions per message, decoding and encoding; needs valgrind
//! cargo bench --bench peers -- run Session 64 1000     one contestant, one size, so many passes: for a profiler
//! ```

mod common;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, io::Read};

use common::{READ, Wire, client, consume, stream};
use rfc6455::protocol::{Connection, Event, Limits, Role};
use rfc6455::session::{Config, Message, Received, Session};
use tungstenite::protocol::WebSocketConfig;

const SIZES: [usize; 5] = [8, 64, 125, 1 << 10, 16 << 10];
const ROUNDS: usize = 301;

/// Receives a stream of messages of one size, and gives how many there were.
type Contestant = fn(&[u8], usize) -> usize;

/// Sends a message of this size so often.
type Encoder = fn(usize, usize);

/// Not compared with a peer: their instructions are counted, to see whether a change moves them.
const ENCODERS: [(&str, Encoder); 2] = [
    ("send-server", |size, times| send(Role::Server, size, times)),
    ("send-client", |size, times| {
        send(client(), size, times);
    }),
];

/// The first is what the others are compared with.
const CONTESTANTS: [(&str, Contestant); 5] = [
    ("Session", session),
    ("Connection", connection),
    ("minimum", minimum),
    ("tungstenite", tungstenite_default),
    ("tungstenite-16k", tungstenite_16k),
];

/// Whole messages in storage that is used again.
fn session(bytes: &[u8], _: usize) -> usize {
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    let (mut message, mut out) = (Message::new(), Vec::new());
    let (mut wire, mut scratch) = (Wire::new(bytes, READ), [0; READ]);
    let mut count = 0;
    loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if len == 0 {
            return count;
        }
        let mut input = &mut scratch[..len];
        while let Some(received) =
            session.receive(&mut input, &mut message, Duration::ZERO, &mut out).expect("the stream is right")
        {
            if received == Received::Message {
                consume(message.as_bytes());
                count += 1;
            }
        }
    }
}

/// Chunks in place, in the buffer that was read into.
fn connection(bytes: &[u8], _: usize) -> usize {
    let mut connection = Connection::new(Role::Server, Limits::default());
    let mut out = Vec::new();
    let (mut wire, mut scratch) = (Wire::new(bytes, READ), [0; READ]);
    let mut count = 0;
    loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if len == 0 {
            return count;
        }
        let mut input = &mut scratch[..len];
        while let Some(event) = connection.receive(&mut input, &mut out).expect("the stream is right") {
            if let Event::Data(chunk) = event {
                consume(chunk.payload);
                count += usize::from(chunk.ends);
            }
        }
    }
}

/// No checks: the length of each frame is known, and only its payload is unmasked. Nothing can be quicker by much.
fn minimum(bytes: &[u8], len: usize) -> usize {
    let header = if len < 126 { 6 } else { 8 };
    let frame = header + len;
    let mut wire = Wire::new(bytes, READ);
    let mut buffer = vec![0; READ + frame];
    let (mut filled, mut count) = (0, 0);
    loop {
        let len = wire.read(&mut buffer[filled..]).expect("memory can be read");
        if len == 0 {
            return count;
        }
        filled += len;
        let mut frames = buffer[..filled].chunks_exact_mut(frame);
        for frame in &mut frames {
            let (head, payload) = frame.split_at_mut(header);
            let key = head.last_chunk::<4>().expect("a header ends with the key");
            let key = u64::from(u32::from_ne_bytes(*key)) * 0x1_0000_0001;
            let (words, rest) = payload.as_chunks_mut::<8>();
            for word in words {
                *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
            }
            for (byte, key) in rest.iter_mut().zip(key.to_ne_bytes()) {
                *byte ^= key;
            }
            consume(payload);
            count += 1;
        }
        let rest = frames.into_remainder().len();
        buffer.copy_within(filled - rest..filled, 0);
        filled = rest;
    }
}

fn tungstenite_default(bytes: &[u8], _: usize) -> usize {
    tungstenite(bytes, WebSocketConfig::default())
}

/// With a read buffer as large as what the wire gives at once.
fn tungstenite_16k(bytes: &[u8], _: usize) -> usize {
    tungstenite(bytes, WebSocketConfig::default().read_buffer_size(READ))
}

fn tungstenite(bytes: &[u8], config: WebSocketConfig) -> usize {
    let wire = Wire::new(bytes, READ);
    let role = tungstenite::protocol::Role::Server;
    let mut socket = tungstenite::WebSocket::from_raw_socket(wire, role, Some(config));
    let mut count = 0;
    // At the end of the stream it gives an error: no Close came.
    while let Ok(message) = socket.read() {
        if let tungstenite::Message::Binary(payload) = &message {
            consume(payload);
        }
        count += 1;
    }
    count
}

/// Whole messages into a buffer that is used again.
fn send(role: Role, size: usize, times: usize) {
    let mut session = Session::new(role, &Config::default(), Duration::ZERO);
    let (payload, mut out) = (vec![b'x'; size], Vec::with_capacity(size + 14));
    for _ in 0..times {
        // Both are to be in memory: of what goes nowhere else the compiler leaves away what is only stored.
        let (session, out) = (black_box(&mut session), black_box(&mut out));
        out.clear();
        session.send(black_box(&payload), out).expect("the message is sent");
        consume(out);
    }
}

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", name, size, passes] => run(name, number(size), number(passes)),
        ["instructions"] => instructions(),
        // `cargo test --benches` gives no argument, and `cargo bench -- --test` this one: only see whether it works.
        _ if args.iter().any(|arg| arg == "--test") || env::args().all(|arg| arg != "--bench") => times(1),
        _ => times(ROUNDS),
    }
}

fn number(arg: &str) -> usize {
    arg.parse().expect("sizes and passes are numbers")
}

fn masked(size: usize) -> (Vec<u8>, usize) {
    stream(client(), &vec![b'x'; size])
}

/// Prints medians over the rounds, in which all contestants take turns.
fn times(rounds: usize) {
    print!("{:>8}", "bytes");
    for (name, _) in CONTESTANTS {
        print!("{name:>20}");
    }
    println!("\n{:>8}{:>20}", "", "ns per message, ratio to the first column");
    for size in SIZES {
        let (bytes, count) = masked(size);
        let mut spans = CONTESTANTS.map(|_| Vec::with_capacity(rounds));
        for round in 0..rounds {
            for turn in 0..CONTESTANTS.len() {
                let (contestant, spans) = {
                    let at = (round + turn) % CONTESTANTS.len();
                    (CONTESTANTS[at].1, &mut spans[at])
                };
                let start = Instant::now();
                let received = contestant(black_box(&bytes), size);
                spans.push(start.elapsed());
                assert_eq!(received, count);
            }
        }
        let medians = spans.map(|spans| median(spans).as_nanos() as f64 / count as f64);
        print!("{size:>8}");
        for median in medians {
            print!("{median:>12.1} ({:>5.2})", median / medians[0]);
        }
        println!();
    }
}

fn median(mut spans: Vec<Duration>) -> Duration {
    spans.sort_unstable();
    spans[spans.len() / 2]
}

fn run(name: &str, size: usize, passes: usize) {
    if let Some((_, encoder)) = ENCODERS.iter().find(|(known, _)| *known == name) {
        return encoder(size, passes);
    }
    let (_, contestant) = CONTESTANTS.iter().find(|(known, _)| *known == name).expect("a contestant's name");
    let (bytes, _) = masked(size);
    for _ in 0..passes {
        black_box(contestant(black_box(&bytes), size));
    }
}

/// Prints what callgrind counts, as the difference of two runs, so that starting and building the stream do not count.
fn instructions() {
    println!("{:>8}{:>20}{:>14}", "bytes", "", "instructions per message");
    // A longer copy is one instruction that repeats, and would count as one for each byte.
    for size in SIZES.into_iter().filter(|size| *size <= 125) {
        let (_, count) = masked(size);
        for (name, _) in CONTESTANTS {
            let more = collected(name, size, 6) - collected(name, size, 1);
            println!("{size:>8}{name:>20}{:>14.0}", more / (5 * count) as f64);
        }
    }
    for size in SIZES {
        for (name, _) in ENCODERS {
            let more = collected(name, size, 1100) - collected(name, size, 100);
            println!("{size:>8}{name:>20}{:>14.0}", more / 1000.0);
        }
    }
}

fn collected(name: &str, size: usize, passes: usize) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["run", name, &size.to_string(), &passes.to_string()])
        .output()
        .expect("valgrind is installed");
    let report = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = report.split_once("Collected : ").expect("callgrind tells what it collected");
    collected.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
