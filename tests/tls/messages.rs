//! Messages of every kind through TLS, of both versions (RFC 6455 §5.4, §5.6).

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use crate::common_net::*;
use crate::common_tls::{self, Authority, TlsSocket};
use crate::pair::server_frame;
use rfc6455::net::rustls::{ProtocolVersion, ServerConfig, SupportedProtocolVersion, version};
use rfc6455::net::{self, Connect, ReadEvent, TlsStream};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::{Config, Keepalive, Message, PreparedMessage};

fn echo(mut socket: TlsSocket) -> TlsSocket {
    let mut message = Message::new();
    while socket.read(&mut message).unwrap() {
        socket.send(&message).unwrap();
    }
    socket
}

/// Sends each kind in each length that matters to WebSocket or TLS, and holds its echo against it.
fn try_echoes(socket: &mut TlsSocket) {
    let mut echo = Message::new();
    for len in [0, 1, 125, 126, 1024, 4096, 16_383, 16_384, 16_385, 65_536, 3 << 20] {
        let binary: Vec<u8> = (0..len).map(|at| (at * 31) as u8).collect();
        for sent in [Message::from(binary), Message::from("ü€".repeat(len / 5))] {
            socket.send(&sent).unwrap();
            assert!(socket.read(&mut echo).unwrap());
            assert!(echo == sent, "{len} bytes");
        }
    }
    socket.start("in ").unwrap();
    socket.append("three ").unwrap();
    socket.finish("pieces").unwrap();
    socket.queue("one").unwrap();
    socket.queue("two").unwrap();
    socket.send_prepared(&PreparedMessage::new("three")).unwrap();
    for expected in ["in three pieces", "one", "two", "three"] {
        assert!(socket.read(&mut echo).unwrap());
        assert_eq!(echo.as_text(), Some(expected));
    }
}

fn echoes_with(config: &Config) {
    let (mut client, server) = common_tls::over(tcp(), (config.clone(), config.clone()));
    let server = thread::spawn(move || echo(server));
    try_echoes(&mut client);
    let status = client.close(CloseCode::NORMAL, "done").unwrap();
    assert_eq!(status, CloseStatus::Code(CloseCode::NORMAL));
    assert_eq!(server.join().unwrap().close_reason(), "done");
}

#[test]
fn every_message_comes_back() {
    watched(|| echoes_with(&Config::default()));
}

#[cfg(feature = "deflate")]
#[test]
fn every_message_comes_back_compressed() {
    watched(|| {
        let mut config = Config::default();
        config.deflate = Some(rfc6455::Deflate::default());
        echoes_with(&config);
    });
}

fn with_version(version: &'static SupportedProtocolVersion, expected: ProtocolVersion) {
    watched(move || {
        let authority = Authority::new();
        let identity = authority.vouch_for(&["localhost"]);
        let builder = ServerConfig::builder_with_provider(common_tls::provider());
        let builder = builder.with_protocol_versions(&[version]).unwrap().with_no_client_auth();
        let tls = Arc::new(builder.with_single_cert(identity.chain(), identity.key()).unwrap());
        let (client, server) = tcp();
        let server = thread::spawn(move || echo(net::accept_tls(server, tls).unwrap()));
        let connect = Connect::new("wss://localhost").unwrap().tls(common_tls::client(&authority).into());
        let mut client = connect.over_tcp(client).unwrap().finish().unwrap();
        let negotiated = client.stream().tls().unwrap().connection().protocol_version();
        assert_eq!(negotiated, Some(expected));
        try_echoes(&mut client);
        client.close(CloseCode::NORMAL, "").unwrap();
        server.join().unwrap();
    });
}

#[test]
fn of_tls_1_2() {
    with_version(&version::TLS12, ProtocolVersion::TLSv1_2);
}

#[test]
fn of_tls_1_3() {
    with_version(&version::TLS13, ProtocolVersion::TLSv1_3);
}

#[test]
fn a_request_that_is_longer_than_any_buffer_waits_for_the_handshake() {
    watched(|| {
        let (client_tls, server_tls) = common_tls::configs();
        let (client, server) = tcp();
        let server = thread::spawn(move || {
            let mut config = Config::default();
            config.head.bytes = 1 << 20;
            net::Incoming::tls(server, server_tls, config).unwrap().accept().map(drop)
        });
        let long = "x".repeat(300_000);
        let connect =
            Connect::new("wss://localhost").unwrap().tls(client_tls).header("X-Long", &long).unwrap();
        connect.over_tcp(client).unwrap().finish().unwrap();
        server.join().unwrap().unwrap();
    });
}

#[cfg(unix)]
#[test]
fn over_a_unix_socket() {
    use rfc6455::net::rustls::{ClientConnection, ServerConnection, pki_types::ServerName};
    watched(|| {
        let (client_tls, server_tls) = common_tls::configs();
        let (client, server) = std::os::unix::net::UnixStream::pair().unwrap();
        let server = thread::spawn(move || {
            let tls = TlsStream::new(ServerConnection::new(server_tls).unwrap(), server);
            let (mut reader, mut writer) = net::accept(tls).unwrap().split();
            let mut message = Message::new();
            while reader.read(&mut message).unwrap() {
                writer.send(&message).unwrap();
            }
        });
        let name = ServerName::try_from("localhost").unwrap();
        let tls = TlsStream::new(ClientConnection::new(client_tls, name).unwrap(), client);
        let mut config = Config::default();
        config.keepalive = Some(Keepalive::new(5 * MILLI, 10 * SECOND));
        let connect = Connect::new("ws://localhost").unwrap().config(config);
        let mut client = connect.over(tls).unwrap().finish().unwrap();
        let mut message = Message::new();
        // A deadline is kept on the socket below.
        assert!(matches!(client.read_event(&mut message).unwrap(), ReadEvent::Pong(_)));
        client.send("through a file").unwrap();
        assert!(client.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("through a file"));
        client.close(CloseCode::NORMAL, "").unwrap();
        server.join().unwrap();
    });
}

#[test]
fn keys_and_tickets_that_come_while_idle_are_no_messages() {
    watched(|| {
        let (client_tls, server_tls) = common_tls::configs();
        let (client, server) = tcp();
        let server = thread::spawn(move || {
            let mut raw = common_tls::raw_server(server, server_tls);
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                assert_eq!(raw.read(&mut byte).unwrap(), 1);
                request.extend(byte);
            }
            raw.write_all(answer_to(&String::from_utf8(request).unwrap()).as_bytes()).unwrap();
            for number in 0..5 {
                // New keys alone, to which the client owes new keys of its own.
                raw.conn.refresh_traffic_keys().unwrap();
                while raw.conn.wants_write() {
                    raw.conn.write_tls(&mut raw.sock).unwrap();
                }
                raw.write_all(&server_frame(0x82, &[number])).unwrap();
                let mut echo = [0; 7];
                raw.read_exact(&mut echo).unwrap();
                assert_eq!((echo[..2] == [0x82, 0x81], echo[6] ^ echo[2]), (true, number));
            }
            raw
        });
        let connect = Connect::new("wss://localhost").unwrap().tls(client_tls);
        let mut client = connect.over_tcp(client).unwrap().finish().unwrap();
        let mut message = Message::new();
        for number in 0..5 {
            assert!(client.read(&mut message).unwrap());
            assert_eq!(message.as_bytes(), [number]);
            client.send(&message).unwrap();
        }
        drop(client);
        server.join().unwrap();
    });
}
