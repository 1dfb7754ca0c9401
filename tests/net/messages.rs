//! Messages over real sockets: RFC 6455 §5.6 and §6 through the blocking adapter.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::thread;

use crate::common_net::*;
use rfc6455::net::{Error, ReadEvent, WebSocket, accept, connect};
use rfc6455::protocol::{CloseCode, CloseStatus, DataKind, Role, SendError};
use rfc6455::session::{Config, Message, PreparedMessage};

#[test]
fn the_two_lines_of_the_introduction_work() {
    watched(|| {
        let (address, server) = serve(|stream| echo(accept(stream)?));
        let mut socket = connect(&format!("ws://{address}/")).unwrap();
        assert!(socket.stream().tcp().nodelay().unwrap());
        socket.send("Hello").unwrap();
        let mut message = Message::new();
        assert!(socket.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("Hello"));
        assert_eq!(socket.close(CloseCode::NORMAL, "").unwrap(), CloseStatus::Code(CloseCode::NORMAL));
        let server = server.join().unwrap().unwrap();
        assert_eq!(server.close_status(), Some(CloseStatus::Code(CloseCode::NORMAL)));
    });
}

#[test]
fn messages_of_all_sizes_come_back_as_they_were() {
    watched(|| {
        let (mut client, server) = websockets(Config::default(), Config::default());
        let server = thread::spawn(|| echo(server));
        let mut message = Message::new();
        for len in [0, 1, 125, 126, 4095, 4096, 24_575, 24_576, 65_535, 65_536, 100_001, 2 << 20] {
            let binary: Vec<u8> = (0..len).map(|index| (index % 251) as u8).collect();
            client.send(&binary).unwrap();
            assert!(client.read(&mut message).unwrap());
            assert!((message.kind(), message.as_bytes()) == (DataKind::Binary, &binary[..]), "{len} bytes");
            let text: String = "aß€😀".chars().cycle().take(len / 3).collect();
            client.send(&text).unwrap();
            assert!(client.read(&mut message).unwrap());
            assert!(message.as_text() == Some(&text), "{len} bytes of text");
        }
        client.close(CloseCode::NORMAL, "").unwrap();
        server.join().unwrap().unwrap();
    });
}

#[test]
fn what_is_queued_goes_out_before_a_read_waits_and_in_order() {
    watched(|| {
        let (mut client, server) = websockets(Config::default(), Config::default());
        let server = thread::spawn(|| echo(server));
        for number in 0..2000 {
            client.queue(&format!("message {number}")).unwrap();
        }
        let mut message = Message::new();
        for number in 0..2000 {
            assert!(client.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some(&*format!("message {number}")));
        }
        assert_eq!(client.unwritten(), 0);
        client.close(CloseCode::NORMAL, "").unwrap();
        server.join().unwrap().unwrap();
    });
}

#[test]
fn what_is_queued_goes_out_with_what_is_sent_and_before_it() {
    watched(|| {
        for len in [1, 100_000] {
            let (mut client, mut server) = websockets(Config::default(), Config::default());
            let sending = thread::spawn(move || {
                server.queue("first").unwrap();
                server.send(&vec![2_u8; len]).unwrap();
                server.queue("third").unwrap();
                server.send_prepared(&PreparedMessage::new("fourth")).unwrap();
                server
            });
            let mut got = Vec::new();
            for _ in 0..4 {
                let mut message = Message::new();
                assert!(client.read(&mut message).unwrap());
                got.push(message);
            }
            assert_eq!(got, ["first".into(), vec![2; len].into(), "third".into(), Message::from("fourth")]);
            sending.join().unwrap();
        }
    });
}

#[test]
fn fragments_and_pings_reach_the_other_end() {
    watched(|| {
        let (mut client, mut server) = websockets(Config::default(), Config::default());
        client.start("Hel").unwrap();
        assert!(matches!(client.send("x"), Err(Error::Send(SendError::MessageUnfinished))));
        client.ping(b"in between").unwrap();
        client.append("l").unwrap();
        client.finish("o").unwrap();
        let mut message = Message::new();
        assert_eq!(server.read_event(&mut message).unwrap(), ReadEvent::Ping(b"in between"));
        assert_eq!(server.read_event(&mut message).unwrap(), ReadEvent::Message);
        assert_eq!(message.as_text(), Some("Hello"));
        server.flush().unwrap();
        assert_eq!(client.read_event(&mut message).unwrap(), ReadEvent::Pong(b"in between"));
        assert!(matches!(client.ping(&[0; 126]), Err(Error::Send(SendError::ControlTooLong))));
    });
}

#[test]
fn a_connection_taken_apart_inside_a_message_loses_nothing() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        let (whole, next) =
            (crate::pair::client_frame(0x81, b"first"), crate::pair::client_frame(0x82, &[7; 300]));
        let (half, rest) = next.split_at(100);
        write(&mut raw, [&whole, half].concat());
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        server.queue("waits").unwrap();
        let mut parts = server.into_parts();
        assert_eq!((parts.unread.len(), &parts.unwritten[..]), (100, &b"\x81\x05waits"[..]));
        assert_eq!(parts.stream.read_timeout().unwrap(), None);
        parts.subprotocol = Some("kept".into());
        let mut server = WebSocket::from_parts(parts);
        write(&mut raw, rest);
        assert!(server.read(&mut message).unwrap());
        assert_eq!((message.as_bytes(), server.subprotocol()), (&[7; 300][..], Some("kept")));
        server.flush().unwrap();
        expect_bytes(&mut raw, b"\x81\x05waits");
    });
}

