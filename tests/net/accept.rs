//! The server's half of the opening handshake over real sockets: RFC 6455 §4.2, RFC 9110 §7.8; each refusal is an answer,
//! and then the end of the stream.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant;

use crate::common_net::*;
use rfc6455::handshake::{HttpResponse, OriginPolicy, RequestError};
use rfc6455::net::{Error, Incoming, accept};
use rfc6455::session::{Config, Deadline, Message};

/// What the server does with a stream, as a thread of it would.
type Serve = fn(TcpStream) -> Result<(), Error>;

/// Sends `request` and gives the whole of the answer, up to the end of the stream, which comes although this end stays open.
fn exchange(request: impl AsRef<[u8]>, server: Serve) -> (String, Result<(), Error>) {
    let (address, server) = serve(server);
    let mut raw = raw_client(address);
    write(&mut raw, request);
    let answer = read_to_end(&mut raw);
    drop(raw);
    (String::from_utf8(answer).unwrap(), server.join().unwrap())
}

fn accept_any(stream: TcpStream) -> Result<(), Error> {
    accept(stream).map(drop)
}

#[track_caller]
fn expect_refusal(request: impl AsRef<[u8]>, status: u16) -> String {
    let (answer, result) = exchange(request, accept_any);
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(matches!(result, Err(Error::Request(error)) if error.status() == status), "{result:?}");
    answer
}

#[test]
fn a_good_request_is_accepted_with_the_right_key() {
    watched(|| {
        let (address, server) = serve(|stream| echo(accept(stream)?));
        let mut raw = raw_client(address);
        let request = request_with("");
        write(&mut raw, &request);
        assert_eq!(read_head(&mut raw), answer_to(&request));
        write(&mut raw, crate::pair::client_frame(0x81, b"Hello"));
        expect_bytes(&mut raw, b"\x81\x05Hello");
        write(&mut raw, crate::pair::client_frame(0x88, b""));
        expect_bytes(&mut raw, &[0x88, 0]);
        hang_up(raw);
        server.join().unwrap().unwrap();
    });
}

#[test]
fn a_client_that_does_not_wait_for_the_answer_loses_nothing() {
    watched(|| {
        let (address, server) = serve(|stream| echo(accept(stream)?));
        let mut raw = raw_client(address);
        let request = request_with("");
        let frames =
            [crate::pair::client_frame(0x81, b"early"), crate::pair::client_frame(0x82, &[9; 40_000])]
                .concat();
        write(&mut raw, [request.as_bytes(), &frames].concat());
        assert_eq!(read_head(&mut raw), answer_to(&request));
        expect_bytes(&mut raw, b"\x81\x05early");
        expect_bytes(&mut raw, &crate::pair::server_frame(0x82, &[9; 40_000]));
        hang_up(raw);
        assert!(server.join().unwrap().is_err());
    });
}

#[test]
fn plain_http_is_served_on_the_same_port() {
    fn page(stream: TcpStream) -> Result<(), Error> {
        let mut incoming = Incoming::new(stream, Config::default());
        let request = incoming.request()?;
        assert!(!request.asks_for_websocket());
        match request.path() {
            "/" => incoming.respond(&HttpResponse::ok("text/html", "<h1>Hello</h1>").unwrap()),
            _ => incoming.respond(&HttpResponse::not_found()),
        }
    }
    watched(|| {
        let (answer, result) = exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n", page);
        result.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n<h1>Hello</h1>"),
            "{answer}"
        );
        let (answer, result) = exchange("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", page);
        result.unwrap();
        assert!(answer.contains("\r\nContent-Length: 14\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
        let (answer, result) = exchange("GET /other HTTP/1.1\r\nHost: h\r\n\r\n", page);
        result.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    });
}

#[test]
fn a_good_request_may_be_refused_with_any_status() {
    watched(|| {
        let (answer, result) = exchange(request_with(""), |stream| {
            let mut incoming = Incoming::new(stream, Config::default());
            incoming.upgrade(&OriginPolicy::SameHost)?;
            let response = HttpResponse::new(503).unwrap().header("Retry-After", "120").unwrap();
            incoming.respond(&response.text("too many clients"))
        });
        result.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 120\r\n"),
            "{answer}"
        );
        assert!(answer.ends_with("too many clients"), "{answer}");
    });
}

#[test]
fn the_server_chooses_a_subprotocol_and_headers() {
    watched(|| {
        let (address, server) = serve(|stream| {
            let mut incoming = Incoming::new(stream, Config::default());
            assert!(incoming.stream().nodelay()?, "small messages go out at once");
            let upgrade = incoming.upgrade(&OriginPolicy::SameHost)?;
            let accept = upgrade.accept().first_subprotocol_of(&["chat.v2", "chat.v1"]);
            let socket = incoming.open(&accept.header("Set-Cookie", "a=1").unwrap())?;
            Ok::<_, Error>(socket.subprotocol().map(String::from))
        });
        let mut raw = raw_client(address);
        write(&mut raw, request_with("Sec-WebSocket-Protocol: chat.v1, chat.v2\r\n"));
        let head = read_head(&mut raw);
        assert!(head.contains("\r\nSec-WebSocket-Protocol: chat.v2\r\n"), "{head}");
        assert!(head.contains("\r\nSet-Cookie: a=1\r\n"), "{head}");
        assert_eq!(server.join().unwrap().unwrap().as_deref(), Some("chat.v2"));
    });
}

