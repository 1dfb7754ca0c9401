//! What callgrind counts of decoding, encoding, handshakes and inflating. `./run` holds the counts to the budget.
//!
//! Each benchmark handles [`MESSAGES`] messages, or handshakes, that its setup made; `./run` divides by their number. The setup
//! handles one beforehand, so that storage has been grown when the count begins.

#![expect(non_snake_case, reason = "the names are what ./run prints")]

#[path = "../common/json.rs"]
mod json;

use std::hint::black_box;
use std::time::Duration;

use gungraun::main;
use gungraun::prelude::*;
use rfc6455::deflate::{Deflate, Memory};
use rfc6455::handshake::{Answer, ClientRequest, HeadLimits, ServerHandshake, Upgrade, Uri};
use rfc6455::protocol::{Connection, Data, Event, Limits, MaskKeys, Role};
use rfc6455::session::{Config, Message, Session};

/// `./run` has this number, too.
const MESSAGES: usize = 512;

/// What a socket gives at once.
const READ: usize = 16 << 10;

/// A client's role with keys of the operating system, as without a choice of one's own.
fn client() -> Role {
    Role::Client(MaskKeys::from_os().expect("the system has entropy"))
}

fn session(role: Role) -> Session {
    Session::new(role, &Config::default(), Duration::ZERO)
}

/// What a receiver is given: the bytes of all messages, and where what it makes of them goes.
struct Incoming<R> {
    receiver: R,
    message: Message,
    out: Vec<u8>,
    stream: Vec<u8>,
}

/// A stream of messages from a client.
fn incoming<'d, R: Receive>(receiver: R, data: impl Into<Data<'d>>) -> Incoming<R> {
    let data = data.into();
    let mut peer = session(client());
    let [first, stream] = [1, MESSAGES].map(|count| {
        let mut stream = Vec::new();
        for _ in 0..count {
            peer.send(data, &mut stream).expect("the message is sent");
        }
        stream
    });
    warm(receiver, first, stream)
}

/// Receives what comes first, and gives what comes then.
fn warm<R: Receive>(receiver: R, first: Vec<u8>, stream: Vec<u8>) -> Incoming<R> {
    let mut incoming = Incoming { receiver, message: Message::new(), out: Vec::new(), stream: first };
    assert!(receive(&mut incoming) > 0);
    Incoming { stream, ..incoming }
}

trait Receive {
    /// Takes all of `input`, and gives how many messages ended, or pings came.
    fn receive(&mut self, input: &mut [u8], message: &mut Message, out: &mut Vec<u8>) -> usize;
}

/// Whole messages, checked, in storage that is used again.
impl Receive for Session {
    #[inline]
    fn receive(&mut self, mut input: &mut [u8], message: &mut Message, out: &mut Vec<u8>) -> usize {
        let mut count = 0;
        while Self::receive(self, &mut input, message, Duration::ZERO, out)
            .expect("the stream is right")
            .is_some()
        {
            black_box(message.as_bytes());
            count += 1;
        }
        count
    }
}

/// Chunks in place.
impl Receive for Connection {
    #[inline]
    fn receive(&mut self, mut input: &mut [u8], _: &mut Message, out: &mut Vec<u8>) -> usize {
        let mut count = 0;
        while let Some(event) = Self::receive(self, &mut input, out).expect("the stream is right") {
            if let Event::Data(chunk) = event {
                black_box(&*chunk.payload);
                count += usize::from(chunk.ends);
            }
        }
        count
    }
}

#[inline]
fn receive<R: Receive>(incoming: &mut Incoming<R>) -> usize {
    let Incoming { receiver, message, out, stream } = incoming;
    let each = |read| {
        out.clear(); // as if it had been written
        receiver.receive(read, message, out)
    };
    black_box(&mut *stream).chunks_mut(READ).map(each).sum()
}

fn to_session(size: usize) -> Incoming<Session> {
    incoming(session(Role::Server), &vec![b'x'; size])
}

