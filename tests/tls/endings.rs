//! How TLS ends below a WebSocket (RFC 8446 §6.1, RFC 6455 §7.1.1): said in order, or cut off, which is told apart.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::common_net::*;
use crate::common_tls::{self, Raw, TlsSocket};
use crate::pair::{client_frame, server_frame};
use rfc6455::handshake::HttpResponse;
use rfc6455::net::rustls::ClientConnection;
use rfc6455::net::{Connect, Error, Incoming};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::{Config, Message, SessionError};

fn head<S: Read>(stream: &mut S) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

/// A server whose client is rustls alone, and the opening handshake is done.
fn server_of_raw_client(config: Config) -> (Raw<ClientConnection>, TlsSocket) {
    let (client, server) = tcp();
    let (client_tls, server_tls) = common_tls::configs();
    let serving = thread::spawn(move || Incoming::tls(server, server_tls, config).unwrap().accept().unwrap());
    let mut raw = common_tls::raw_client(client, client_tls);
    raw.write_all(request_with("").as_bytes()).unwrap();
    head(&mut raw);
    (raw, serving.join().unwrap())
}

/// A client whose server is rustls alone, which answers the request and does this.
fn client_of_raw_server<R: Send + 'static>(
    serve: impl FnOnce(&mut Raw<rfc6455::net::rustls::ServerConnection>) -> R + Send + 'static,
) -> (Result<TlsSocket, Error>, thread::JoinHandle<R>) {
    let (client, server) = tcp();
    let (client_tls, server_tls) = common_tls::configs();
    let serving = thread::spawn(move || serve(&mut common_tls::raw_server(server, server_tls)));
    let connect = Connect::new("wss://localhost/").unwrap().tls(client_tls);
    (connect.over_tcp(client).unwrap().finish(), serving)
}

fn is_eof(tcp: &mut TcpStream) -> bool {
    tcp.read(&mut [0]).unwrap() == 0
}

#[test]
fn a_server_says_that_it_ends() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        let reading = thread::spawn(move || server.read(&mut Message::new()).unwrap());
        raw.write_all(&client_frame(0x88, b"\x03\xe8")).unwrap();
        let mut all = Vec::new();
        // rustls gives an error for an end without close_notify.
        raw.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"\x88\x02\x03\xe8");
        assert!(is_eof(&mut raw.sock), "the TCP connection is shut, too");
        drop(raw);
        assert!(!reading.join().unwrap());
    });
}

#[test]
fn a_client_says_that_it_ends() {
    watched(|| {
        let (client, serving) = client_of_raw_server(|raw| {
            let request = head(raw);
            raw.write_all(answer_to(&request).as_bytes()).unwrap();
            let mut close = [0; 8];
            raw.read_exact(&mut close).unwrap();
            raw.write_all(b"\x88\x02\x03\xe8").unwrap();
            raw.conn.send_close_notify();
            raw.flush().unwrap();
            raw.sock.shutdown(Shutdown::Write).unwrap();
            raw.read_to_end(&mut Vec::new()).unwrap();
            assert!(is_eof(&mut raw.sock));
        });
        let status = client.unwrap().close(CloseCode::NORMAL, "").unwrap();
        assert_eq!(status, CloseStatus::Code(CloseCode::NORMAL));
        serving.join().unwrap();
    });
}

#[test]
fn a_connection_that_is_cut_off_says_so() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        raw.sock.shutdown(Shutdown::Write).unwrap();
        for _ in 0..2 {
            match server.read(&mut Message::new()).unwrap_err() {
                Error::Io(error) => {
                    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                    assert!(error.to_string().contains("without the TLS alert close_notify"), "{error}");
                }
                // What the session says once it is lost.
                Error::Session { error: SessionError::Truncated(_), .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(server.close_status(), Some(CloseStatus::Abnormal));
        // What it can still say, it says.
        raw.read_to_end(&mut Vec::new()).unwrap();
    });
}

#[test]
fn a_message_before_the_cut_is_still_read() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        raw.write_all(&client_frame(0x81, b"last words")).unwrap();
        raw.sock.shutdown(Shutdown::Write).unwrap();
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("last words"));
        assert!(matches!(server.read(&mut message), Err(Error::Io(_))));
    });
}

