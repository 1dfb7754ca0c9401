//! How much waits to be written: RFC 6455 §10.4 wants that bounded, whatever a peer does.

use crate::common::*;
use rfc6455::{Config, Message, PreparedMessage};
use tokio::time::timeout;

fn config(backlog: usize) -> Config {
    let mut config = Config::default();
    config.write_backlog = backlog;
    config.write_timeout = None;
    config
}

/// A message goes on top of at most the backlog, and a further one waits.
#[tokio::test(start_paused = true)]
async fn what_waits_is_bounded() {
    let frame = server_frame(BINARY, &[5; 500]);
    let prepared = PreparedMessage::new(&[5; 500]);
    let (mut socket, mut peer) = server(config(1000), 100);
    let mut queued = 0;
    while timeout(SECOND, socket.queue(&[5; 500])).await.is_ok() {
        queued += 1;
        assert!(socket.unwritten() <= 1000 + frame.len());
        assert!(queued < 10);
    }
    let waiting = socket.unwritten();
    assert!(waiting > 1000);
    assert!(timeout(SECOND, socket.send(&[5; 500])).await.is_err());
    assert!(timeout(SECOND, socket.ping(b"")).await.is_err());
    assert!(timeout(SECOND, socket.queue_prepared(&prepared)).await.is_err());
    assert_eq!(socket.unwritten(), waiting, "none of them was taken");

    let reading = tokio::spawn(async move {
        for _ in 0..queued {
            expect(&mut peer, &frame).await;
        }
        expect(&mut peer, &server_frame(TEXT, b"end")).await;
        peer
    });
    soon(socket.send("end")).await.unwrap();
    assert_eq!(socket.unwritten(), 0);
    soon(reading).await.unwrap();
}

/// A peer that sends and does not read: the answers that wait are bounded, and then nothing more is read.
#[tokio::test(start_paused = true)]
async fn an_echo_to_a_peer_that_does_not_read_stops() {
    let (mut socket, mut peer) = server(config(1000), 100);
    let echo = tokio::spawn(async move {
        let mut message = Message::new();
        while socket.read(&mut message).await.unwrap() {
            socket.queue(&message).await.unwrap();
            assert!(socket.unwritten() <= 2000);
        }
    });
    let mut sent = 0;
    while timeout(SECOND, tokio::io::AsyncWriteExt::write_all(&mut peer, &client_frame(TEXT, &[b'x'; 100])))
        .await
        .is_ok()
    {
        sent += 1;
        assert!(sent < 1000, "it reads for ever");
    }
    assert!(!echo.is_finished());
    echo.abort();
}

/// Pongs, too.
#[tokio::test(start_paused = true)]
async fn pongs_to_a_peer_that_does_not_read_are_bounded() {
    let (mut socket, mut peer) = server(Config::default(), 100);
    let pinging = tokio::spawn(async move {
        for _ in 0..3000 {
            if tokio::io::AsyncWriteExt::write_all(&mut peer, &client_frame(PING, &[b'x'; 100]))
                .await
                .is_err()
            {
                break;
            }
        }
        peer
    });
    assert!(timeout(SECOND, socket.read(&mut Message::new())).await.is_err());
    assert!(socket.unwritten() < 10_000, "{}", socket.unwritten());
    drop(socket);
    pinging.abort();
}

#[tokio::test(start_paused = true)]
async fn large_messages_pass_through_little_room() {
    let (client, mut server) = pair(Config::default(), Config::default(), 1000);
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let expected = large.clone();
    let echo = tokio::spawn(async move {
        let mut message = Message::new();
        while server.read(&mut message).await.unwrap() {
            server.send(&message).await.unwrap();
        }
    });
    let (mut reader, mut writer) = client.split();
    let writing = tokio::spawn(async move {
        writer.send(&large).await.unwrap();
        writer
    });
    let mut message = Message::new();
    assert!(soon(reader.read(&mut message)).await.unwrap());
    assert_eq!(message.as_bytes(), expected);
    drop((reader, soon(writing).await.unwrap()));
    let _ = soon(echo).await;
}

/// What is queued waits from 64 KiB on, as nothing is gained by more; and was taken all the same.
#[tokio::test(start_paused = true)]
async fn a_queue_is_short() {
    let (mut socket, mut peer) = server(Config::default(), 100);
    let mut queued = 0;
    while timeout(SECOND, socket.queue(&[5; 1000])).await.is_ok() {
        queued += 1;
    }
    assert!(socket.unwritten() > 64 << 10 && socket.unwritten() < 66 << 10, "{}", socket.unwritten());
    let writing = tokio::spawn(async move { socket.flush().await.map(|()| socket) });
    for _ in 0..=queued {
        expect(&mut peer, &server_frame(BINARY, &[5; 1000])).await;
    }
    assert_eq!(soon(writing).await.unwrap().unwrap().unwritten(), 0);
}
