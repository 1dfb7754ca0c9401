//! [`Stream`](futures_util::Stream) and [`Sink`](futures_util::Sink).

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, sink};

use crate::common::*;
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::{Config, Error, Message, PreparedMessage};
use std::pin::Pin;

#[tokio::test(start_paused = true)]
async fn messages_come_and_then_the_end() {
    let (mut socket, mut peer) = server(Config::default(), 1000);
    let bytes = [client_frame(TEXT, b"one"), client_frame(PING, b""), client_frame(BINARY, b"two")].concat();
    write(&mut peer, bytes).await;
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::from("one"));
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::from(b"two"));
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    drop(peer);
    assert!(soon(socket.next()).await.is_none());
    assert!(soon(socket.next()).await.is_none());

    let (mut socket, peer) = server(Config::default(), 1000);
    drop(peer);
    assert!(matches!(soon(socket.next()).await, Some(Err(Error::Session { .. }))));
    assert!(soon(socket.next()).await.is_none(), "an error is the end");
    let (socket, peer) = server(Config::default(), 1000);
    let (mut reader, _writer) = socket.split();
    drop(peer);
    assert!(matches!(soon(reader.next()).await, Some(Err(_))));
    assert!(soon(reader.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_echo_is_a_stream_into_a_sink() {
    let (mut client, server) = pair(Config::default(), Config::default(), 50);
    let (reader, writer) = server.split();
    let echo = tokio::spawn(reader.forward(writer));
    for number in 0..100 {
        soon(client.send(&number.to_string())).await.unwrap();
        assert_eq!(soon(client.next()).await.unwrap().unwrap(), Message::from(number.to_string()));
    }
    // The server's half closes at the end of the stream, but then both Closes are through.
    assert_eq!(
        soon(client.close(CloseCode::NORMAL, "")).await.unwrap(),
        CloseStatus::Code(CloseCode::NORMAL)
    );
    let _ = soon(echo).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn all_kinds_of_items_are_fed() {
    let (mut socket, mut peer) = server(Config::default(), 1000);
    socket.feed("text").await.unwrap();
    socket.feed(Message::from("message")).await.unwrap();
    socket.feed(Bytes::from_static(b"bytes")).await.unwrap();
    socket.feed(PreparedMessage::new("prepared")).await.unwrap();
    let expected = [
        server_frame(TEXT, b"text"),
        server_frame(TEXT, b"message"),
        server_frame(BINARY, b"bytes"),
        server_frame(TEXT, b"prepared"),
    ]
    .concat();
    assert_eq!(socket.unwritten(), expected.len(), "it is fed and not flushed");
    soon(socket.flush()).await.unwrap();
    expect(&mut peer, &expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_closed_closes_the_connection() {
    let (socket, mut peer) = server(Config::default(), 1000);
    let closing = tokio::spawn(async move {
        let mut socket = socket;
        SinkExt::<Message>::close(&mut socket).await.map(|()| socket)
    });
    expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
    assert!(!closing.is_finished());
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    drop(peer);
    let socket = soon(closing).await.unwrap().unwrap();
    assert_eq!(socket.close_status(), Some(CloseStatus::Code(CloseCode::NORMAL)));

    // A half says that it is done, and the other reads on.
    let (socket, mut peer) = server(Config::default(), 1000);
    let (mut reader, mut writer) = socket.split();
    soon(SinkExt::<Message>::close(&mut writer)).await.unwrap();
    expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
    write(&mut peer, [client_frame(TEXT, b"still"), client_frame(CLOSE, &close(1000))].concat()).await;
    drop(peer);
    assert_eq!(soon(reader.next()).await.unwrap().unwrap(), Message::from("still"));
    assert!(soon(reader.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_full_is_not_ready() {
    let mut config = Config::default();
    config.write_backlog = 100;
    let (mut socket, mut peer) = server(config, 10);
    socket.feed(Message::from(&[0; 200])).await.unwrap();
    let more = Message::from("more");
    assert!(tokio::time::timeout(SECOND, socket.feed(more.clone())).await.is_err());
    // Who does not ask is refused.
    let refused = sink::Sink::start_send(Pin::new(&mut socket), more.clone());
    assert!(matches!(refused, Err(Error::Backlog)), "{refused:?}");
    let reading = tokio::spawn(async move {
        expect(&mut peer, &server_frame(BINARY, &[0; 200])).await;
        expect(&mut peer, &server_frame(TEXT, b"more")).await;
        peer
    });
    soon(socket.feed(more)).await.unwrap();
    soon(socket.flush()).await.unwrap();
    soon(reading).await.unwrap();
}

/// As `StreamExt::split` of `futures` makes them, and code that knows a `Stream` and a `Sink` alone.
#[tokio::test(start_paused = true)]
async fn a_stream_and_a_sink_are_in_two_tasks() {
    let (socket, mut peer) = server(Config::default(), 50);
    let (mut sink, mut stream) = StreamExt::split::<Message>(socket);
    let reading = tokio::spawn(async move { (stream.next().await, stream) });
    tokio::task::yield_now().await;
    soon(sink.send(Message::from("from another task"))).await.unwrap();
    expect(&mut peer, &server_frame(TEXT, b"from another task")).await;
    write(&mut peer, client_frame(TEXT, b"still heard")).await;
    let (message, mut stream) = soon(reading).await.unwrap();
    assert_eq!(message.unwrap().unwrap().as_text(), Some("still heard"));

    // The other way round: the peer reads nothing until it was heard.
    let writing = tokio::spawn(async move { (sink.send(Message::from("x".repeat(1000))).await, sink) });
    tokio::task::yield_now().await;
    write(&mut peer, client_frame(TEXT, b"heard meanwhile")).await;
    assert!(soon(stream.next()).await.unwrap().is_ok());
    let reading = tokio::spawn(async move { stream.next().await });
    tokio::task::yield_now().await;
    expect(&mut peer, &server_frame(TEXT, "x".repeat(1000).as_bytes())).await;
    let (sent, mut sink) = soon(writing).await.unwrap();
    sent.unwrap();

    let closing = tokio::spawn(async move { sink.close().await });
    expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    drop(peer);
    soon(closing).await.unwrap().unwrap();
    assert!(soon(reading).await.unwrap().is_none());
}
