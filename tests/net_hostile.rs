//! Races with a server that means harm, over real sockets: RFC 6455 §5.5.1, §7.1.5, §7.2.1 and §10.4. Whatever it does and
//! whenever, both halves of a client come to an end, and none of its frames is torn.
#![cfg(feature = "std")]

mod common_net;
mod pair;

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use common_net::*;
use pair::server_frame;
use rfc6455::frame::{FrameHeader, Opcode};
use rfc6455::net::{Connect, Error, Reader, Writer};
use rfc6455::protocol::{CloseCode, CloseStatus, SendError};
use rfc6455::session::{Config, Deadline, Message, SessionError};

/// Deadlines that a hostile server makes due, but no busy machine.
fn impatient() -> Config {
    let mut config = Config::default();
    config.idle_timeout = Some(SECOND);
    config.write_timeout = Some(SECOND);
    config.close_timeout = 200 * MILLI;
    config.limits.message = 1 << 20;
    config
}

fn code(number: u16) -> CloseCode {
    CloseCode::new(number).unwrap()
}

/// A Close of a server's.
fn close_frame(number: u16) -> Vec<u8> {
    server_frame(0x88, &number.to_be_bytes())
}

/// Reads until the end.
fn read_out(reader: &mut Reader<TcpStream>) -> Result<(), Error> {
    let mut message = Message::new();
    while reader.read(&mut message)? {}
    Ok(())
}

/// Sends large messages until that is refused, and gives the reason.
fn send_on(mut writer: Writer<TcpStream>) -> (Error, Writer<TcpStream>) {
    let payload = vec![7; 300_000];
    loop {
        match writer.send(&payload) {
            // What was not written waits, and the reader sees to the end of it.
            Err(error) if error.is_would_block() => {}
            Err(error) => return (error, writer),
            Ok(()) => {}
        }
    }
}

/// The opcodes of what a client sent, frame by frame to the last byte, with the code of its Close.
fn opcodes(mut bytes: &[u8]) -> (Vec<Opcode>, Option<u16>) {
    let (mut opcodes, mut closed_with) = (Vec::new(), None);
    while !bytes.is_empty() {
        let (header, len) = FrameHeader::decode(bytes).unwrap().expect("a header is whole");
        let [a, b, ..] = header.mask.expect("a client masks");
        let end = len + usize::try_from(header.payload_len).unwrap();
        let payload = bytes.get(len..end).expect("a frame is whole");
        if header.opcode == Opcode::Close {
            closed_with = payload.first_chunk().map(|[x, y]| u16::from_be_bytes([x ^ a, y ^ b]));
        } else {
            assert!(
                payload.iter().zip(header.mask.unwrap().iter().cycle()).all(|(byte, key)| byte ^ key == 7)
            );
        }
        opcodes.push(header.opcode);
        bytes = &bytes[end..];
    }
    (opcodes, closed_with)
}

#[test]
fn a_server_that_closes_amid_large_messages_gets_whole_frames_and_one_close() {
    watched(|| {
        for _ in 0..20 {
            let (client, mut server) = client_of_raw_server(Config::default());
            let (mut reader, writer) = client.split();
            let sending = thread::spawn(move || send_on(writer).0);
            // Somewhere in a frame.
            server.peek(&mut [0]).unwrap();
            write(&mut server, close_frame(4000));
            let serving = thread::spawn(move || {
                server.shutdown(Shutdown::Write).unwrap();
                read_to_end(&mut server)
            });
            read_out(&mut reader).unwrap();
            assert_eq!(reader.close_status(), Some(CloseStatus::Code(code(4000))));
            assert!(matches!(sending.join().unwrap(), Error::Send(SendError::Closed)));
            let (opcodes, closed_with) = opcodes(&serving.join().unwrap());
            assert_eq!(closed_with, Some(4000));
            let (last, messages) = opcodes.split_last().unwrap();
            assert_eq!(*last, Opcode::Close);
            assert!(!messages.is_empty() && messages.iter().all(|opcode| *opcode == Opcode::Binary));
        }
    });
}

#[test]
fn a_server_that_closes_and_reads_nothing_does_not_hold_the_client() {
    watched(|| {
        let (client, mut server) = client_of_raw_server(impatient());
        let (mut reader, writer) = client.split();
        let sending = thread::spawn(move || send_on(writer).0);
        server.peek(&mut [0]).unwrap();
        write(&mut server, close_frame(4000));
        read_out(&mut reader).unwrap();
        assert_eq!(reader.close_status(), Some(CloseStatus::Code(code(4000))));
        let refused = sending.join().unwrap();
        assert!(matches!(refused, Error::Send(SendError::Closed) | Error::Io(_)), "{refused:?}");
        drop(server);
    });
}

