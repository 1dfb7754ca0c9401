//! Connections through proxies, good and bad: RFC 6455 §4.1, RFC 9110 §9.3.6, RFC 1928.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::common_net::*;
use crate::proxy_servers::*;
use rfc6455::dial::{Proxy, ProxyError, SocksReply};
use rfc6455::handshake::HeadError;
use rfc6455::net::{Connect, Error, WebSocket, accept};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Deadline, Message};

fn echo_server() -> (SocketAddr, JoinHandle<Result<Socket, Error>>) {
    serve(|stream| echo(accept(stream)?))
}

fn through(url: &str, proxy: &str) -> Connect {
    Connect::new(url).unwrap().proxy(Proxy::parse(proxy).unwrap())
}

/// Says something, hears it again, and closes.
fn converse(mut socket: WebSocket<impl Read + Write>) {
    for text in ["Hello", &"x".repeat(100_000)] {
        socket.send(text).unwrap();
        let mut message = Message::new();
        assert!(socket.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some(text));
    }
    socket.close(CloseCode::NORMAL, "").unwrap();
}

#[test]
fn an_http_proxy_is_asked_for_host_and_port_and_resolves_the_name() {
    watched(|| {
        for (user_info, line) in
            [("", ""), ("alice:s%20cret@", "Proxy-Authorization: Basic YWxpY2U6cyBjcmV0\r\n")]
        {
            let (server, echoing) = echo_server();
            let (proxy, proxying) = http_proxy(server);
            let connect =
                through("ws://no.such.name.invalid:8080/chat", &format!("http://{user_info}{proxy}"));
            converse(connect.open().unwrap());
            let target = "no.such.name.invalid:8080";
            let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{line}\r\n");
            assert_eq!(proxying.join().unwrap(), head);
            echoing.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_socks5_proxy_is_given_the_name_or_the_address() {
    watched(|| {
        for (user_info, methods, credentials) in
            [("", &[0][..], &b""[..]), ("alice:s%20cret@", &[0, 2], b"alice\x06s cret")]
        {
            for (host, target) in [
                ("no.such.name.invalid", &b"\x03no.such.name.invalid\x1F\x90"[..]),
                ("192.0.2.1", b"\x01\xC0\x00\x02\x01\x1F\x90"),
                ("[::1]", b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1F\x90"),
            ] {
                let (server, echoing) = echo_server();
                let (proxy, proxying) = socks_proxy(server);
                let connect = through(&format!("ws://{host}:8080/"), &format!("socks5://{user_info}{proxy}"));
                converse(connect.open().unwrap());
                let said = proxying.join().unwrap();
                assert_eq!(
                    (&*said.methods, &*said.credentials, &*said.target),
                    (methods, credentials, target)
                );
                echoing.join().unwrap().unwrap();
            }
        }
    });
}

/// What comes of a proxy that reads what it is sent, says `answer` and hangs up.
fn refused(scheme: &str, answer: &'static [u8]) -> Error {
    let (proxy, proxying) = serve(move |mut stream| {
        if !answer.is_empty() {
            read::<3>(&mut stream);
            write(&mut stream, answer);
        }
        hang_up(stream);
    });
    let result = through("ws://h/", &format!("{scheme}://user:wrong@{proxy}")).open();
    proxying.join().unwrap();
    result.expect_err("there is no tunnel")
}

#[test]
fn each_refusal_is_told() {
    watched(|| {
        let fault = |scheme, answer| match refused(scheme, answer) {
            Error::Proxy(fault) => fault,
            other => panic!("{other:?}"),
        };
        let wrong =
            fault("http", b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 9\r\n\r\n");
        assert!(matches!(wrong, ProxyError::AuthenticationRequired(_)), "{wrong:?}");
        assert_eq!(fault("socks5", b"\x05\x02\x01\x01"), ProxyError::SocksAuthentication);
        assert_eq!(fault("http", b"HTTP/1.1 502 Bad Gateway\r\n\r\n").status(), Some(502));
        let unreachable = ProxyError::SocksReply(SocksReply::ConnectionRefused);
        assert_eq!(fault("socks5", b"\x05\x00\x05\x05"), unreachable);
        assert_eq!(fault("http", b"SSH-2.0-x\r\n"), ProxyError::Head(HeadError::StartLine));
        assert_eq!(fault("socks5", b"HTTP/1.1 400 Bad Request\r\n\r\n"), ProxyError::SocksVersion(b'H'));
        for scheme in ["http", "socks5"] {
            assert_eq!(fault(scheme, b""), ProxyError::Truncated);
        }
        assert_eq!(fault("http", b"HTTP/1.1 200 OK\r\n"), ProxyError::Truncated);
        assert_eq!(fault("socks5", b"\x05\x00\x05\x00\x00\x01"), ProxyError::Truncated);
    });
}

#[test]
fn an_error_is_told_with_the_text_of_its_fault() {
    let error = Error::from(ProxyError::SocksReply(SocksReply::NotAllowed));
    assert_eq!(error.to_string(), "the proxy's rules do not allow this connection (RFC 1928 §6)");
}

#[test]
fn a_proxy_that_cannot_be_reached_is_an_error_of_the_system() {
    watched(|| {
        let (listener, proxy) = listener();
        drop(listener);
        let result = through("ws://h/", &format!("http://{proxy}")).open();
        assert!(
            matches!(&result, Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused)
        );
    });
}

/// On Linux, where to close a socket with bytes unread is a reset.
#[cfg(target_os = "linux")]
#[test]
fn a_proxy_that_resets_the_connection_is_an_error_of_the_system() {
    watched(|| {
        let (proxy, proxying) = serve(|stream| {
            assert!(stream.peek(&mut [0]).unwrap() > 0);
        });
        let result = through("ws://h/", &format!("http://{proxy}")).open();
        let is_reset = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
        assert!(matches!(&result, Err(Error::Io(error)) if is_reset(error)), "{result:?}");
        proxying.join().unwrap();
    });
}

/// Sends a byte now and then, until the other end hangs up.
fn drip(mut stream: TcpStream, start: &[u8]) {
    write(&mut stream, start);
    while stream.write_all(b"x").is_ok() {
        thread::sleep(5 * MILLI);
    }
}

#[test]
fn a_proxy_that_is_silent_or_drips_is_given_up_in_time() {
    watched(|| {
        for (scheme, start) in [
            ("http", &b""[..]),
            ("http", b"HTTP/1.1 200 "),
            ("http", b"HTTP/1.1 200 OK\r\n"),
            ("socks5", b""),
            ("socks5", b"\x05\x00\x05\x00\x00\x03\xFF"),
        ] {
            let (proxy, proxying) = serve(move |mut stream| match start {
                b"" => drop(read_to_end(&mut stream)),
                start => drip(stream, start),
            });
            let begun = Instant::now();
            let connect = through("ws://h/", &format!("{scheme}://{proxy}")).connect_timeout(100 * MILLI);
            let result = connect.open();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Proxy))), "{result:?}");
            assert!(begun.elapsed() >= 100 * MILLI, "too early");
            proxying.join().unwrap();
        }
    });
}

#[test]
fn a_proxy_that_sends_a_head_without_end_is_given_up_at_the_limit() {
    watched(|| {
        let (proxy, proxying) = serve(|mut stream| {
            write(&mut stream, "HTTP/1.1 200 ");
            while stream.write_all(&[b'x'; 1000]).is_ok() {}
        });
        let result = through("ws://h/", &format!("http://{proxy}")).open();
        assert!(matches!(result, Err(Error::Proxy(ProxyError::Head(HeadError::TooManyBytes)))), "{result:?}");
        proxying.join().unwrap();
    });
}

#[test]
fn what_comes_with_the_proxys_answer_is_the_servers() {
    watched(|| {
        // In one write with the proxy's answer, the start of the server's.
        let start = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
        let end = move |mut stream: TcpStream| {
            let answer = answer_to(&read_head(&mut stream));
            let frame = crate::pair::server_frame(0x81, b"welcome");
            write(&mut stream, [answer.strip_prefix(start).unwrap().as_bytes(), &frame].concat());
            stream
        };
        let http = serve(move |mut stream| {
            read_head(&mut stream);
            write(&mut stream, format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{start}"));
            end(stream)
        });
        let socks = serve(move |mut stream| {
            read::<3>(&mut stream);
            write(&mut stream, [5, 0]);
            read::<11>(&mut stream);
            write(&mut stream, [b"\x05\x00\x00\x01\x7F\0\0\x01\0\x50", start.as_bytes()].concat());
            end(stream)
        });
        for (scheme, (proxy, proxying)) in [("http", http), ("socks5", socks)] {
            let mut socket = through("ws://host/", &format!("{scheme}://{proxy}")).open().unwrap();
            let mut message = Message::new();
            assert!(socket.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some("welcome"));
            drop(proxying.join().unwrap());
        }
    });
}

#[test]
fn the_tunnel_is_left_without_the_timeouts_of_its_opening() {
    watched(|| {
        let (server, echoing) = echo_server();
        let (proxy, proxying) = http_proxy(server);
        let mut config = rfc6455::Config::default();
        config.write_timeout = Some(17 * SECOND);
        let connect =
            through("ws://h/", &format!("http://{proxy}")).connect_timeout(2 * SECOND).config(config);
        let socket = connect.open().unwrap();
        // A read timeout may be set for a deadline, but this one has none now.
        assert_eq!(socket.stream().tcp().write_timeout().unwrap(), Some(17 * SECOND));
        let stream = socket.into_parts().stream;
        assert_eq!(stream.tcp().read_timeout().unwrap(), None);
        drop(stream);
        proxying.join().unwrap();
        assert!(echoing.join().unwrap().is_err());
    });
}