#[test]
fn a_deadline_does_not_leave_its_timeout_behind_on_the_socket() {
    watched(|| {
        let (_raw, mut server) = server_of_raw_client(Config::default());
        server.stream().set_read_timeout(Some(40 * MILLI)).unwrap();
        server.start_close(CloseCode::NORMAL, "").unwrap();
        assert!(server.read(&mut Message::new()).unwrap_err().is_would_block());
        let parts = server.into_parts();
        assert_eq!(parts.stream.read_timeout().unwrap(), Some(40 * MILLI));
    });
}

#[test]
fn bytes_that_were_read_before_come_first() {
    watched(|| {
        let (mut raw, stream) = tcp();
        let bytes =
            [crate::pair::client_frame(0x81, b"one"), crate::pair::client_frame(0x81, b"two")].concat();
        let (before, after) = bytes.split_at(12);
        write(&mut raw, after);
        let mut server = WebSocket::new(stream, Role::Server, Config::default(), before.to_vec());
        assert_eq!(server.subprotocol(), None);
        server = server.with_subprotocol("agreed.elsewhere");
        assert_eq!(server.subprotocol(), Some("agreed.elsewhere"));
        let mut message = Message::new();
        for text in ["one", "two"] {
            assert!(server.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some(text));
        }
    });
}

#[cfg(unix)]
#[test]
fn unix_sockets_do_as_well() {
    use std::os::unix::net::UnixStream;
    watched(|| {
        let (client, server) = UnixStream::pair().unwrap();
        let server = thread::spawn(|| {
            let mut server = WebSocket::new(server, Role::Server, Config::default(), Vec::new());
            let mut message = Message::new();
            while server.read(&mut message).unwrap() {
                server.send(&message).unwrap();
            }
        });
        let mut client = WebSocket::new(client, client_role(), Config::default(), Vec::new());
        client.send("over a file").unwrap();
        let mut message = Message::new();
        assert!(client.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("over a file"));
        assert_eq!(client.close(CloseCode::NORMAL, "").unwrap().to_u16(), 1000);
        server.join().unwrap();
    });
}

#[test]
fn a_pong_may_be_sent_unasked() {
    watched(|| {
        let (one, other) = tcp();
        let mut server = WebSocket::new(one, Role::Server, Config::default(), Vec::new());
        let client = WebSocket::new(other, client_role(), Config::default(), Vec::new());
        let (mut reader, mut writer) = client.split();
        server.pong(b"from the server").unwrap();
        writer.pong(b"from the client").unwrap();
        let mut message = Message::new();
        assert_eq!(reader.read_event(&mut message).unwrap(), ReadEvent::Pong(b"from the server"));
        assert_eq!(server.read_event(&mut message).unwrap(), ReadEvent::Pong(b"from the client"));
        assert!(matches!(server.pong(&[0; 126]), Err(Error::Send(SendError::ControlTooLong))));

        assert_eq!(writer.close_status(), None);
        let server = thread::spawn(move || server.close(CloseCode::GOING_AWAY, "").unwrap());
        assert!(!reader.read(&mut message).unwrap());
        server.join().unwrap();
        assert_eq!(writer.close_status().unwrap().to_u16(), 1001);
    });
}

#[test]
fn the_types_may_move_to_other_threads() {
    fn is_send<T: Send>() {}
    is_send::<WebSocket<TcpStream>>();
    is_send::<rfc6455::net::Incoming<TcpStream>>();
    is_send::<rfc6455::net::Connecting<TcpStream>>();
    is_send::<rfc6455::net::Reader<TcpStream>>();
    is_send::<rfc6455::net::Writer<TcpStream>>();
    is_send::<Error>();
}

/// Counts the slices of each write.
#[derive(Default)]
struct Slices(Vec<usize>);

impl Read for Slices {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Slices {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(1);
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.push(slices.len());
        Ok(slices.iter().map(|slice| slice.len()).sum())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_copied_cheaper_or_was_encoded_before_is_one_slice() {
    let mut server = WebSocket::new(Slices::default(), Role::Server, Config::default(), Vec::new());
    for len in [1, 4096, (24 << 10) - 1, 24 << 10] {
        server.send(&vec![0; len]).unwrap();
    }
    server.send_prepared(&PreparedMessage::new(&vec![0; 4096])).unwrap();
    server.send_prepared(&PreparedMessage::new(&vec![0; 100_000])).unwrap();
    assert_eq!(server.stream().0, [1, 1, 1, 2, 1, 1]);
    server.queue("what waits goes before it").unwrap();
    server.send_prepared(&PreparedMessage::new(&vec![0; 100_000])).unwrap();
    assert_eq!(server.stream().0[6..], [2]);
}