#[test]
fn when_both_close_at_once_each_learns_a_code_that_was_sent() {
    watched(|| {
        for _ in 0..100 {
            let (client, server) = websockets(Config::default(), Config::default());
            let together = Arc::new(Barrier::new(2));
            let closing = [(client, 4001), (server, 4002)].map(|(mut socket, number)| {
                let together = Arc::clone(&together);
                thread::spawn(move || {
                    together.wait();
                    let status = socket.close(code(number), "").unwrap();
                    assert_eq!(socket.close_status(), Some(status));
                    status.to_u16()
                })
            });
            let learned = closing.map(|thread| thread.join().unwrap());
            // Whose Close came first was answered with its own code; if both were on their way, each got the other's.
            assert!([[4001, 4001], [4002, 4002], [4002, 4001]].contains(&learned), "{learned:?}");
        }
    });
}

#[test]
fn a_reset_ends_both_halves_while_a_write_blocks() {
    watched(|| {
        for _ in 0..20 {
            let mut config = Config::default();
            config.write_timeout = None;
            let (client, server) = client_of_raw_server(config);
            let (mut reader, writer) = client.split();
            let sending = thread::spawn(move || send_on(writer));
            server.peek(&mut [0]).unwrap();
            // What it did not read makes this a reset.
            drop(server);
            assert!(matches!(read_out(&mut reader), Err(Error::Io(_) | Error::Session { .. })));
            assert_eq!(reader.close_status(), Some(CloseStatus::Abnormal));
            let (refused, mut writer) = sending.join().unwrap();
            assert!(matches!(refused, Error::Send(SendError::Closed) | Error::Io(_)), "{refused:?}");
            assert!(matches!(writer.send("x"), Err(Error::Send(SendError::Closed))));
        }
    });
}

#[test]
fn a_reset_ends_a_client_that_is_whole_while_a_write_blocks() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = None;
        let (mut client, server) = client_of_raw_server(config);
        let resetting = thread::spawn(move || {
            server.peek(&mut [0]).unwrap();
            drop(server);
        });
        let error = loop {
            if let Err(error) = client.send(&[7; 300_000]) {
                break error;
            }
        };
        assert!(matches!(error, Error::Io(_)), "{error:?}");
        resetting.join().unwrap();
        assert!(client.read(&mut Message::new()).is_err());
        assert_eq!(client.close_status(), Some(CloseStatus::Abnormal));
        assert!(matches!(client.send("x"), Err(Error::Send(SendError::Closed))));
    });
}

#[test]
fn a_reset_anywhere_in_the_answer_or_behind_it_is_an_error_and_no_hang() {
    watched(|| {
        let whole = answer_to(&request_with("")).len();
        for at in (0..=whole + 20).step_by(3) {
            let (address, serving) = serve(move |mut stream| {
                // The first byte of the request alone: the rest makes it a reset.
                stream.peek(&mut [0]).unwrap();
                let mut request = vec![0; 1 << 12];
                let len = stream.peek(&mut request).unwrap();
                let mut bytes = answer_to(&String::from_utf8_lossy(&request[..len])).into_bytes();
                bytes.extend(server_frame(0x82, &[7; 100]));
                let _ = stream.write_all(&bytes[..at]);
            });
            let opened = Connect::new(&format!("ws://{address}/")).unwrap().config(impatient()).open();
            let ended = opened.and_then(|mut socket| socket.read(&mut Message::new()));
            assert!(
                matches!(ended, Err(Error::Io(_) | Error::HandshakeCut | Error::Session { .. })),
                "{at}: {ended:?}"
            );
            serving.join().unwrap();
        }
    });
}

/// What a server does next, by chance: frames in order and out of order, claims, cuts, silence, floods.
fn mischief(random: &mut Random) -> Vec<u8> {
    let len = random.below(200) as usize;
    let payload = random.bytes(len);
    match random.below(16) {
        0..=3 => server_frame(0x82, &payload),
        4 => server_frame(0x81, "κόσμε".as_bytes()),
        5 => server_frame(0x02, &payload),
        6 => server_frame(0x00, &payload),
        7 => server_frame(0x80, &payload),
        8 => server_frame(0x89, &payload[..len.min(125)]),
        9 => server_frame(0x8a, &payload[..len.min(125)]),
        10 => server_frame(0x81, &payload),
        11 => server_frame(0x01, b"\xe2"),
        12 => server_frame(0x89, b"flood").repeat(20_000),
        13 => server_frame(0x00, b"").repeat(20_000),
        14 => close_frame(random.below(6000) as u16),
        _ => payload,
    }
}

