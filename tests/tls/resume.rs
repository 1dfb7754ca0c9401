//! TLS on sockets that do not block, and through a wire that passes on a byte at a time: nothing is lost, doubled or torn.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use crate::common_net::*;
use crate::common_tls;
use rfc6455::net::{Connect, Error, Incoming};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Message};

fn would_block<R>(result: &Result<R, Error>) -> bool {
    matches!(result, Err(error) if error.is_would_block())
}

#[test]
fn both_ends_in_one_thread_from_the_handshake_to_the_end() {
    watched(|| {
        let (client_tls, server_tls) = common_tls::configs();
        let (client, server) = tcp();
        client.set_nonblocking(true).unwrap();
        server.set_nonblocking(true).unwrap();
        let mut incoming = Incoming::tls(server, server_tls, Config::default()).unwrap();
        let connect = Connect::new("wss://localhost/").unwrap().tls(client_tls);
        let mut connecting = connect.over_tcp(client).unwrap();
        let (mut client, mut upgrade) = (None, None);
        assert!(would_block(&connecting.finish()));
        let upgrade = loop {
            if upgrade.is_none() {
                match incoming.upgrade(&rfc6455::handshake::OriginPolicy::SameHost) {
                    Err(error) if error.is_would_block() => {}
                    done => upgrade = Some(done.unwrap()),
                }
            }
            if let Some(upgrade) = upgrade {
                break upgrade;
            }
            assert!(would_block(&connecting.finish()));
        };
        let mut server = incoming.open(&upgrade.accept()).unwrap();
        while client.is_none() {
            match connecting.finish() {
                Err(error) if error.is_would_block() => {}
                done => client = Some(done.unwrap()),
            }
        }
        let mut client = client.unwrap();

        let mut random = Random::new();
        let mut message = Message::new();
        for _ in 0..3 {
            let payload = random.bytes(9 << 20);
            let mut sent = client.send(&payload);
            assert!(would_block(&sent), "it is more than fits on the way");
            assert!(client.unwritten() > 0);
            let mut read = server.read(&mut message);
            while would_block(&read) {
                if would_block(&sent) {
                    sent = client.flush();
                }
                read = server.read(&mut message);
            }
            assert!(read.unwrap() && message.as_bytes() == payload);
            until_ready(|| client.flush()).unwrap();
            assert_eq!(client.unwritten(), 0);
            std::mem::swap(&mut client, &mut server);
        }
        let mut closed = client.close(CloseCode::NORMAL, "bye");
        let mut ended = server.read(&mut message);
        while would_block(&closed) || would_block(&ended) {
            if would_block(&closed) {
                closed = client.close(CloseCode::NORMAL, "bye");
            }
            if would_block(&ended) {
                ended = server.read(&mut message);
            }
        }
        closed.unwrap();
        assert!(!ended.unwrap());
        assert_eq!(server.close_reason(), "bye");
    });
}

#[test]
fn what_the_socket_did_not_take_is_told_and_counted() {
    watched(|| {
        let (mut client, mut server) = common_tls::over(tcp(), Default::default());
        server.stream().tcp().set_nonblocking(true).unwrap();
        let mut count = 0;
        // Small ones, so that all of each is taken by TLS when the socket takes nothing more.
        while server.send("a message of some length").is_ok() {
            count += 1;
        }
        count += 1;
        assert!(server.unwritten() > 0);
        let reading = thread::spawn(move || {
            let mut message = Message::new();
            for _ in 0..count {
                assert!(client.read(&mut message).unwrap());
                assert_eq!(message.as_text(), Some("a message of some length"));
            }
            client
        });
        until_ready(|| server.flush()).unwrap();
        assert_eq!(server.unwritten(), 0);
        reading.join().unwrap();
    });
}

#[test]
fn what_has_come_is_read_to_the_end_also_when_nothing_can_be_written() {
    watched(|| {
        let (mut client, mut server) = common_tls::over(tcp(), Default::default());
        let tcp = server.stream().tcp().try_clone().unwrap();
        tcp.set_nonblocking(true).unwrap();
        // What waits is more than the system makes room for meanwhile.
        for _ in 0..20 {
            while server.send(&[0; 100_000]).is_ok() {}
        }
        // A record for which a buffer of an idle connection takes many reads.
        client.send(&[7; 15_000]).unwrap();
        let mut room = [0; 16_000];
        while !tcp.peek(&mut room).is_ok_and(|len| len > 15_000) {
            thread::yield_now();
        }
        let mut message = Message::new();
        assert!(
            server.read(&mut message).unwrap(),
            "at once: an event loop is not told again of what has come"
        );
        assert_eq!(message.as_bytes(), [7; 15_000]);
    });
}

/// Passes on a byte at a time.
fn drip(mut from: TcpStream, mut to: TcpStream) {
    let mut byte = [0];
    while from.read(&mut byte).is_ok_and(|len| len > 0) && to.write_all(&byte).is_ok() {}
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn a_byte_at_a_time() {
    watched(|| {
        let ((client, near), (far, server)) = (tcp(), tcp());
        let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        thread::spawn(move || drip(near, far));
        thread::spawn(move || drip(far_too, near_too));
        let (mut client, mut server) = common_tls::over((client, server), Default::default());
        let serving = thread::spawn(move || {
            let mut message = Message::new();
            while server.read(&mut message).unwrap() {
                server.send(&message).unwrap();
            }
        });
        let mut message = Message::new();
        for len in [0, 1, 300, 20_000] {
            client.send(&vec![5; len]).unwrap();
            assert!(client.read(&mut message).unwrap());
            assert_eq!(message.as_bytes(), vec![5; len]);
        }
        client.close(CloseCode::NORMAL, "").unwrap();
        serving.join().unwrap();
    });
}
