//! Peers that speak something else, and URLs that say the wrong thing: the error helps whoever reads it.

use std::io::Write;
use std::sync::Arc;
use std::thread;

use crate::common_net::*;
use crate::common_tls;
use rfc6455::net::rustls;
use rfc6455::net::{Connect, Error, Incoming};
use rfc6455::session::Config;

/// What a TLS server says to a client that sends this, and what the client gets.
fn server_told(bytes: &'static [u8]) -> (Error, Vec<u8>) {
    watched(move || {
        let (mut raw, server) = tcp();
        let (_, tls) = common_tls::configs();
        raw.write_all(bytes).unwrap();
        let error = Incoming::tls(server, tls, Config::default()).unwrap().accept().unwrap_err();
        (error, read_to_end(&mut raw))
    })
}

#[test]
fn plain_http_to_a_port_of_tls() {
    for bytes in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"garbage, and no TLS at all"] {
        let (error, answer) = server_told(bytes);
        assert!(matches!(error, Error::Tls(rustls::Error::InvalidMessage(_))), "{error:?}");
        assert!(error.to_string().contains("the peer does not speak TLS"), "{error}");
        // A fatal alert.
        assert_eq!((answer[0], answer[5]), (21, 2), "{answer:?}");
    }
}

#[test]
fn records_that_are_no_handshake() {
    for bytes in [
        &b"\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff"[..],
        b"\x16\x03\x01\xff\xff",
        b"\x17\x03\x03\x00\x05hello",
        b"\x15\x03\x03\x00\x02\x02\x28",
    ] {
        let (error, _) = server_told(bytes);
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
    }
}

#[test]
fn tls_to_a_port_of_plain_http() {
    watched(|| {
        let (client, server) = tcp();
        let serving = thread::spawn(move || Incoming::new(server, Config::default()).accept());
        let (tls, _) = common_tls::configs();
        let connect = Connect::new("wss://localhost/").unwrap().tls(tls);
        let error = connect.over_tcp(client).unwrap().finish().unwrap_err();
        assert!(error.to_string().contains("should it be ws or wss?"), "{error}");
        let error = serving.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error:?}");
    });
}

#[test]
fn a_forged_record_in_the_midst() {
    watched(|| {
        let (client, mut server) = common_tls::over(tcp(), Default::default());
        // Past TLS, on purpose.
        client.stream().tcp().write_all(b"\x17\x03\x03\x00\x20an application's record, forged!").unwrap();
        let mut message = rfc6455::Message::new();
        let error = server.read(&mut message).unwrap_err();
        assert!(matches!(error, Error::Tls(rustls::Error::DecryptError)), "{error:?}");
        assert!(server.read(&mut message).is_err());
        let mut client = client;
        let told = client.read(&mut message).unwrap_err();
        assert!(matches!(told, Error::Tls(rustls::Error::AlertReceived(_))), "{told:?}");
    });
}

#[test]
fn what_follows_the_last_word_is_nothing() {
    watched(|| {
        let (client, server) = tcp();
        let (client_tls, server_tls) = common_tls::configs();
        let serving = thread::spawn(move || {
            let mut incoming = Incoming::tls(server, server_tls, Config::default()).unwrap();
            let error = incoming.request().unwrap_err();
            assert!(matches!(error, Error::HandshakeCut), "{error:?}");
        });
        let mut raw = common_tls::raw_client(client, Arc::clone(&client_tls));
        raw.flush().unwrap();
        raw.conn.send_close_notify();
        raw.conn.write_tls(&mut raw.sock).unwrap();
        raw.sock.write_all(&[0xff; 100_000]).unwrap();
        serving.join().unwrap();
    });
}
