//! The way to a server: proxies, redirects and turns (RFC 6455 §4.1), as the blocking adapter has them.

use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;

use crate::common::*;
use crate::common_net;
use crate::proxy_servers::{http_proxy, socks_proxy};
use rfc6455::dial::{Gate, Proxy, ProxyError, Remote};
use rfc6455::protocol::CloseCode;
use rfc6455::session::Deadline;
use rfc6455::tokio::open;
use rfc6455::{Connect, Error, Message};

fn echo_server() -> (SocketAddr, JoinHandle<Result<common_net::Socket, Error>>) {
    common_net::serve(|stream| common_net::echo(rfc6455::accept(stream)?))
}

fn through(url: &str, proxy: &str) -> Connect {
    Connect::new(url).unwrap().proxy(Proxy::parse(proxy).unwrap())
}

/// Opens, says something, hears it again, and closes.
async fn converse(connect: Connect) {
    let mut socket = soon(open(&connect)).await.unwrap();
    let mut message = Message::new();
    for text in ["Hello", &"x".repeat(10_000)] {
        soon(socket.send(text)).await.unwrap();
        assert!(soon(socket.read(&mut message)).await.unwrap());
        assert_eq!(message.as_text(), Some(text));
    }
    soon(socket.close(CloseCode::NORMAL, "")).await.unwrap();
}

#[tokio::test]
async fn proxies_lead_to_the_server() {
    let (server, serving) = echo_server();
    let (proxy, proxying) = http_proxy(server);
    converse(through("ws://nowhere.test:81/", &format!("http://{proxy}"))).await;
    assert!(proxying.join().unwrap().starts_with("CONNECT nowhere.test:81 HTTP/1.1\r\n"));
    serving.join().unwrap().unwrap();

    let (server, serving) = echo_server();
    let (proxy, proxying) = socks_proxy(server);
    converse(through("ws://nowhere.test:81/", &format!("socks5h://user:secret@{proxy}"))).await;
    assert_eq!(proxying.join().unwrap().target, b"\x03nowhere.test\x00\x51");
    serving.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_proxy_that_does_not_want_to_is_told_of() {
    let (proxy, proxying) = common_net::serve(|mut stream: TcpStream| {
        common_net::read_head(&mut stream);
        common_net::write(&mut stream, "HTTP/1.1 403 Forbidden\r\n\r\n");
        common_net::hang_up(stream);
    });
    let refused = soon(open(&through("ws://nowhere.test/", &format!("http://{proxy}")))).await;
    assert!(matches!(refused, Err(Error::Proxy(_))), "{refused:?}");
    proxying.join().unwrap();

    let (proxy, proxying) = common_net::serve(|mut stream: TcpStream| {
        common_net::read_head(&mut stream);
    });
    let gone = soon(open(&through("ws://nowhere.test/", &format!("http://{proxy}")))).await;
    assert!(matches!(gone, Err(Error::Proxy(ProxyError::Truncated) | Error::Io(_))), "{gone:?}");
    proxying.join().unwrap();

    let (proxy, proxying) = common_net::serve(|mut stream: TcpStream| common_net::read_to_end(&mut stream));
    let silent = through("ws://nowhere.test/", &format!("http://{proxy}"));
    let end = soon(open(&silent.connect_timeout(SECOND / 10))).await;
    assert!(matches!(end, Err(Error::Timeout(Deadline::Proxy))), "{end:?}");
    proxying.join().unwrap();
}

#[tokio::test]
async fn redirects_are_followed_if_that_is_asked_for() {
    for redirects in [0, 1] {
        let (server, serving) = echo_server();
        let (first, redirecting) = common_net::serve(move |mut stream: TcpStream| {
            common_net::read_head(&mut stream);
            let answer =
                format!("HTTP/1.1 307 Elsewhere\r\nLocation: ws://{server}/\r\nContent-Length: 0\r\n\r\n");
            common_net::write(&mut stream, answer);
            common_net::hang_up(stream);
        });
        let connect = Connect::new(&format!("ws://{first}/")).unwrap().redirects(redirects);
        if redirects > 0 {
            converse(connect).await;
        } else {
            let refused = soon(open(&connect)).await;
            assert!(matches!(&refused, Err(Error::Refused(answer)) if answer.status() == 307), "{refused:?}");
            drop(TcpStream::connect(server).unwrap());
        }
        redirecting.join().unwrap();
        let _ = serving.join().unwrap();
    }
}

#[tokio::test]
async fn one_waits_for_its_turn() {
    let (server, serving) = echo_server();
    let gate = Gate::new();
    let connect = Connect::new(&format!("ws://{server}/")).unwrap().gate(&gate);
    let first = gate.queue(Remote::Address(server)).await;
    let late = soon(open(&connect.clone().connect_timeout(SECOND / 10))).await;
    assert!(matches!(late, Err(Error::Timeout(Deadline::Turn))), "{late:?}");
    let opening = tokio::spawn(converse(connect));
    tokio::task::yield_now().await;
    assert!(!opening.is_finished());
    drop(first);
    soon(opening).await.unwrap();
    serving.join().unwrap().unwrap();
}
