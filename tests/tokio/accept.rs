//! Opening handshakes from both sides: RFC 6455 §4.

use crate::common::*;
use crate::common_net::{answer_to, request_with};
use rfc6455::handshake::{HttpResponse, OriginPolicy, ResponseError};
use rfc6455::tokio::{Incoming, accept, over};
use rfc6455::{Config, Connect, Error, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_client_and_a_server_open() {
    let (one, other) = tokio::io::duplex(50);
    let serving = tokio::spawn(async move {
        let mut incoming = Incoming::new(other, Config::default());
        let request = incoming.request().await?;
        assert_eq!((request.path(), request.headers().get("Authorization")), ("/feed", Some("Bearer abc")));
        let upgrade = incoming.upgrade(&OriginPolicy::SameHost).await?;
        let mut socket = incoming.open(&upgrade.accept().first_subprotocol_of(&["ticks.v1"])).await?;
        socket.send("welcome").await?;
        socket.close(rfc6455::CloseCode::NORMAL, "").await?;
        Ok::<_, Error>(())
    });
    let connect = Connect::new("ws://localhost/feed").unwrap();
    let connect = connect.subprotocol("ticks.v1").unwrap().header("Authorization", "Bearer abc").unwrap();
    let mut client = soon(over(&connect, one)).await.unwrap();
    assert_eq!(client.subprotocol(), Some("ticks.v1"));
    assert_eq!(message(&mut client).await, Message::from("welcome"));
    assert!(!read(&mut client).await.unwrap());
    soon(serving).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_came_behind_a_head_is_not_lost() {
    let (server, mut peer) = tokio::io::duplex(1000);
    write(&mut peer, [request_with("").as_bytes(), &client_frame(TEXT, b"early")].concat()).await;
    let mut socket = soon(accept(server)).await.unwrap();
    assert_eq!(message(&mut socket).await, Message::from("early"));

    let (client, mut peer) = tokio::io::duplex(1000);
    let answering = tokio::spawn(async move {
        let head = head(&mut peer).await;
        let answer = [answer_to(&head).as_bytes(), &server_frame(TEXT, b"early")].concat();
        write(&mut peer, answer).await;
        peer
    });
    let mut socket = soon(over(&Connect::new("ws://localhost/").unwrap(), client)).await.unwrap();
    assert_eq!(message(&mut socket).await, Message::from("early"));
    soon(answering).await.unwrap();
}

async fn head(peer: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(peer.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The answer is told whole, the sending half is shut, and the client has a second to hang up.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_whole_through_little_room() {
    for (request, status) in [
        ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 "),
        ("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 "),
        (&request_with("Origin: http://elsewhere\r\n"), "HTTP/1.1 403 "),
    ] {
        let (server, mut peer) = tokio::io::duplex(20);
        let start = Instant::now();
        let serving = tokio::spawn(accept(server));
        write(&mut peer, request).await;
        let mut answer = vec![0; 20];
        soon(peer.read_exact(&mut answer)).await.unwrap();
        // Whoever goes on sending gets the answer all the same.
        let (mut reads, mut writes) = tokio::io::split(peer);
        let sending = tokio::spawn(async move {
            while writes.write_all(b"and more").await.is_ok() {
                tokio::time::sleep(SECOND / 100).await;
            }
        });
        soon(reads.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(status) && answer.contains("\r\n\r\n"), "{answer}");
        let refused = soon(serving).await.unwrap();
        assert!(matches!(refused, Err(Error::Request(_))), "{refused:?}");
        soon(sending).await.unwrap();
        assert!(start.elapsed() <= SECOND + SECOND / 10, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_is_served() {
    let (server, mut peer) = tokio::io::duplex(20);
    let serving = tokio::spawn(async move {
        let mut incoming = Incoming::new(server, Config::default());
        assert!(!incoming.request().await?.asks_for_websocket());
        incoming.respond(&HttpResponse::ok("text/html", "<h1>Hello</h1>")?).await
    });
    write(&mut peer, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let answer = String::from_utf8(rest(&mut peer).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("<h1>Hello</h1>"), "{answer}");
    drop(peer);
    soon(serving).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_cut_is_told() {
    let (server, mut peer) = tokio::io::duplex(100);
    write(&mut peer, "GET / HT").await;
    drop(peer);
    assert!(matches!(soon(accept(server)).await, Err(Error::HandshakeCut)));
    let connect = Connect::new("ws://localhost/").unwrap();
    let (client, mut peer) = tokio::io::duplex(1000);
    let cutting = tokio::spawn(async move {
        head(&mut peer).await;
        write(&mut peer, "HTTP/1.1 101").await;
    });
    assert!(matches!(soon(over(&connect, client)).await, Err(Error::HandshakeCut)));
    soon(cutting).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_checked() {
    let connect = Connect::new("ws://localhost/").unwrap();
    let ask = async |answer: &'static str| {
        let (client, mut peer) = tokio::io::duplex(1000);
        let answering = tokio::spawn(async move {
            head(&mut peer).await;
            write(&mut peer, answer).await;
        });
        let end = soon(over(&connect, client)).await;
        soon(answering).await.unwrap();
        end
    };
    match ask("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope").await {
        Err(Error::Refused(response)) => {
            assert_eq!((response.status(), response.body()), (404, &b"nope"[..]))
        }
        other => panic!("{other:?}"),
    }
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    assert!(matches!(ask(answer).await, Err(Error::Response(ResponseError::AcceptMissing))));
}
