//! Tries an echo server: sends it messages of every kind, and holds each echo against what was sent.
//!
//! ```text
//! cargo run --example echo_client -- ws://127.0.0.1:9001/ 100
//! ```
//!
//! It shows [`Connect`], which offers subprotocols and adds headers; fragments by `start`, `append` and
//! `finish`; Pings and their Pongs by `read_event`; and why one splits a connection: a message may be longer
//! than what fits on the way, so whoever wants its echo has to read while it is still being sent.
//!
//! It prints one line and exits with 0, or says what went wrong and exits with 1: in the end it does, whatever
//! the server does or leaves undone. Flags, all optional; SECS may have a fraction:
//!
//! ```text
//! --subprotocol NAME        one to offer; may be repeated, the best one first
//! --origin ORIGIN           where the request says that it comes from
//! --header 'Name: value'    one more for the request; may be repeated
//! --proxy URL               connects through http://[user:password@]host:port or socks5h://.., or the one that
//!                           http_proxy, all_proxy and so on name, if URL is `env`
//! --redirects N             follows so many (none)
//! --max-message BYTES       a longer message is refused with 1009 (16 MiB)
//! --handshake-timeout SECS  for the whole opening handshake (10)
//! --idle-timeout SECS       for the next message, or part of one (30)
//! --write-timeout SECS      for a server to take anything of what is sent (30)
//! --close-timeout SECS      for its Close, and then for the end of TCP (5)
//! --time-limit SECS         from the opening handshake to the end (none)
//! --ca FILE                 whom to trust with wss://, as PEM, which needs the cargo feature `rustls`
//! ```
//!
//! With the features `rustls` and `native-roots`, `wss://` trusts whom the system trusts.
//!
//! With the cargo feature `deflate` it can offer compression, by one of these flags or several. If the server
//! accepts, every message is compressed, however short:
//!
//! ```text
//! --deflate               with a window of 32 KiB and context takeover in both directions
//! --window-bits N         8 to 15: neither side refers back by more than 2^N bytes (15) ..
//! --outgoing-window-bits N, --incoming-window-bits N      .. or one of them does not
//! --no-context-takeover   neither side refers to the messages before ..
//! --no-outgoing-takeover, --no-incoming-takeover          .. or one of them does not
//! --level N               0 to 9, how much work goes into it (6)
//! --threshold BYTES       shorter messages are not compressed (0)
//! ```

use std::error::Error;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use rfc6455::net::{self, Connect, ReadEvent, Reader, Stream, WebSocket, Writer};
use rfc6455::protocol::{CloseCode, CloseStatus, Data};
use rfc6455::session::{Config, Message};

#[path = "common/compression.rs"]
mod compression;
#[path = "common/route.rs"]
mod route;
#[path = "common/tls.rs"]
mod tls;

/// Each side of each length at which the form of a frame's header changes, and what takes many reads.
const SIZES: [usize; 12] = [0, 1, 2, 125, 126, 127, 4095, 4096, 65_535, 65_536, 65_537, 1 << 20];

