//! A peer that pings and never reads what comes (RFC 6455 §5.5.2, §10.4), with a connection in two halves.

use std::io::Write;
use std::net::TcpStream;
use std::thread::{self, JoinHandle};

use crate::common_net::*;
use crate::pair::client_frame;
use rfc6455::session::{Config, Message};

const PING: u8 = 0x89;
const TEXT: u8 = 0x81;

/// Sends so many times a thousand pings of 131 bytes, and `last`, or as much as can be sent; gives the stream back, of which
/// nothing was read.
fn ping(mut raw: TcpStream, times: usize, last: &'static [u8]) -> JoinHandle<TcpStream> {
    thread::spawn(move || {
        let pings = client_frame(PING, &[b'p'; 125]).repeat(1000);
        let last = client_frame(TEXT, last);
        let _ = (0..times).try_for_each(|_| raw.write_all(&pings)).and_then(|()| raw.write_all(&last));
        raw
    })
}

#[test]
fn a_peer_that_only_pings_is_given_up_after_the_write_timeout() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = Some(200 * MILLI);
        let (raw, server) = server_of_raw_client(config);
        let raw = ping(raw, usize::MAX, b"");
        let (mut reader, writer) = server.split();
        let error = reader.read(&mut Message::new()).unwrap_err();
        assert!(error.is_would_block(), "{error}");
        drop((reader, writer));
        raw.join().unwrap();
    });
}

#[test]
fn pongs_that_nobody_reads_do_not_pile_up() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = None;
        config.write_backlog = 16 << 10;
        let (raw, server) = server_of_raw_client(config);
        // Three times as much as the system lets wait in a connection that nobody reads.
        let raw = ping(raw, 200, b"all were read");
        let (mut reader, mut writer) = server.split();
        let mut message = Message::new();
        assert!(reader.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("all were read"));
        writer.queue("there is room").unwrap();
        drop((reader, writer));
        raw.join().unwrap();
    });
}
