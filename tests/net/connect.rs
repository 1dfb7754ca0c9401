//! The client's half of the opening handshake over real sockets: RFC 6455 §3 and §4.1.

use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use crate::common_net::*;
use rfc6455::handshake::ResponseError;
use rfc6455::net::{Connect, Error, accept, connect};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Deadline, Message};

fn url(address: SocketAddr) -> String {
    format!("ws://{address}/")
}

/// Connects to a server that reads the request, answers with what `answer` makes of it, and hangs up.
fn connect_to(answer: impl FnOnce(&str) -> String + Send + 'static) -> Result<(), Error> {
    let (address, server) = serve(move |mut stream| {
        let request = read_head(&mut stream);
        write(&mut stream, answer(&request));
        hang_up(stream);
    });
    let result = connect(&url(address)).map(drop);
    server.join().unwrap();
    result
}

#[test]
fn the_request_says_what_was_asked_for_and_nothing_more_until_the_answer() {
    watched(|| {
        let (address, server) = serve(|mut stream| {
            let request = read_head(&mut stream);
            stream.set_read_timeout(Some(50 * MILLI)).unwrap();
            assert!(stream.read(&mut [0]).is_err(), "§4.1: nothing is sent before the answer");
            let answer =
                answer_to(&request).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: ticks.v1\r\n\r\n");
            write(&mut stream, answer);
            request
        });
        let socket = Connect::new(&format!("ws://{address}/feed?symbol=EURUSD"))
            .and_then(|connect| connect.subprotocol("ticks.v1"))
            .and_then(|connect| connect.origin("http://example.com"))
            .and_then(|connect| connect.header("Authorization", "Bearer abc"))
            .and_then(|connect| connect.open())
            .unwrap();
        let request = server.join().unwrap();
        assert_eq!(socket.subprotocol(), Some("ticks.v1"));
        assert!(request.starts_with("GET /feed?symbol=EURUSD HTTP/1.1\r\n"), "{request}");
        for line in [
            format!("Host: {address}"),
            "Origin: http://example.com".into(),
            "Authorization: Bearer abc".into(),
            "Sec-WebSocket-Version: 13".into(),
        ] {
            assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} is missing in {request}");
        }
    });
}

#[test]
fn data_that_comes_with_the_answer_is_delivered() {
    watched(|| {
        let (address, server) = serve(|mut stream| {
            let request = read_head(&mut stream);
            let frames =
                [crate::pair::server_frame(0x81, b"welcome"), crate::pair::server_frame(0x82, &[5; 50_000])]
                    .concat();
            write(&mut stream, [answer_to(&request).as_bytes(), &frames].concat());
            stream
        });
        let mut socket = connect(&url(address)).unwrap();
        let mut message = Message::new();
        assert!(socket.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("welcome"));
        assert!(socket.read(&mut message).unwrap());
        assert_eq!(message.as_bytes(), [5; 50_000]);
        drop(server.join().unwrap());
    });
}

#[test]
fn a_refusal_comes_with_status_headers_and_body() {
    watched(|| {
        let answers: [fn(&str) -> String; 3] = [
            |_| "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\ncome back".into(),
            |_| "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\ncome back".into(),
            |_| {
                "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ncome back\r\n0\r\n\r\n".into()
            },
        ];
        for answer in answers {
            let Err(Error::Refused(response)) = connect_to(answer) else { panic!("it was refused") };
            assert_eq!(
                (response.status(), response.body(), response.is_body_whole()),
                (503, &b"come back"[..], true)
            );
            assert_eq!(response.headers().get_bytes("Retry-After"), Some(&b"7"[..]));
        }
        // The text is for a person, at a terminal perhaps: U+009B commands that, U+202E turns it around.
        for (reason, shown) in [("Not Found", "Not Found"), ("\u{9b}2J\u{202e}é", "\\u{9b}2J\\u{202e}é")] {
            let answer = format!("HTTP/1.1 404 {reason}\r\nContent-Length: 0\r\n\r\n");
            let Err(error) = connect_to(move |_| answer) else { panic!("it was refused") };
            assert_eq!(error.to_string(), format!("the server answered 404 {shown} instead of 101"));
        }
    });
}

#[test]
fn an_answer_that_breaks_a_rule_fails() {
    watched(|| {
        let wrong_accept = connect_to(|request| answer_to(request).replace("Accept: ", "Accept: x"));
        assert!(matches!(wrong_accept, Err(Error::Response(_))), "{wrong_accept:?}");
        let no_upgrade = connect_to(|request| answer_to(request).replace("Upgrade: websocket\r\n", ""));
        assert!(matches!(no_upgrade, Err(Error::Response(_))), "{no_upgrade:?}");
        let subprotocol = connect_to(|request| {
            answer_to(request).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n")
        });
        assert!(matches!(subprotocol, Err(Error::Response(_))), "{subprotocol:?}");
        let nonsense = connect_to(|_| "SSH-2.0-OpenSSH\r\n\r\n".into());
        assert!(matches!(nonsense, Err(Error::Response(ResponseError::Head(_)))), "{nonsense:?}");
    });
}

#[test]
fn a_server_that_hangs_up_inside_its_answer_has_cut_the_handshake() {
    watched(|| {
        for answer in [|_: &str| String::new(), |_: &str| "HTTP/1.1 101 Swi".into()] {
            let result = connect_to(answer);
            assert!(matches!(result, Err(Error::HandshakeCut)), "{result:?}");
        }
    });
}