fn main() -> ExitCode {
    match run() {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("echo_client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Box<dyn Error>> {
    tls::install_cryptography();
    let Arguments { connect, count, time_limit } = arguments()?;
    let begun = Instant::now();
    let socket = connect.open()?;
    let opened = Instant::now();
    if let Some(limit) = time_limit {
        hang_up_after(limit, socket.stream().tcp())?;
    }
    try_echoes(socket, count, begun).map_err(|error| match time_limit {
        Some(limit) if opened.elapsed() >= limit => format!("not done after {limit:?}: {error}").into(),
        _ => error,
    })
}

/// A server that sends a byte now and then keeps every deadline that a connection has. How long it all may take
/// is for the application to say, and to hang up from a third thread is how it can.
fn hang_up_after(limit: Duration, stream: &TcpStream) -> io::Result<()> {
    let stream = stream.try_clone()?;
    thread::spawn(move || {
        thread::sleep(limit);
        stream.shutdown(Shutdown::Both)
    });
    Ok(())
}

fn try_echoes(socket: WebSocket<Stream>, count: usize, begun: Instant) -> Result<String, Box<dyn Error>> {
    let subprotocol = socket.subprotocol().unwrap_or("none").to_string();
    let (reader, writer) = socket.split();
    let mut echoes = Echoes { reader, writer, pongs: 0 };
    let mut bytes = 0;
    for number in 0..count {
        let (message, form) = nth_message(number);
        echoes.exchange(&message, form, number).map_err(|error| {
            format!("message {number}, {:?} of {} bytes: {error}", message.kind(), message.len())
        })?;
        bytes += message.len();
    }
    let pongs = echoes.end()?;
    let time = begun.elapsed();
    Ok(format!(
        "{count} messages, {bytes} bytes and {pongs} pings came back in {time:.1?}; subprotocol: {subprotocol}"
    ))
}

/// How a message is sent.
#[derive(Clone, Copy)]
enum Form {
    /// As one frame.
    Whole,
    /// In fragments.
    Fragments,
    /// In fragments, with a Ping between two of them.
    FragmentsAroundPing,
}

/// The same messages in each run: a failure can be looked at again.
fn nth_message(number: usize) -> (Message, Form) {
    let size = SIZES[number % SIZES.len()];
    let round = number / SIZES.len();
    // So that in nine rounds each size is of each kind in each form.
    let form = match (number + 2 * round + round / 3) % 3 {
        0 => Form::Whole,
        1 => Form::Fragments,
        _ => Form::FragmentsAroundPing,
    };
    // Two in a row are of a kind, so that the second could refer to the first in the least window, too.
    let message = match (number / 2 + round) % 3 {
        0 => Message::from(text(size)),
        1 => Message::from((0..size).map(|i| (i * 31 + number) as u8).collect::<Vec<u8>>()),
        _ => Message::from(noise(size, number)),
    };
    (message, form)
}

/// Bytes without any order, but for this: most of them stood there before, up to 40,000 bytes back. That is
/// further than any window of a compressor, so each window makes a difference.
fn noise(size: usize, seed: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size);
    let mut state = seed as u64 + 1;
    while bytes.len() < size {
        // Xorshift; there is no need for better chance.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let back = 1 + (state >> 32) as usize % 40_000;
        if let Some(start) = bytes.len().checked_sub(back) {
            bytes.extend_from_within(start..bytes.len().min(start + 32));
        }
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// A text of `size` bytes, of characters of one to four bytes.
fn text(size: usize) -> String {
    let mut text = String::with_capacity(size);
    for character in "κόσμε — Straße, 漢字 🌍 ".chars().cycle() {
        if text.len() + character.len_utf8() > size {
            break;
        }
        text.push(character);
    }
    text.extend(std::iter::repeat_n('.', size - text.len()));
    text
}

struct Echoes {
    reader: Reader<Stream>,
    writer: Writer<Stream>,
    pongs: usize,
}

impl Echoes {
    /// Sends a message and a Ping, and waits until both have come back.
    fn exchange(&mut self, message: &Message, form: Form, number: usize) -> Result<(), Box<dyn Error>> {
        let Self { reader, writer, pongs } = self;
        let ping = format!("ping {number}");
        thread::scope(|scope| {
            let sent = scope.spawn(|| send(writer, message, form, ping.as_bytes()));
            let came_back = await_echo(reader, message, ping.as_bytes());
            if came_back.is_err() {
                // Nothing more will be read, so a server that waits for that would hold the sender up.
                let _ = reader.stream().tcp().shutdown(Shutdown::Both);
            }
            let sent = sent.join().map_err(|_| "the sender panicked")?;
            // If the server has closed, this says why, and the sender only that it could not send.
            came_back?;
            sent.map_err(Box::<dyn Error>::from)
        })?;
        *pongs += 1;
        Ok(())
    }

    /// Closes, and gives the number of Pongs.
    fn end(mut self) -> Result<usize, Box<dyn Error>> {
        self.writer.start_close(CloseCode::NORMAL, "")?;
        let mut message = Message::new();
        if self.reader.read(&mut message)? {
            return Err("a message came that was not asked for".into());
        }
        match self.reader.close_status() {
            Some(CloseStatus::Code(CloseCode::NORMAL)) => Ok(self.pongs),
            _ => Err(closed(&self.reader)),
        }
    }
}

fn send(writer: &mut Writer<Stream>, message: &Message, form: Form, ping: &[u8]) -> Result<(), net::Error> {
    let [first, second, third] = thirds(message);
    match form {
        Form::Whole => {
            writer.send(message)?;
            writer.ping(ping)
        }
        Form::Fragments => {
            writer.start(first)?;
            writer.append(second)?;
            writer.finish(third)?;
            writer.ping(ping)
        }
        Form::FragmentsAroundPing => {
            writer.start(first)?;
            writer.ping(ping)?;
            writer.append(second)?;
            writer.finish(third)
        }
    }
}

fn thirds(message: &Message) -> [Data<'_>; 3] {
    let third = message.len() / 3;
    match message {
        Message::Text(text) => {
            let (rest, last) = split_text(text, 2 * third);
            let (first, second) = split_text(rest, third);
            [first.into(), second.into(), last.into()]
        }
        Message::Binary(bytes) => {
            let (rest, last) = bytes.split_at(2 * third);
            let (first, second) = rest.split_at(third);
            [first.into(), second.into(), last.into()]
        }
    }
}

/// At `at`, or a little before where that is inside a character.
fn split_text(text: &str, at: usize) -> (&str, &str) {
    (0..=at).rev().find_map(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

/// Waits for the echo and for the Pong, in whichever order they come.
fn await_echo(reader: &mut Reader<Stream>, sent: &Message, ping: &[u8]) -> Result<(), Box<dyn Error>> {
    let (mut echoed, mut ponged) = (false, false);
    let mut message = Message::new();
    while !(echoed && ponged) {
        match reader.read_event(&mut message)? {
            ReadEvent::Message if echoed => return Err("a second echo came".into()),
            ReadEvent::Message if message != *sent => return Err(difference(&message, sent).into()),
            ReadEvent::Message => echoed = true,
            // A Pong that was not asked for is allowed (§5.5.3).
            ReadEvent::Pong(payload) => ponged |= payload == ping,
            ReadEvent::Closed => return Err(closed(reader)),
            _ => {}
        }
    }
    Ok(())
}

fn difference(came: &Message, sent: &Message) -> String {
    let same = came.as_bytes().iter().zip(sent.as_bytes()).take_while(|(came, sent)| came == sent).count();
    format!("the echo is {:?} of {} bytes and differs from byte {same} on", came.kind(), came.len())
}

fn closed(reader: &Reader<Stream>) -> Box<dyn Error> {
    let status = reader.close_status().unwrap_or(CloseStatus::Abnormal);
    // What a server sends must not command the terminal.
    format!("the server closed with {status} {}", reader.close_reason().escape_debug()).into()
}

struct Arguments {
    connect: Connect,
    count: usize,
    time_limit: Option<Duration>,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (mut request_flags, mut positional) = (Vec::new(), Vec::new());
    let (mut config, mut time_limit) = (Config::default(), None);
    config.idle_timeout = Some(Duration::from_secs(30));
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            positional.push(word);
            continue;
        }
        if compression::FLAGS.contains(&word.as_str()) {
            compression::set(&mut config, &word, &mut words)?;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} is unknown or lacks its value"))?;
        match word.as_str() {
            "--max-message" => config.limits.message = value.parse()?,
            "--handshake-timeout" => config.handshake_timeout = seconds(&value)?,
            "--idle-timeout" => config.idle_timeout = Some(seconds(&value)?),
            "--write-timeout" => config.write_timeout = Some(seconds(&value)?),
            "--close-timeout" => config.close_timeout = seconds(&value)?,
            "--time-limit" => time_limit = Some(seconds(&value)?),
            _ => request_flags.push((word, value)),
        }
    }
    let (url, count) = match positional.as_slice() {
        [url] => (url, 100),
        [url, count] => (url, count.parse()?),
        _ => return Err("usage: echo_client URL [N]".into()),
    };
    let connect = request(Connect::new(url)?.config(config), &request_flags)?;
    Ok(Arguments { connect, count, time_limit })
}

fn request(mut connect: Connect, flags: &[(String, String)]) -> Result<Connect, Box<dyn Error>> {
    for (flag, value) in flags {
        connect = match flag.as_str() {
            "--subprotocol" => connect.subprotocol(value)?,
            "--origin" => connect.origin(value)?,
            "--header" => {
                let (name, value) = value.split_once(':').ok_or("a header is 'Name: value'")?;
                connect.header(name, value.trim())?
            }
            "--ca" => tls::trust(connect, value)?,
            _ => route::set(connect, flag, value)?,
        };
    }
    Ok(connect)
}

fn seconds(value: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::try_from_secs_f64(value.parse()?)?)
}
