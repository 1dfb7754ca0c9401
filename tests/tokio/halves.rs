//! Two halves in two tasks: RFC 6455 §5.4, §5.5 and §7.1 from both, and no wake-up lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use crate::common::*;
use rfc6455::protocol::{CloseCode, CloseStatus, SendError};
use rfc6455::tokio::{ReadEvent, Reader};
use rfc6455::{Config, Error, Message};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, DuplexStream};
use tokio::time::Instant;

async fn count<S: AsyncRead + AsyncWrite + Unpin>(
    mut reader: Reader<S>,
) -> Result<(usize, Reader<S>), Error> {
    let mut message = Message::new();
    let mut count = 0;
    while reader.read(&mut message).await? {
        count += 1;
    }
    Ok((count, reader))
}

const NORMAL: Option<CloseStatus> = Some(CloseStatus::Code(CloseCode::NORMAL));

#[tokio::test(start_paused = true)]
async fn a_writer_closes_and_the_reader_reads_to_the_end() {
    let (client, mut server) = pair(Config::default(), Config::default(), 50);
    let (reader, mut writer) = client.split();
    let reading = tokio::spawn(count(reader));
    let serving = tokio::spawn(async move {
        let mut message = Message::new();
        while server.read(&mut message).await? {
            server.send(&message).await?;
        }
        Ok::<_, Error>(server.close_status())
    });
    for _ in 0..100 {
        soon(writer.send("a message that is echoed")).await.unwrap();
    }
    let start = Instant::now();
    let status = soon(writer.close(CloseCode::NORMAL, "done")).await.unwrap();
    assert_eq!(Some(status), NORMAL);
    assert_eq!(soon(serving).await.unwrap().unwrap(), NORMAL);
    let (read, reader) = soon(reading).await.unwrap().unwrap();
    assert_eq!((read, reader.close_status(), &*reader.close_reason()), (100, NORMAL, "done"));
    assert_eq!(start.elapsed(), Duration::ZERO, "nobody waited for a deadline");
    assert!(matches!(soon(writer.send("late")).await, Err(Error::Send(SendError::Closed))));
    assert_eq!(soon(writer.close(CloseCode::NORMAL, "again")).await.unwrap(), status);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_waits_learns_of_the_end() {
    // The peer reads nothing, and then is gone, or closes.
    for closes in [false, true] {
        let (socket, mut peer) = server(Config::default(), 50);
        let (reader, mut writer) = socket.split();
        let reading = tokio::spawn(count(reader));
        let writing = tokio::spawn(async move {
            let sent = writer.send(&[0; 10_000]).await;
            (sent, writer.send("more").await)
        });
        tokio::time::sleep(SECOND).await;
        assert!(!writing.is_finished());
        if closes {
            write(&mut peer, client_frame(CLOSE, &close(1000))).await;
            let _ = rest(&mut peer).await;
        }
        drop(peer);
        let (sent, more) = soon(writing).await.unwrap();
        assert_eq!(sent.is_ok(), closes, "{sent:?}");
        assert!(more.is_err());
        assert_eq!(soon(reading).await.unwrap().is_ok(), closes);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_goes_on_without_a_writer_and_writes_what_was_queued() {
    let (socket, mut peer) = server(Config::default(), 1000);
    let (reader, mut writer) = socket.split();
    let reading = tokio::spawn(count(reader));
    tokio::task::yield_now().await;
    writer.queue("soon").await.unwrap();
    expect(&mut peer, &server_frame(TEXT, b"soon")).await;
    writer.queue("last words").await.unwrap();
    drop(writer);
    expect(&mut peer, &server_frame(TEXT, b"last words")).await;
    write(
        &mut peer,
        [client_frame(TEXT, b"one"), client_frame(PING, b"?"), client_frame(CLOSE, &close(1000))].concat(),
    )
    .await;
    expect(&mut peer, &[server_frame(PONG, b"?"), server_frame(CLOSE, &close(1000))].concat()).await;
    drop(peer);
    assert_eq!(soon(reading).await.unwrap().unwrap().0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_writer_goes_on_without_a_reader() {
    let (socket, mut peer) = server(Config::default(), 1000);
    let (reader, mut writer) = socket.split();
    drop(reader);
    soon(writer.send("one")).await.unwrap();
    expect(&mut peer, &server_frame(TEXT, b"one")).await;
    let closing = tokio::spawn(async move { writer.close(CloseCode::NORMAL, "").await });
    expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
    write(&mut peer, [client_frame(TEXT, b"passed over"), client_frame(CLOSE, &close(1000))].concat()).await;
    drop(peer);
    assert_eq!(Some(soon(closing).await.unwrap().unwrap()), NORMAL);
}

/// The writer waits for a reader that is then dropped, or that never reads.
#[tokio::test(start_paused = true)]
async fn a_writer_closes_even_if_nobody_reads() {
    for is_dropped in [true, false] {
        let (socket, mut peer) = server(Config::default(), 1000);
        let (reader, mut writer) = socket.split();
        let start = Instant::now();
        let closing = tokio::spawn(async move { writer.close(CloseCode::NORMAL, "").await });
        expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
        write(&mut peer, client_frame(CLOSE, &close(1000))).await;
        tokio::time::sleep(SECOND).await;
        let kept = if is_dropped {
            drop(reader);
            None
        } else {
            Some(reader)
        };
        assert_eq!(rest(&mut peer).await, b"");
        drop(peer);
        // The peer's Close came in time, though it was late when somebody looked.
        assert_eq!(Some(soon(closing).await.unwrap().unwrap()), NORMAL);
        assert_eq!(start.elapsed().as_secs(), if is_dropped { 1 } else { 5 });
        drop(kept);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_tells_of_pings_and_pongs() {
    let (socket, mut peer) = server(Config::default(), 1000);
    let (mut reader, mut writer) = socket.split();
    write(
        &mut peer,
        [client_frame(PING, b"one"), client_frame(PONG, b"two"), client_frame(TEXT, b"3")].concat(),
    )
    .await;
    let mut message = Message::new();
    assert_eq!(soon(reader.read_event(&mut message)).await.unwrap(), ReadEvent::Ping(b"one"));
    assert_eq!(soon(reader.read_part(&mut message)).await.unwrap(), ReadEvent::Pong(b"two"));
    assert_eq!(soon(reader.read_event(&mut message)).await.unwrap(), ReadEvent::Message);
    soon(writer.ping(b"mine")).await.unwrap();
    expect(&mut peer, &[server_frame(PONG, b"one"), server_frame(PING, b"mine")].concat()).await;
}

/// Four halves and little room: each blocks all the time, and each wake-up counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_wake_up_is_lost() {
    const COUNT: usize = 2_000;
    for room in [1, 7, 64, 1000] {
        let (client, server) = pair(Config::default(), Config::default(), room);
        let halves = |socket: rfc6455::tokio::WebSocket<DuplexStream>, is_client: bool| {
            let (mut reader, mut writer) = socket.split();
            let reading = tokio::spawn(async move {
                let mut message = Message::new();
                let mut next = 0;
                while reader.read(&mut message).await? {
                    assert_eq!(message.as_text(), Some(&*next.to_string()));
                    next += 1;
                }
                Ok::<_, Error>(next)
            });
            let writing = tokio::spawn(async move {
                for number in 0..COUNT {
                    if number % 3 == 0 {
                        writer.queue(&number.to_string()).await?;
                    } else {
                        writer.send(&number.to_string()).await?;
                    }
                    if number % 50 == 0 {
                        writer.ping(b"are you there?").await?;
                    }
                }
                writer.flush().await?;
                if is_client {
                    writer.close(CloseCode::NORMAL, "").await?;
                }
                Ok::<_, Error>(writer)
            });
            (reading, writing)
        };
        let (client_reading, client_writing) = halves(client, true);
        let (server_reading, server_writing) = halves(server, false);
        // The client may close before the server has sent all.
        let server_sent = soon_in_earnest(server_writing).await.unwrap();
        soon_in_earnest(client_writing).await.unwrap().unwrap();
        assert_eq!(soon_in_earnest(server_reading).await.unwrap().unwrap(), COUNT);
        let read = soon_in_earnest(client_reading).await.unwrap().unwrap();
        assert!(read == COUNT || server_sent.is_err(), "{read} of {COUNT}");
    }
}

async fn soon_in_earnest<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(60 * SECOND, future).await.expect("it hangs")
}

/// What was left by a send that was dropped is written by a reader that waits.
#[tokio::test(start_paused = true)]
async fn a_reader_writes_what_a_dropped_send_left() {
    let (socket, mut peer) = server(Config::default(), 10);
    let (reader, mut writer) = socket.split();
    let reading = tokio::spawn(count(reader));
    assert!(tokio::time::timeout(SECOND, writer.send(&[1; 100])).await.is_err());
    let mut frame = vec![0; 102];
    soon(peer.read_exact(&mut frame)).await.unwrap();
    assert_eq!(frame, server_frame(BINARY, &[1; 100]));
    drop(peer);
    assert!(soon(reading).await.unwrap().is_err());
}

/// Tells whether it was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A task that was woken for nothing, before the other one did what it waits for, is woken again.
#[tokio::test(start_paused = true)]
async fn the_half_that_came_too_early_is_woken_again() {
    let (socket, mut peer) = server(Config::default(), 10);
    let (mut reader, mut writer) = socket.split();
    let flag = Arc::<Flag>::default();
    let waker = Waker::from(Arc::clone(&flag));
    let (mut early, mut other) = (Context::from_waker(&waker), Context::from_waker(Waker::noop()));
    let mut message = Message::new();
    let mut reading = Box::pin(reader.read(&mut message));
    // What the writer waits to write, the reader writes.
    let mut sending = Box::pin(writer.send("a long message"));
    assert!(sending.as_mut().poll(&mut early).is_pending());
    let mut frame = [0; 10];
    soon(peer.read_exact(&mut frame)).await.unwrap();
    flag.0.store(false, Ordering::SeqCst);
    assert!(reading.as_mut().poll(&mut other).is_pending());
    assert!(flag.0.load(Ordering::SeqCst), "all is written");
    assert!(sending.as_mut().poll(&mut early).is_ready());
    drop(sending);
    expect(&mut peer, b"essage").await;
    // What the writer waits to be read, the reader reads.
    let mut closing = Box::pin(writer.close(CloseCode::NORMAL, ""));
    assert!(closing.as_mut().poll(&mut early).is_pending());
    expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    drop(peer);
    assert!(closing.as_mut().poll(&mut early).is_pending());
    flag.0.store(false, Ordering::SeqCst);
    assert!(reading.as_mut().poll(&mut other).is_ready());
    assert!(flag.0.load(Ordering::SeqCst), "it has ended");
    assert!(closing.as_mut().poll(&mut early).is_ready());
}

/// A Close that finds no room is written when there is some, though nobody reads.
#[tokio::test(start_paused = true)]
async fn a_writer_closes_through_little_room() {
    let (socket, mut peer) = server(Config::default(), 1);
    let (reader, mut writer) = socket.split();
    let closing = tokio::spawn(async move { writer.close(CloseCode::NORMAL, "").await });
    expect(&mut peer, &server_frame(CLOSE, &close(1000))).await;
    // Then there is nobody but the writer to read the answer.
    drop(reader);
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    drop(peer);
    assert_eq!(Some(soon(closing).await.unwrap().unwrap()), NORMAL);
}
