//! Deadlines on a clock that stands still until all tasks wait: RFC 6455 §5.5.2, §7.1.1, §10.7.

use std::time::Duration;

use crate::common::*;
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::{Deadline, SessionError};
use rfc6455::tokio::Incoming;
use rfc6455::{Config, Connect, Error, Keepalive, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

#[track_caller]
fn expect_timeout(error: &Error, deadline: Deadline) {
    match error {
        Error::Session { error, .. } => assert_eq!(*error, SessionError::Timeout(deadline)),
        other => panic!("{other:?}"),
    }
}

fn about(passed: Duration, expected: Duration) {
    assert!(
        passed >= expected && passed < expected + Duration::from_millis(20),
        "{passed:?}, not {expected:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_keepalive_ping_is_sent_while_only_a_read_waits() {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(20 * SECOND, 10 * SECOND));
    let (mut socket, mut peer) = server(config, 1000);
    let start = Instant::now();
    let reading = tokio::spawn(async move { (read(&mut socket).await, socket) });
    for _ in 0..3 {
        let mut ping = [0; 10];
        soon(peer.read_exact(&mut ping)).await.unwrap();
        assert_eq!(ping[..2], [PING, 8]);
        write(&mut peer, client_frame(PONG, &ping[2..])).await;
    }
    about(start.elapsed(), 60 * SECOND);
    // To the fourth there is no answer.
    let (end, mut socket) = reading.await.unwrap();
    about(start.elapsed(), 90 * SECOND);
    expect_timeout(&end.unwrap_err(), Deadline::Keepalive);
    expect_timeout(&read(&mut socket).await.unwrap_err(), Deadline::Keepalive);
    assert_eq!(socket.close_status(), Some(CloseStatus::Abnormal));
    drop(socket);
    let sent = rest(&mut peer).await;
    assert_eq!(sent[..2], [PING, 8]);
    assert_eq!(sent[10..14], [CLOSE, 9, 0x03, 0xf3]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_moves_a_deadline() {
    let mut config = Config::default();
    config.idle_timeout = Some(10 * SECOND);
    let (mut socket, mut peer) = server(config, 1000);
    let start = Instant::now();
    let reading = tokio::spawn(async move {
        let mut count = 0;
        let mut message = Message::new();
        loop {
            match socket.read(&mut message).await {
                Ok(true) => count += 1,
                end => return (count, end),
            }
        }
    });
    for _ in 0..5 {
        sleep(9 * SECOND).await;
        write(&mut peer, client_frame(TEXT, b"still here")).await;
    }
    let (count, end) = reading.await.unwrap();
    assert_eq!(count, 5);
    expect_timeout(&end.unwrap_err(), Deadline::Idle);
    about(start.elapsed(), 55 * SECOND);
    assert_eq!(rest(&mut peer).await, server_frame(CLOSE, b"\x03\xe9idle"));
}

#[tokio::test(start_paused = true)]
async fn a_pong_goes_out_while_only_a_read_waits() {
    let (mut socket, mut peer) = server(Config::default(), 1000);
    let reading = tokio::spawn(async move { read(&mut socket).await });
    write(&mut peer, client_frame(PING, b"hello?")).await;
    expect(&mut peer, &server_frame(PONG, b"hello?")).await;
    drop(peer);
    assert!(reading.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_close_that_is_not_answered_ends_in_time() {
    let (mut socket, mut peer) = server(Config::default(), 1000);
    let start = Instant::now();
    let end = soon(socket.close(CloseCode::NORMAL, "bye")).await;
    expect_timeout(&end.unwrap_err(), Deadline::Close);
    about(start.elapsed(), 5 * SECOND);
    assert_eq!(rest(&mut peer).await, server_frame(CLOSE, b"\x03\xe8bye"));

    // It keeps talking, but of that there is an end, too.
    let (mut socket, mut peer) = server(Config::default(), 1000);
    let start = Instant::now();
    let talking = tokio::spawn(async move {
        while peer.write_all(&client_frame(TEXT, b"and another thing")).await.is_ok() {
            sleep(SECOND / 10).await;
        }
    });
    let end = soon(socket.close(CloseCode::NORMAL, "bye")).await;
    expect_timeout(&end.unwrap_err(), Deadline::Close);
    about(start.elapsed(), 5 * SECOND);
    talking.abort();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_hang_up_is_not_waited_for() {
    let (mut socket, mut peer) = server(Config::default(), 1000);
    let start = Instant::now();
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    assert!(!read(&mut socket).await.unwrap());
    about(start.elapsed(), SECOND);

    // A client waits for the server to hang up first (§7.1.1), for as long as a closing handshake may take.
    let (one, mut peer) = tokio::io::duplex(1000);
    let mut client = rfc6455::tokio::WebSocket::new(one, client_role(), Config::default(), Vec::new());
    let start = Instant::now();
    write(&mut peer, server_frame(CLOSE, &close(1000))).await;
    assert!(!read(&mut client).await.unwrap());
    about(start.elapsed(), 6 * SECOND);
}

/// Fills the way to the peer, which reads nothing.
async fn clogged(
    config: Config,
) -> (rfc6455::tokio::WebSocket<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
    let (mut socket, peer) = server(config, 64);
    socket.queue(&[0; 1000]).await.unwrap();
    (socket, peer)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_given_up() {
    for waits_for in ["flush", "send", "read", "close"] {
        let (mut socket, _peer) = clogged(Config::default()).await;
        let start = Instant::now();
        let error = match waits_for {
            "flush" => soon(socket.flush()).await.unwrap_err(),
            "send" => soon(socket.send("more")).await.unwrap_err(),
            "read" => read(&mut socket).await.unwrap_err(),
            _ => soon(socket.close(CloseCode::NORMAL, "")).await.unwrap_err(),
        };
        if waits_for == "close" {
            expect_timeout(&error, Deadline::Close);
            about(start.elapsed(), 10 * SECOND);
            continue;
        }
        expect_timeout(&error, Deadline::Write);
        about(start.elapsed(), 30 * SECOND);
        assert!(!error.is_would_block());
        expect_timeout(&read(&mut socket).await.unwrap_err(), Deadline::Write);
        assert!(soon(socket.send("more")).await.is_err());
        about(start.elapsed(), 30 * SECOND);
        assert_eq!(socket.close_status(), Some(CloseStatus::Abnormal));
    }
}

/// One that reads a byte now and then makes progress; one that only sends does not.
#[tokio::test(start_paused = true)]
async fn progress_is_what_counts() {
    let mut config = Config::default();
    config.write_timeout = Some(3 * SECOND);
    let (mut socket, mut peer) = clogged(config.clone()).await;
    let start = Instant::now();
    let reading = tokio::spawn(async move {
        for _ in 0..20 {
            sleep(2 * SECOND).await;
            peer.read_u8().await.unwrap();
        }
        peer
    });
    let error = read(&mut socket).await.unwrap_err();
    expect_timeout(&error, Deadline::Write);
    about(start.elapsed(), 43 * SECOND);
    drop(reading);

    let (mut socket, mut peer) = clogged(config).await;
    let start = Instant::now();
    let pinging = tokio::spawn(async move {
        while peer.write_all(&client_frame(PING, b"")).await.is_ok() {
            sleep(SECOND / 10).await;
        }
    });
    let error = read(&mut socket).await.unwrap_err();
    expect_timeout(&error, Deadline::Write);
    about(start.elapsed(), 3 * SECOND);
    drop(socket);
    pinging.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn without_a_write_timeout_it_waits() {
    let mut config = Config::default();
    config.write_timeout = None;
    let (mut socket, mut peer) = clogged(config).await;
    assert!(timeout(1000 * SECOND, socket.flush()).await.is_err());
    let reading = tokio::spawn(async move {
        expect(&mut peer, &server_frame(BINARY, &[0; 1000])).await;
        peer
    });
    soon(socket.flush()).await.unwrap();
    reading.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_a_deadline() {
    // A byte a second does not move it.
    let (server, mut peer) = tokio::io::duplex(1000);
    let start = Instant::now();
    let dripping = tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n" {
            sleep(SECOND).await;
            if peer.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
        peer
    });
    let end = soon(Incoming::new(server, Config::default()).accept()).await;
    assert!(matches!(end, Err(Error::Timeout(Deadline::Handshake))), "{end:?}");
    // It tells, and reads for a second what still comes.
    about(start.elapsed(), 11 * SECOND);
    let answer = rest(&mut dripping.await.unwrap()).await;
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", answer.escape_ascii());

    let (client, _peer) = tokio::io::duplex(1000);
    let start = Instant::now();
    let end = soon(rfc6455::tokio::over(&Connect::new("ws://localhost/").unwrap(), client)).await;
    assert!(matches!(end, Err(Error::Timeout(Deadline::Handshake))), "{end:?}");
    about(start.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up() {
    let (server, mut peer) = tokio::io::duplex(40);
    write(&mut peer, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let start = Instant::now();
    let mut incoming = Incoming::new(server, Config::default());
    let page = rfc6455::handshake::HttpResponse::ok("text/html", "x".repeat(1000)).unwrap();
    soon(incoming.request()).await.unwrap();
    let end = soon(incoming.respond(&page)).await;
    assert!(matches!(end, Err(Error::Timeout(Deadline::Write))), "{end:?}");
    about(start.elapsed(), 30 * SECOND);
    // As a refusal, it is the refusal that is told.
    let (server, mut peer) = tokio::io::duplex(40);
    write(&mut peer, b"GARBAGE\r\n\r\n").await;
    let end = soon(Incoming::new(server, Config::default()).accept()).await;
    assert!(matches!(end, Err(Error::Request(_))), "{end:?}");
}

/// The other half may wait meanwhile, or may have begun what has a deadline.
#[tokio::test(start_paused = true)]
async fn halves_keep_deadlines_for_each_other() {
    let (socket, mut peer) = server(Config::default(), 1000);
    let (mut reader, mut writer) = socket.split();
    let reading = tokio::spawn(async move { reader.read(&mut Message::new()).await });
    sleep(100 * SECOND).await;
    let start = Instant::now();
    soon(writer.start_close(CloseCode::NORMAL, "")).await.unwrap();
    expect_timeout(&soon(reading).await.unwrap().unwrap_err(), Deadline::Close);
    about(start.elapsed(), 5 * SECOND);
    assert_eq!(rest(&mut peer).await, server_frame(CLOSE, &close(1000)));

    // The writer is stuck, and the reader waits: both are told.
    let (socket, _peer) = clogged(Config::default()).await;
    let (mut reader, mut writer) = socket.split();
    let start = Instant::now();
    let reading = tokio::spawn(async move { (reader.read(&mut Message::new()).await, reader) });
    expect_timeout(&soon(writer.flush()).await.unwrap_err(), Deadline::Write);
    let (end, _reader) = soon(reading).await.unwrap();
    expect_timeout(&end.unwrap_err(), Deadline::Write);
    about(start.elapsed(), 30 * SECOND);
}

/// What is left to be written then has the time of a closing handshake, and not that of a write.
#[tokio::test(start_paused = true)]
async fn the_end_has_a_deadline_of_its_own() {
    let mut config = Config::default();
    config.write_timeout = Some(SECOND);
    let (mut socket, mut peer) = clogged(config).await;
    let start = Instant::now();
    write(&mut peer, server_frame(TEXT, b"not masked")).await;
    let error = read(&mut socket).await.unwrap_err();
    assert!(matches!(error, Error::Session { error: SessionError::Protocol(_), .. }), "{error:?}");
    // Five for the flush, and one for the peer to hang up.
    about(start.elapsed(), 6 * SECOND);
}

/// The timer was set for later, when a read was awaited and dropped.
#[tokio::test(start_paused = true)]
async fn a_deadline_that_comes_sooner_is_kept() {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(100 * SECOND, 100 * SECOND));
    let (mut socket, _peer) = server(config, 1000);
    assert!(timeout(SECOND, socket.read(&mut Message::new())).await.is_err());
    let start = Instant::now();
    let end = soon(socket.close(CloseCode::NORMAL, "")).await;
    expect_timeout(&end.unwrap_err(), Deadline::Close);
    about(start.elapsed(), 5 * SECOND);
}