#[test]
fn a_page_of_another_origin_is_forbidden() {
    watched(|| {
        expect_refusal(request_with("Origin: http://evil.example\r\n"), 403);
        let (address, server) = serve(accept_any);
        let mut raw = raw_client(address);
        write(&mut raw, request_with("Origin: http://localhost\r\n"));
        assert!(read_head(&mut raw).starts_with("HTTP/1.1 101 "));
        server.join().unwrap().unwrap();
    });
}

#[test]
fn bad_requests_get_their_status_and_then_the_end() {
    watched(|| {
        let good = request_with("");
        expect_refusal("nonsense\r\n\r\n", 400);
        expect_refusal(good.replace("Host: localhost\r\n", ""), 400);
        expect_refusal(good.replace("\r\n", "\n"), 400);
        expect_refusal(good.replace("GET", "POST"), 405);
        expect_refusal(good.replace("HTTP/1.1", "HTTP/2.0"), 505);
        expect_refusal(good.replace("dGhlIHNhbXBsZSBub25jZQ==", "short"), 400);
        expect_refusal(good.replace("Upgrade: websocket\r\n", ""), 426);
        expect_refusal(request_with(&format!("Cookie: {}\r\n", "x".repeat(20_000))), 431);
        expect_refusal(request_with(&"X: y\r\n".repeat(101)), 431);
        let answer = expect_refusal(good.replace("Version: 13", "Version: 8"), 426);
        assert!(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{answer}");
    });
}

#[test]
fn a_body_is_refused_before_it_can_be_taken_for_frames_or_for_a_second_request() {
    watched(|| {
        let smuggled = "GET /admin HTTP/1.1\r\nHost: h\r\n\r\n";
        let length = format!("Content-Length: {}\r\n", smuggled.len());
        let answer = expect_refusal(format!("{}{smuggled}", request_with(&length)), 413);
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "one answer alone");
        let chunked = request_with("Transfer-Encoding: chunked\r\n");
        let answer = expect_refusal(format!("{chunked}0\r\n\r\n{smuggled}"), 411);
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "one answer alone");
    });
}

#[test]
fn an_answer_reaches_a_client_that_keeps_sending() {
    watched(|| {
        let (address, server) = serve(accept_any);
        let mut raw = raw_client(address);
        let mut sending = raw.try_clone().unwrap();
        let flood = thread::spawn(move || {
            sending.write_all(b"nonsense\r\n\r\n").unwrap();
            while sending.write_all(&[b'x'; 4096]).is_ok() {}
        });
        assert!(read_head(&mut raw).starts_with("HTTP/1.1 400 "));
        assert!(server.join().unwrap().is_err());
        read_to_end(&mut raw);
        flood.join().unwrap();
    });
}

#[test]
fn a_client_that_drips_gets_408_however_busy_it_looks() {
    watched(|| {
        let (address, server) = serve(|stream| {
            let mut config = Config::default();
            config.handshake_timeout = 200 * MILLI;
            let begun = Instant::now();
            let error = Incoming::new(stream, config).accept().unwrap_err();
            assert!(begun.elapsed() >= 200 * MILLI, "too early");
            error
        });
        let mut raw = raw_client(address);
        let mut sending = raw.try_clone().unwrap();
        let drip = thread::spawn(move || {
            for byte in request_with(&"X: y\r\n".repeat(90)).bytes().cycle() {
                if sending.write_all(&[byte]).is_err() {
                    break;
                }
                thread::sleep(5 * MILLI);
            }
        });
        let head = read_head(&mut raw);
        assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
        assert!(matches!(server.join().unwrap(), Error::Timeout(Deadline::Handshake)));
        drop(raw);
        drip.join().unwrap();
    });
}

#[test]
fn a_client_that_hangs_up_inside_its_request_is_cut() {
    watched(|| {
        for request in ["", "GET / HTTP/1.1\r\nHost:"] {
            let (address, server) = serve(accept_any);
            let mut raw = raw_client(address);
            write(&mut raw, request);
            raw.shutdown(Shutdown::Write).unwrap();
            assert!(matches!(server.join().unwrap(), Err(Error::HandshakeCut)));
        }
    });
}

#[test]
fn a_request_that_comes_a_byte_at_a_time_to_a_stream_that_does_not_block() {
    watched(|| {
        let (mut raw, stream) = tcp();
        stream.set_nonblocking(true).unwrap();
        let mut incoming = Incoming::new(stream, Config::default());
        let request = request_with("");
        let bytes = [request.as_bytes(), &crate::pair::client_frame(0x81, b"early")].concat();
        for byte in bytes {
            if let Err(error) = incoming.request() {
                assert!(error.is_would_block(), "{error}");
            }
            write(&mut raw, [byte]);
        }
        let upgrade = until_ready(|| incoming.upgrade(&OriginPolicy::SameHost)).unwrap();
        let mut socket = incoming.open(&upgrade.accept()).unwrap();
        let mut message = Message::new();
        assert!(until_ready(|| socket.read(&mut message)).unwrap());
        assert_eq!(message.as_text(), Some("early"));
    });
}

#[test]
fn a_refused_request_stays_refused_and_is_answered_once() {
    watched(|| {
        let (address, server) = serve(|stream| {
            let mut incoming = Incoming::new(stream, Config::default());
            for _ in 0..2 {
                let error = incoming.upgrade(&OriginPolicy::SameHost).unwrap_err();
                assert!(matches!(error, Error::Request(RequestError::KeyMissing)), "{error}");
            }
        });
        let mut raw = raw_client(address);
        write(&mut raw, request_with("").replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""));
        raw.shutdown(Shutdown::Write).unwrap();
        let answer = String::from_utf8(read_to_end(&mut raw)).unwrap();
        assert_eq!(answer.matches("HTTP/1.1 400 ").count(), 1, "{answer}");
        server.join().unwrap();
    });
}
