//! RFC 6455 §4.1 (2): one connection in the state CONNECTING for each remote address.

use std::io::ErrorKind;
use std::thread;

use crate::common_net::*;
use rfc6455::dial::{Gate, Proxy, Remote};
use rfc6455::net::{Connect, Error};
use rfc6455::session::Deadline;

#[test]
fn handshakes_with_one_server_follow_each_other() {
    const COUNT: usize = 8;
    watched(|| {
        let (listener, address) = listener();
        let gate = Gate::new();
        let clients: Vec<_> = (0..COUNT)
            .map(|_| {
                let connect = Connect::new(&format!("ws://{address}/")).unwrap().gate(&gate);
                thread::spawn(move || connect.open().map(drop))
            })
            .collect();
        let all = format!("Gate({{Address({address}): {COUNT}}})");
        while format!("{gate:?}") != all {
            thread::yield_now();
        }
        for _ in 0..COUNT {
            listener.set_nonblocking(false).unwrap();
            let (mut stream, _) = listener.accept().unwrap();
            let head = read_head(&mut stream);
            // All that are left want to connect, and none does before this one is OPEN.
            listener.set_nonblocking(true).unwrap();
            assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
            write(&mut stream, answer_to(&head));
            hang_up(stream);
        }
        clients.into_iter().for_each(|client| client.join().unwrap().unwrap());
        assert_eq!(format!("{gate:?}"), "Gate({})");
    });
}

#[test]
fn a_connection_that_fails_lets_the_next_one_through() {
    watched(|| {
        let gate = Gate::new();
        let (listener, address) = listener();
        let connect = Connect::new(&format!("ws://{address}/")).unwrap().gate(&gate);
        let refusing = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_head(&mut stream);
            write(&mut stream, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
            hang_up(stream);
        });
        assert!(matches!(connect.open(), Err(Error::Refused(_))));
        refusing.join().unwrap();
        assert_eq!(format!("{gate:?}"), "Gate({})");
        // Nobody listens now.
        assert!(matches!(connect.open(), Err(Error::Io(_))));
        assert_eq!(format!("{gate:?}"), "Gate({})");
    });
}

#[test]
fn who_waits_too_long_for_its_turn_gives_up() {
    watched(|| {
        let gate = Gate::new();
        let (_listener, address) = listener();
        let _pass = gate.queue(Remote::Address(address)).wait(SECOND).unwrap();
        let connect =
            Connect::new(&format!("ws://{address}/")).unwrap().gate(&gate).connect_timeout(50 * MILLI);
        let result = connect.open();
        assert!(matches!(result, Err(Error::Timeout(Deadline::Turn))), "{result:?}");
        // Behind a proxy the name is all that is known: it is the same for both ports of the proxy.
        let proxy = Proxy::parse(&format!("http://{address}")).unwrap();
        let connect = Connect::new("ws://name.invalid/").unwrap().proxy(proxy).gate(&gate);
        let pass = gate.queue(Remote::Name("name.invalid".into(), 80)).wait(SECOND).unwrap();
        let result = connect.clone().connect_timeout(50 * MILLI).open();
        assert!(matches!(result, Err(Error::Timeout(Deadline::Turn))), "{result:?}");
        drop(pass);
        let result = connect.connect_timeout(50 * MILLI).open();
        assert!(matches!(result, Err(Error::Timeout(Deadline::Proxy))), "{result:?}");
    });
}