fn text_to_session(piece: &str, size: usize) -> Incoming<Session> {
    incoming(session(Role::Server), &*piece.repeat(size / piece.len()))
}

fn to_connection(size: usize) -> Incoming<Connection> {
    incoming(Connection::new(Role::Server, Limits::default()), &vec![b'x'; size])
}

fn compressed_to_session(size: usize) -> Incoming<Session> {
    let mut settings = Deflate::default();
    settings.memory = Memory::Kept;
    let agreement = settings.accept(&settings.offers()).expect("what is offered is accepted");
    let mut peer = session(client()).with_deflate(&agreement);
    let messages = json::messages(size);
    let [first, stream] = [1, MESSAGES].map(|count| {
        let mut stream = Vec::new();
        for message in messages.iter().cycle().take(count) {
            peer.send(message, &mut stream).expect("the message is sent");
        }
        stream
    });
    assert!(stream.len() < MESSAGES * size, "the messages are compressed");
    warm(session(Role::Server).with_deflate(&agreement), first, stream)
}

fn pings_to_session(size: usize) -> Incoming<Session> {
    let [first, stream] = [1, MESSAGES].map(|count| {
        let (mut peer, mut stream) = (session(client()), Vec::new());
        for _ in 0..count {
            peer.ping(&vec![b'x'; size], &mut stream).expect("the ping is sent");
        }
        stream
    });
    warm(session(Role::Server), first, stream)
}

#[library_benchmark]
#[bench::of_8_bytes(args = (8), setup = to_session)]
#[bench::of_125_bytes(args = (125), setup = to_session)]
#[bench::of_16_KiB(args = (16 << 10), setup = to_session)]
#[bench::of_1_KiB_of_ASCII_text(args = ("word", 1 << 10), setup = text_to_session)]
#[bench::of_1_KiB_of_multi_byte_text(args = ("\u{449}\u{451}, \u{4e16}\u{754c} \u{1f980} ", 1 << 10), setup = text_to_session)]
fn decode_by_Session(mut incoming: Incoming<Session>) -> Incoming<Session> {
    assert_eq!(receive(&mut incoming), MESSAGES);
    incoming
}

#[library_benchmark]
#[bench::of_8_bytes(args = (8), setup = to_connection)]
#[bench::of_125_bytes(args = (125), setup = to_connection)]
#[bench::of_16_KiB(args = (16 << 10), setup = to_connection)]
fn decode_by_Connection(mut incoming: Incoming<Connection>) -> Incoming<Connection> {
    assert_eq!(receive(&mut incoming), MESSAGES);
    incoming
}

#[library_benchmark]
#[bench::of_1_KiB_of_JSON(args = (1 << 10), setup = compressed_to_session)]
fn inflate_by_Session(mut incoming: Incoming<Session>) -> Incoming<Session> {
    assert_eq!(receive(&mut incoming), MESSAGES);
    incoming
}

#[library_benchmark]
#[bench::of_125_bytes(args = (125), setup = pings_to_session)]
fn ping_answered_by_Session(mut incoming: Incoming<Session>) -> Incoming<Session> {
    assert_eq!(receive(&mut incoming), MESSAGES);
    incoming
}

/// What a sender is given.
struct Outgoing {
    sender: Session,
    payload: Vec<u8>,
    out: Vec<u8>,
}

fn outgoing(role: Role, size: usize) -> Outgoing {
    let mut outgoing = Outgoing { sender: session(role), payload: vec![b'x'; size], out: Vec::new() };
    send(&mut outgoing);
    outgoing
}

fn of_server(size: usize) -> Outgoing {
    outgoing(Role::Server, size)
}

fn of_client(size: usize) -> Outgoing {
    outgoing(client(), size)
}

#[inline]
fn send(outgoing: &mut Outgoing) {
    let Outgoing { sender, payload, out } = outgoing;
    out.clear();
    black_box(&mut *sender).send(black_box(&*payload), out).expect("the message is sent");
    black_box(&*out);
}