#[test]
fn a_server_that_never_answers_times_out() {
    watched(|| {
        let (address, server) = serve(|mut stream| {
            read_head(&mut stream);
            read_to_end(&mut stream)
        });
        let mut config = Config::default();
        config.handshake_timeout = 120 * MILLI;
        let begun = Instant::now();
        let result = Connect::new(&url(address)).unwrap().config(config).open();
        assert!(matches!(result, Err(Error::Timeout(Deadline::Handshake))), "{result:?}");
        assert!(begun.elapsed() >= 120 * MILLI, "too early");
        assert_eq!(server.join().unwrap(), b"", "nothing was sent into the silence");
    });
}

/// On Linux: others may refuse instead.
#[cfg(target_os = "linux")]
#[test]
fn a_server_that_does_not_take_the_connection_is_given_up_in_time() {
    watched(|| {
        let (listener, address) = listener();
        // It never accepts, so that after some the system lets the others wait.
        let mut waiting = Vec::new();
        let full = loop {
            match TcpStream::connect_timeout(&address, 200 * MILLI) {
                Ok(stream) => waiting.push(stream),
                Err(error) => break error,
            }
        };
        assert_eq!(full.kind(), ErrorKind::TimedOut, "after {} connections", waiting.len());
        let result = Connect::new(&url(address)).unwrap().connect_timeout(30 * MILLI).open();
        assert!(matches!(result, Err(Error::Timeout(Deadline::Connect))), "{result:?}");
        drop((listener, waiting));
    });
}

#[test]
fn a_port_where_no_one_listens_is_an_error_of_the_system() {
    watched(|| {
        let (listener, address) = listener();
        drop(listener);
        match connect(&url(address)) {
            Err(Error::Io(error)) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn wss_that_cannot_be_fails_before_any_byte() {
    watched(|| {
        let (listener, address) = listener();
        let result = connect(&format!("wss://{address}/"));
        // No cryptography was chosen for TLS, or there is no TLS.
        #[cfg(feature = "rustls")]
        assert!(matches!(result, Err(Error::CryptoMissing)), "{result:?}");
        #[cfg(not(feature = "rustls"))]
        assert!(matches!(result, Err(Error::TlsMissing)), "{result:?}");
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "no one has connected");
    });
}

#[test]
fn what_is_no_websocket_url_fails_before_any_byte() {
    for text in
        ["http://localhost/", "ws://h/p#f", "ws://user:pw@h/", "ws://h:70000/", "ws://a b/", "localhost"]
    {
        assert!(matches!(connect(text), Err(Error::Uri(_))), "{text}");
    }
}

#[test]
fn an_ipv6_address_in_brackets_is_dialled() {
    watched(|| {
        let Ok(listener) = TcpListener::bind("[::1]:0") else {
            println!("skipped: this machine has no IPv6 loopback");
            return;
        };
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || echo(accept(listener.accept().unwrap().0)?));
        let mut socket = connect(&format!("ws://{address}/")).unwrap();
        socket.close(CloseCode::NORMAL, "").unwrap();
        server.join().unwrap().unwrap();
    });
}

#[test]
fn a_connect_may_be_opened_again_and_again_with_a_key_of_its_own_each_time() {
    watched(|| {
        let (listener, address) = listener();
        let server = thread::spawn(move || {
            let requests: Vec<String> =
                (0..2).map(|_| read_head(&mut listener.accept().unwrap().0)).collect();
            requests
        });
        let connect = Connect::new(&url(address)).unwrap();
        for _ in 0..2 {
            assert!(connect.open().is_err());
        }
        let requests = server.join().unwrap();
        assert_ne!(requests[0], requests[1]);
    });
}

#[test]
fn a_stream_that_does_not_block_is_connected_step_by_step() {
    watched(|| {
        let (stream, mut raw) = tcp();
        stream.set_nonblocking(true).unwrap();
        let mut connecting = Connect::new("ws://localhost/").unwrap().over(stream).unwrap();
        assert!(connecting.finish().unwrap_err().is_would_block());
        let request = read_head(&mut raw);
        for byte in answer_to(&request).bytes() {
            assert!(connecting.finish().unwrap_err().is_would_block());
            write(&mut raw, [byte]);
        }
        let mut socket = until_ready(|| connecting.finish()).unwrap();
        assert!(matches!(connecting.finish(), Err(Error::HandshakeCut)), "it has ended");
        write(&mut raw, crate::pair::server_frame(0x81, b"Hello"));
        let mut message = Message::new();
        assert!(until_ready(|| socket.read(&mut message)).unwrap());
        assert_eq!(message.as_text(), Some("Hello"));
    });
}

#[test]
fn a_refusal_whose_body_never_ends_is_told_when_time_is_up() {
    watched(|| {
        for length in ["", "Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"] {
            let (address, server) = serve(move |mut stream| {
                read_head(&mut stream);
                write(&mut stream, format!("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n{length}\r\n5\r\nlater"));
                read_to_end(&mut stream);
            });
            let mut config = Config::default();
            config.handshake_timeout = 100 * MILLI;
            let begun = Instant::now();
            let result = Connect::new(&url(address)).unwrap().config(config).open();
            assert!(begun.elapsed() >= 100 * MILLI, "too early");
            let Err(Error::Refused(response)) = result else { panic!("{result:?}") };
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers().get("Retry-After"), Some("7"));
            assert!(response.body().ends_with(b"later"));
            server.join().unwrap();
        }
    });
}