#[test]
fn whatever_a_server_does_both_halves_end_and_say_how() {
    watched(|| {
        let seed = Random::seed();
        // Most of them wait for deadlines, so they do that together.
        let clients: Vec<_> = (0..100).map(|number| thread::spawn(move || suffer(seed, number))).collect();
        for client in clients {
            client.join().unwrap();
        }
    });
}

fn suffer(seed: u64, number: u64) {
    let (client, server) = client_of_raw_server(impatient());
    let serving = thread::spawn(move || serve_mischief(server, seed.wrapping_add(number)));
    let (mut reader, writer) = client.split();
    let sending = thread::spawn(move || send_on(writer));
    let ended = loop {
        match read_out(&mut reader) {
            Err(error) if error.is_would_block() => {}
            ended => break ended,
        }
    };
    let status = reader.close_status();
    let story = format!("client {number}: {ended:?}, {status:?}");
    match &ended {
        Ok(()) => assert!(matches!(status, Some(CloseStatus::Code(_) | CloseStatus::NoCode)), "{story}"),
        Err(Error::Session { .. } | Error::Io(_)) => {
            assert_eq!(status, Some(CloseStatus::Abnormal), "{story}")
        }
        Err(_) => panic!("{story}"),
    }
    let (refused, mut writer) = sending.join().unwrap();
    assert!(matches!(refused, Error::Send(SendError::Closed) | Error::Io(_)), "{story}: {refused:?}");
    assert!(matches!(writer.send("x"), Err(Error::Send(SendError::Closed))), "{story}");
    // It ends the same way each time that one asks.
    let again = read_out(&mut reader);
    assert_eq!(again.is_ok(), ended.is_ok(), "{story}: {again:?}");
    // Some servers wait for the end of TCP.
    drop((reader, writer));
    serving.join().unwrap();
}

fn serve_mischief(mut server: TcpStream, seed: u64) {
    let mut random = Random::seeded(seed);
    for _ in 0..1 + random.below(20) {
        if server.write_all(&mischief(&mut random)).is_err() {
            return;
        }
        if random.below(3) == 0 {
            let _ = server.read(&mut [0; 100_000]);
        }
    }
    match random.below(4) {
        // A reset, if anything is unread.
        0 => drop(server),
        1 => hang_up(server),
        2 => {
            let _ = server.shutdown(Shutdown::Both);
        }
        // Neither reads nor hangs up until the client has.
        _ => {
            while server.write_all(&server_frame(0x8a, b"there")).is_ok() {
                thread::sleep(20 * MILLI);
            }
        }
    }
}

/// A socket that counts what is read from it after the last frame was written, a Close with the reason "idle".
struct Counting {
    tcp: TcpStream,
    closed: bool,
    reads_behind: Arc<AtomicUsize>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads_behind.fetch_add(usize::from(self.closed), Ordering::Relaxed);
        self.tcp.read(buffer)
    }
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.closed |= bytes.last_chunk::<12>().is_some_and(|frame| frame.starts_with(&[0x88, 0x86]));
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_server_that_floods_pings_gets_to_read_why_it_is_given_up() {
    watched(|| {
        let (client, mut server) = tcp();
        let flood = thread::spawn(move || {
            let request = read_head(&mut server);
            write(&mut server, answer_to(&request));
            let mut answers = server.try_clone().unwrap();
            let reading = thread::spawn(move || read_to_end(&mut answers));
            while server.write_all(&server_frame(0x89, b"").repeat(1000)).is_ok() {}
            reading.join().unwrap();
        });
        let mut config = Config::default();
        config.idle_timeout = Some(100 * MILLI);
        let reads_behind = Arc::new(AtomicUsize::new(0));
        let counting = Counting { tcp: client, closed: false, reads_behind: Arc::clone(&reads_behind) };
        let connect = Connect::new("ws://localhost/").unwrap().config(config);
        let mut socket = connect.over_socket(counting, |stream| Some(&stream.tcp)).unwrap().finish().unwrap();
        let given_up = socket.read(&mut Message::new()).unwrap_err();
        assert!(matches!(given_up, Error::Session { error: SessionError::Timeout(Deadline::Idle), .. }));
        // To hang up on pings that nobody has read would be a reset, which may overtake the Close.
        assert!(reads_behind.load(Ordering::Relaxed) > 0);
        drop(socket);
        flood.join().unwrap();
    });
}