#[library_benchmark]
#[bench::of_8_bytes(args = (8), setup = of_server)]
#[bench::of_125_bytes(args = (125), setup = of_server)]
#[bench::of_16_KiB(args = (16 << 10), setup = of_server)]
fn encode_by_server(mut outgoing: Outgoing) -> Outgoing {
    for _ in 0..MESSAGES {
        send(&mut outgoing);
    }
    outgoing
}

#[library_benchmark]
#[bench::of_8_bytes(args = (8), setup = of_client)]
#[bench::of_125_bytes(args = (125), setup = of_client)]
#[bench::of_16_KiB(args = (16 << 10), setup = of_client)]
fn encode_by_client(mut outgoing: Outgoing) -> Outgoing {
    for _ in 0..MESSAGES {
        send(&mut outgoing);
    }
    outgoing
}

/// As little as the RFC allows.
const SHORT: &str = "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// With what a browser adds.
const BROWSER: &str = "GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nPragma: no-cache\r\n\
    Cache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
    Upgrade: websocket\r\nOrigin: https://example.com\r\nSec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\
    Cookie: session=3f1c0ffee3f1c0ffee3f1c0ffee\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

/// Appends the 101 for a request.
fn answer(mut request: &[u8], out: &mut Vec<u8>) {
    let mut handshake = ServerHandshake::new(HeadLimits::default());
    let request = handshake.receive(&mut request).expect("the request is right").expect("and whole");
    Upgrade::from_request(&request).expect("it asks for a WebSocket").accept().write(out);
}

/// The buffer, grown.
fn requested(request: &'static str) -> (&'static str, Vec<u8>) {
    let mut out = Vec::new();
    answer(request.as_bytes(), &mut out);
    (request, out)
}

#[library_benchmark]
#[bench::of_a_short_request(args = (SHORT), setup = requested)]
#[bench::of_a_request_of_a_browser(args = (BROWSER), setup = requested)]
fn server_handshake((request, mut out): (&'static str, Vec<u8>)) -> Vec<u8> {
    for _ in 0..MESSAGES {
        out.clear();
        answer(black_box(request.as_bytes()), &mut out);
        black_box(&*out);
    }
    out
}

/// A request, written, and an answer to it, checked.
fn connect(uri: &Uri, request: &mut Vec<u8>, response: &[u8]) {
    request.clear();
    let mut handshake = ClientRequest::new(uri).start(*b"the sample nonce", request);
    let answer = handshake.receive(&mut &*response).expect("the answer is right");
    assert!(matches!(answer, Some(Answer::Open(_))));
}

fn answered(uri: &str) -> (Uri, Vec<u8>, Vec<u8>) {
    let uri = Uri::parse(uri).expect("the URI is right");
    let (mut request, mut response) = (Vec::new(), Vec::new());
    ClientRequest::new(&uri).start(*b"the sample nonce", &mut request);
    answer(&request, &mut response);
    (uri, request, response)
}

#[library_benchmark]
#[bench::of_a_short_request(args = ("ws://example.com/chat"), setup = answered)]
fn client_handshake((uri, mut request, response): (Uri, Vec<u8>, Vec<u8>)) -> (Uri, Vec<u8>, Vec<u8>) {
    for _ in 0..MESSAGES {
        connect(black_box(&uri), &mut request, black_box(&response));
    }
    (uri, request, response)
}

library_benchmark_group!(
    name = all,
    benchmarks = [
        decode_by_Session,
        decode_by_Connection,
        encode_by_server,
        encode_by_client,
        server_handshake,
        client_handshake,
        inflate_by_Session,
        ping_answered_by_Session
    ]
);

// Of a long copy libc makes one instruction that repeats, where the processor is said to be quick at that, and callgrind counts it
// once for each byte. With a threshold that no copy reaches, a copy counts as what it costs.
main!(
    config = LibraryBenchmarkConfig::default().env(
        "GLIBC_TUNABLES",
        "glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000"
    ),
    library_benchmark_groups = all
);