#[test]
fn after_both_closes_a_cut_is_no_harm() {
    watched(|| {
        let (client, serving) = client_of_raw_server(|raw| {
            let request = head(raw);
            raw.write_all(answer_to(&request).as_bytes()).unwrap();
            let mut close = [0; 8];
            raw.read_exact(&mut close).unwrap();
            raw.write_all(b"\x88\x02\x03\xe8").unwrap();
            raw.sock.shutdown(Shutdown::Both).unwrap();
        });
        let status = client.unwrap().close(CloseCode::NORMAL, "").unwrap();
        assert_eq!(status, CloseStatus::Code(CloseCode::NORMAL));
        serving.join().unwrap();

        let (mut raw, mut server) = server_of_raw_client(Config::default());
        raw.write_all(&client_frame(0x88, b"\x03\xe8")).unwrap();
        raw.sock.shutdown(Shutdown::Write).unwrap();
        assert!(!server.read(&mut Message::new()).unwrap());
    });
}

#[test]
fn tls_that_ends_in_order_without_a_close_is_a_lost_connection() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        raw.conn.send_close_notify();
        raw.flush().unwrap();
        let error = server.read(&mut Message::new()).unwrap_err();
        assert!(matches!(error, Error::Session { error: SessionError::Truncated(_), .. }), "{error:?}");
        // It does not wait for the end of TCP, and says its last word.
        raw.read_to_end(&mut Vec::new()).unwrap();
    });
}

#[test]
fn a_cut_in_the_handshake() {
    watched(|| {
        let (mut raw, server) = tcp();
        let (client_tls, server_tls) = common_tls::configs();
        raw.write_all(b"\x16\x03\x01\x02").unwrap();
        raw.shutdown(Shutdown::Write).unwrap();
        let error = Incoming::tls(server, server_tls, Config::default()).unwrap().accept().unwrap_err();
        assert!(matches!(error, Error::HandshakeCut), "{error:?}");

        let (client, mut raw) = tcp();
        let connect = Connect::new("wss://localhost/").unwrap().tls(client_tls);
        raw.shutdown(Shutdown::Write).unwrap();
        let error = connect.over_tcp(client).unwrap().finish().unwrap_err();
        assert!(matches!(error, Error::HandshakeCut), "{error:?}");
        read_to_end(&mut raw);
    });
}

#[test]
fn a_refusal_that_is_cut_off_is_a_refusal() {
    watched(|| {
        let (client, serving) = client_of_raw_server(|raw| {
            head(raw);
            raw.write_all(b"HTTP/1.1 401 Unauthorized\r\n\r\nwho are you").unwrap();
            raw.sock.shutdown(Shutdown::Write).unwrap();
        });
        match client.unwrap_err() {
            Error::Refused(response) => {
                assert_eq!((response.status(), response.body()), (401, &b"who are you"[..]))
            }
            other => panic!("{other:?}"),
        }
        serving.join().unwrap();
    });
}

#[test]
fn a_page_ends_in_order() {
    watched(|| {
        let (client, server) = tcp();
        let (client_tls, server_tls) = common_tls::configs();
        let serving = thread::spawn(move || {
            let mut incoming = Incoming::tls(server, server_tls, Config::default()).unwrap();
            assert_eq!(incoming.request().unwrap().path(), "/page");
            incoming.respond(&HttpResponse::ok("text/plain", "a page").unwrap()).unwrap();
        });
        let mut raw = common_tls::raw_client(client, Arc::clone(&client_tls));
        raw.write_all(b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        raw.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("\r\n\r\na page"), "{answer}");
        drop(raw);
        serving.join().unwrap();
    });
}

#[test]
fn a_fault_is_told_by_a_close_inside_tls() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        let reading = thread::spawn(move || server.read(&mut Message::new()).unwrap_err());
        // A server's frame, not masked.
        raw.write_all(&server_frame(0x81, b"x")).unwrap();
        let mut all = Vec::new();
        raw.read_to_end(&mut all).unwrap();
        assert_eq!((all[0], &all[2..4]), (0x88, &1002_u16.to_be_bytes()[..]));
        drop(raw);
        assert!(matches!(reading.join().unwrap(), Error::Session { .. }));
    });
}
