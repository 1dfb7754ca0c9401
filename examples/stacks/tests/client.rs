//! The client on hyper, with this library's own server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use rfc6455::handshake::{HeadLimits, HttpResponse, ServerHandshake, Upgrade};
use rfc6455::net::Incoming;
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Message};
use stacks::hyper_client::connect;

fn listen() -> (TcpListener, http::Uri) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/chat?room=1", listener.local_addr().unwrap());
    (listener, url.parse().unwrap())
}

#[tokio::test]
async fn messages_come_back() {
    let (listener, url) = listen();
    let server = std::thread::spawn(move || {
        let mut incoming = Incoming::new(listener.accept().unwrap().0, Config::default());
        assert_eq!(incoming.request().unwrap().target(), "/chat?room=1");
        let mut socket = incoming.accept().unwrap();
        let mut message = Message::new();
        while socket.read(&mut message).unwrap() {
            socket.send(&message).unwrap();
        }
        (socket.close_status().unwrap().to_u16(), socket.close_reason().to_string())
    });
    let mut socket = connect(&url).await.unwrap();
    let mut message = Message::new();
    for sent in [String::from("Grüße"), "x".repeat(1 << 20)] {
        socket.send(&sent).await.unwrap();
        assert!(socket.read(&mut message).await.unwrap());
        assert_eq!(message.as_text(), Some(&*sent));
    }
    socket.close(CloseCode::new(4000).unwrap(), "bye").await.unwrap();
    assert_eq!(server.join().unwrap(), (4000, String::from("bye")));
}

#[tokio::test]
async fn what_came_glued_to_the_answer_is_the_first_message() {
    let (listener, url) = listen();
    let server = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut handshake = ServerHandshake::new(HeadLimits::default());
        let request = loop {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            if let Some(request) = handshake.receive(&mut &byte[..]).unwrap() {
                break request;
            }
        };
        let mut answer = Vec::new();
        Upgrade::from_request(&request).unwrap().accept().write(&mut answer);
        answer.extend_from_slice(b"\x81\x07welcome\x88\x02\x03\xe9");
        stream.write_all(&answer).unwrap();
        let mut heard = [0; 8];
        stream.read_exact(&mut heard).unwrap();
        heard
    });
    let mut socket = connect(&url).await.unwrap();
    let mut message = Message::new();
    assert!(socket.read(&mut message).await.unwrap());
    assert_eq!(message.as_text(), Some("welcome"));
    assert!(!socket.read(&mut message).await.unwrap());
    // Its Close is masked.
    assert_eq!(server.join().unwrap()[..2], [0x88, 0x82]);
}

#[tokio::test]
async fn a_refusal_is_told_with_its_body() {
    let (listener, url) = listen();
    let server = std::thread::spawn(move || {
        let mut incoming = Incoming::new(listener.accept().unwrap().0, Config::default());
        incoming.request().unwrap();
        incoming.respond(&HttpResponse::forbidden().text("not today\n")).unwrap();
    });
    let error = connect(&url).await.err().unwrap();
    assert_eq!(error.to_string(), "403: not today");
    server.join().unwrap();
}

#[tokio::test]
async fn a_wrong_answer_is_an_error() {
    let (listener, url) = listen();
    let server = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        write!(stream, "{head}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0; 4096]);
        stream
    });
    let error = connect(&url).await.err().unwrap().to_string();
    assert!(error.contains("Sec-WebSocket-Accept does not answer the key"), "{error}");
    server.join().unwrap();
}
