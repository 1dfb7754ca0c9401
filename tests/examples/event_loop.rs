//! The example epoll_server.

use super::*;

#[path = "../../examples/epoll_server/output.rs"]
mod output;
#[path = "../../examples/epoll_server/timers.rs"]
mod timers;

/// A masked frame of a client's with a payload of less than 126 bytes; the masking key is 0.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).unwrap();
    [&[first, 0x80 | len, 0, 0, 0, 0], payload].concat()
}

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

fn request(address: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// Opens a WebSocket, and sends `behind` in one write with the request.
fn raw(address: &str, behind: &[u8]) -> TcpStream {
    let mut stream = dial(address);
    stream.write_all(&[request(address).as_bytes(), behind].concat()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    stream
}

/// All that comes up to the end of TCP, which has to be one in order.
fn rest_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    rest
}

/// Writes again and again until the server has hung up.
fn write_until_hung_up(stream: &mut TcpStream, bytes: &[u8]) {
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    let kind = loop {
        if let Err(error) = stream.write_all(bytes) {
            break error.kind();
        }
    };
    assert!(matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{kind:?}");
}

#[test]
fn messages_of_all_sizes_come_back() {
    let server = Server::start("epoll_server", &[]);
    let mut socket = connect(&server.address, "/");
    for len in [0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 1 << 20, 5 << 20] {
        let sent: Vec<u8> = (0..len).map(|at| (at * 7 % 251) as u8).collect();
        socket.send(&sent).unwrap();
        assert_eq!(read(&mut socket), Message::Binary(sent));
    }
    socket.start("Gr").unwrap();
    socket.ping(b"amid").unwrap();
    socket.finish("üße").unwrap();
    let mut message = Message::new();
    assert!(matches!(socket.read_event(&mut message), Ok(ReadEvent::Pong(b"amid"))));
    assert_eq!(text(&mut socket), "Grüße");
    assert_eq!(socket.close(CloseCode::NORMAL, "").unwrap(), CloseStatus::Code(CloseCode::NORMAL));

    let said = stdout(&run("echo_client", &[&format!("ws://{}/", server.address), "30"], ""));
    assert!(said.starts_with("30 messages, ") && said.contains("30 pings came back"), "{said}");
}

#[test]
fn what_comes_glued_to_the_request_is_answered() {
    let server = Server::start("epoll_server", &[]);
    let frames = [frame(TEXT, b"one"), frame(TEXT, b"two"), frame(CLOSE, &[0x03, 0xe8])].concat();
    assert_eq!(rest_of(&mut raw(&server.address, &frames)), b"\x81\x03one\x81\x03two\x88\x02\x03\xe8");
}

#[test]
fn other_requests_get_an_answer_of_http() {
    let server = Server::start("epoll_server", &["--handshake-timeout", "0.3"]);
    let page = http(&server.address, "GET / HTTP/1.1");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("WebSockets"), "{page}");
    let head = http(&server.address, "HEAD / HTTP/1.1");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(http(&server.address, "POST / HTTP/1.1").starts_with("HTTP/1.1 405 "));
    assert!(http(&server.address, "nonsense").starts_with("HTTP/1.1 400 "));
    // It drips for longer than it may.
    let mut slow = dial(&server.address);
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    assert!(rest_of(&mut slow).starts_with(b"HTTP/1.1 408 "));
}

#[test]
fn there_are_only_so_many_places() {
    let server = Server::start("epoll_server", &["--max-connections", "1"]);
    let mut first = connect(&server.address, "/");
    assert!(http(&server.address, "GET / HTTP/1.1").starts_with("HTTP/1.1 503 "));
    first.close(CloseCode::NORMAL, "").unwrap();
    let deadline = Instant::now() + LIMIT;
    while http(&server.address, "GET / HTTP/1.1").starts_with("HTTP/1.1 503 ") {
        assert!(Instant::now() < deadline, "the place is not given back");
    }
}

#[test]
fn many_connections_are_served_by_one_thread() {
    let server = Server::start("epoll_server", &[]);
    let mut sockets: Vec<Socket> = (0..300).map(|_| connect(&server.address, "/")).collect();
    for round in 0..3 {
        for (number, socket) in sockets.iter_mut().enumerate() {
            socket.send(&format!("{round} {number}")).unwrap();
        }
        for (number, socket) in sockets.iter_mut().enumerate().rev() {
            assert_eq!(text(socket), format!("{round} {number}"));
        }
        // Their places go to others.
        sockets.truncate(100);
        sockets.extend((0..50).map(|_| connect(&server.address, "/")));
    }
}

#[test]
fn a_broadcast_reaches_all() {
    let server = Server::start("epoll_server", &["--broadcast"]);
    let mut sockets: Vec<Socket> = (0..20).map(|_| connect(&server.address, "/")).collect();
    let large = "x".repeat(1 << 20);
    for (sender, message) in [(0, "one"), (19, "two"), (7, &large), (7, "last")] {
        sockets[sender].send(message).unwrap();
        for socket in &mut sockets {
            assert_eq!(text(socket), message);
        }
    }
    let mut one = sockets.pop().unwrap();
    one.close(CloseCode::NORMAL, "").unwrap();
    drop(sockets.pop());
    sockets[0].send("still here").unwrap();
    for socket in &mut sockets {
        assert_eq!(text(socket), "still here");
    }
}

#[test]
fn who_does_not_read_is_not_read_from_and_then_out() {
    let server = Server::start("epoll_server", &["--write-timeout", "0.5"]);
    let mut deaf = raw(&server.address, b"");
    let mut other = connect(&server.address, "/");
    thread::scope(|scope| {
        let deaf = scope.spawn(|| write_until_hung_up(&mut deaf, &frame(TEXT, &[b'x'; 125]).repeat(1000)));
        while !deaf.is_finished() {
            other.send("are you there?").unwrap();
            assert_eq!(text(&mut other), "are you there?");
        }
    });
    server.logs("took nothing");
}

#[test]
fn who_pings_and_does_not_read_is_out_too() {
    let server = Server::start("epoll_server", &["--write-timeout", "0.5"]);
    let mut deaf = raw(&server.address, b"");
    // Once there is no room left a Ping in each read is enough.
    write_until_hung_up(
        &mut deaf,
        &[frame(0x89, &[b'p'; 125]), frame(TEXT, &[b'x'; 125])].concat().repeat(500),
    );
    server.logs("took nothing");
}

#[test]
fn who_reads_a_broadcast_too_slowly_is_told_so() {
    let server = Server::start("epoll_server", &["--broadcast", "--max-waiting", "1000000"]);
    let mut talker = connect(&server.address, "/");
    let mut slow = connect(&server.address, "/");
    let large = vec![7; 400_000];
    for round in 0.. {
        assert!(round < 500, "the slow one is still in");
        talker.send(&large).unwrap();
        assert_eq!(read(&mut talker).len(), large.len());
        if round % 50 == 49 {
            break;
        }
    }
    server.logs("reads too slowly");
    // What was on its way still comes, and then the reason.
    assert_eq!(end_of(&mut slow), (1013, String::from("you read too slowly")));
    talker.send("still here").unwrap();
    assert_eq!(text(&mut talker), "still here");
}

#[test]
fn who_is_not_read_from_need_not_answer_pings_meanwhile() {
    let flags =
        ["--broadcast", "--max-waiting", "100000000", "--ping-interval", "0.3", "--ping-timeout", "0.3"];
    let server = Server::start("epoll_server", &flags);
    let mut talker = connect(&server.address, "/");
    let mut slow = connect(&server.address, "/");
    let large = vec![7; 1 << 20];
    let mut sent = 0;
    // More than the sockets between the server and the slow one hold.
    for _ in 0..40 {
        talker.send(&large).unwrap();
        sent += 1;
        while read(&mut talker).len() != large.len() {}
    }
    // For longer than the deadlines of the keepalive.
    let silent = rest_of(&mut raw(&server.address, b""));
    assert!(silent.starts_with(b"\x89\x08") && silent.ends_with(b"no pong"), "{silent:?}");
    for _ in 0..sent {
        assert_eq!(read(&mut slow).len(), large.len());
    }
    slow.send("I am here").unwrap();
    assert_eq!(text(&mut slow), "I am here");
}

#[test]
fn a_silent_peer_is_pinged_and_then_out() {
    let server = Server::start("epoll_server", &["--ping-interval", "0.3", "--ping-timeout", "0.3"]);
    let mut alive = connect(&server.address, "/");
    let answers = thread::spawn(move || {
        // It answers Pings by reading on, for as long as the silent ones take.
        let mut message = Message::new();
        for _ in 0..3 {
            assert!(matches!(alive.read_event(&mut message), Ok(ReadEvent::Ping(_))));
        }
        alive.send("alive").unwrap();
        text(&mut alive)
    });
    let heard = rest_of(&mut raw(&server.address, b""));
    let close = [&[0x88, 9, 0x03, 0xf3], &b"no pong"[..]].concat();
    assert_eq!((&heard[..2], &heard[10..]), (&[0x89, 8][..], &close[..]));
    assert_eq!(answers.join().unwrap(), "alive");
}

#[test]
fn a_fault_is_told_even_to_one_who_sends_on() {
    let server = Server::start("epoll_server", &[]);
    // A reserved bit; and behind it more than both sockets hold. Were that left unread, it would be answered with a reset.
    let bytes = [frame(TEXT, b"good"), frame(0xc1, b"bad"), vec![0; 16 << 20]].concat();
    let mut stream = raw(&server.address, &bytes);
    let heard = rest_of(&mut stream);
    let (echo, fault) = heard.split_at(6);
    assert_eq!((echo, fault[0], &fault[2..4]), (&b"\x81\x04good"[..], CLOSE, &[0x03, 0xea][..]));
    // The end of TCP without a Close is none in order, and ends it all the same.
    let mut stream = raw(&server.address, &frame(TEXT, b"last words"));
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(rest_of(&mut stream), b"\x81\x0alast words");
    server.logs("without a close frame");
}

#[test]
fn who_never_hangs_up_is_hung_up_on() {
    let server = Server::start("epoll_server", &["--max-connections", "1"]);
    let mut stream = raw(&server.address, &frame(CLOSE, &[]));
    assert_eq!(rest_of(&mut stream), b"\x88\x00");
    // This end stays as it is. Its place is given to the next one all the same.
    let deadline = Instant::now() + LIMIT;
    while http(&server.address, "GET / HTTP/1.1").starts_with("HTTP/1.1 503 ") {
        assert!(Instant::now() < deadline, "the place is not given back");
    }
    drop(stream);
}

#[cfg(feature = "deflate")]
#[test]
fn compression_is_agreed_on() {
    let server = Server::start("epoll_server", &["--broadcast", "--deflate"]);
    let mut config = rfc6455::Config::default();
    config.deflate = Some(rfc6455::Deflate::default());
    let url = format!("ws://{}/", server.address);
    let mut with = open(&Connect::new(&url).unwrap().config(config), &server.address).unwrap();
    let mut without = connect(&server.address, "/");
    let long = "all work and no play ".repeat(10_000);
    for sender in 0..2 {
        [&mut with, &mut without][sender].send(&long).unwrap();
        assert_eq!([text(&mut with), text(&mut without)], [long.clone(), long.clone()]);
    }
}

#[test]
fn flags_that_are_none_are_refused() {
    for flags in
        [&["--unknown"][..], &["--max-message", "x"], &["--write-timeout", "-1"], &["--ping-interval"]]
    {
        failure(&run("epoll_server", &[&["127.0.0.1:0"], flags].concat(), ""));
    }
}

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[test]
fn a_connection_comes_up_once_however_often_its_deadline_moves() {
    let mut timers = timers::Timers::default();
    let (mut one, mut other) = (None, None);
    timers.set(1, &mut one, Some(seconds(10)));
    timers.set(2, &mut other, Some(seconds(10)));
    for later in 11..20 {
        timers.set(1, &mut one, Some(seconds(later)));
    }
    assert_eq!((one, timers.wait(seconds(4))), (Some(seconds(10)), Some(seconds(6))));
    timers.set(1, &mut one, Some(seconds(5)));
    timers.set(1, &mut one, None);
    assert_eq!(
        (timers.pop(seconds(4)), timers.pop(seconds(5)), timers.pop(seconds(9))),
        (None, Some(1), None)
    );
    timers.remove(2, &mut other);
    assert_eq!((timers.pop(seconds(99)), timers.wait(seconds(99))), (None, None));
}

/// A socket that takes so many bytes at a time, and then no more until it is asked again.
struct Narrow {
    taken: Vec<u8>,
    room: usize,
    each: usize,
}

impl Narrow {
    const fn new(each: usize) -> Self {
        Self { taken: Vec::new(), room: 0, each }
    }

    fn with_room(&mut self) -> &mut Self {
        self.room = self.each;
        self
    }
}

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let len = self.room.min(bytes.len());
        self.room -= len;
        self.taken.extend_from_slice(&bytes[..len]);
        if len == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(len) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_peer_has_time_from_when_it_has_something_to_take() {
    let (mut output, mut socket) = (output::Output::default(), Narrow::new(1));
    let (mut spare, timeout) = (Vec::new(), Some(seconds(30)));
    assert_eq!(output.deadline(timeout), None);
    // After an hour of silence.
    output.borrow(&mut spare, seconds(3600));
    output.bytes.extend_from_slice(b"abc");
    output.flush(&mut socket, seconds(3600)).unwrap();
    assert_eq!((output.len(), output.deadline(timeout)), (3, Some(seconds(3630))));
    output.flush(socket.with_room(), seconds(3620)).unwrap();
    assert_eq!((output.len(), output.deadline(timeout)), (2, Some(seconds(3650))));
    // It takes nothing, and what is more to come does not give it more time.
    output.borrow(&mut spare, seconds(3640));
    output.flush(&mut socket, seconds(3640)).unwrap();
    assert_eq!((output.deadline(timeout), output.deadline(None)), (Some(seconds(3650)), None));
}

#[test]
fn bytes_keep_their_order_whatever_the_socket_takes() {
    let large: Vec<u8> = (0..5000).map(|at| (at % 251) as u8).collect();
    for each in [1, 2, 3, 7, 1000, 4999, 5000, 5003, 20_000] {
        let (mut output, mut socket) = (output::Output::default(), Narrow::new(each));
        let mut expected = Vec::new();
        for round in 0..3_u8 {
            output.bytes.extend_from_slice(&[round; 3]);
            let mut message = Message::Binary(large.clone());
            output.write_message(socket.with_room(), &mut message, Duration::ZERO).unwrap();
            output.bytes.push(b'|');
            output.flush(socket.with_room(), Duration::ZERO).unwrap();
            expected.extend([&[round; 3], &large[..], b"|"].concat());
        }
        while !output.is_empty() {
            output.flush(socket.with_room(), Duration::ZERO).unwrap();
        }
        assert_eq!(socket.taken, expected);
        // All storage goes back but what is too large to be kept.
        let mut spare = Vec::new();
        output.give_back(&mut spare);
        assert_eq!((spare.len(), output.bytes.capacity()), (0, 0));
    }
}

#[test]
fn a_large_message_is_not_copied() {
    let (mut output, mut socket) = (output::Output::default(), Narrow::new(100));
    let mut message = Message::Binary(vec![7; 1 << 20]);
    let storage = message.as_bytes().as_ptr();
    output.bytes.extend_from_slice(b"header");
    output.write_message(socket.with_room(), &mut message, Duration::ZERO).unwrap();
    assert_eq!((output.bytes.as_ptr(), output.len()), (storage, (1 << 20) - 94));
    assert!(message.is_empty());
    let mut spare = Vec::new();
    output.give_back(&mut spare);
    assert_eq!(spare.capacity(), 0);
    output.flush(&mut Narrow { taken: Vec::new(), room: 1 << 20, each: 0 }, Duration::ZERO).unwrap();
    output.give_back(&mut spare);
    // So much storage is kept for nobody.
    assert_eq!((spare.capacity(), output.bytes.capacity()), (0, 0));
}
