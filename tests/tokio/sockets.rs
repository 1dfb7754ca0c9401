//! Over sockets of the system, against the blocking adapter: RFC 6455 is the same on both sides.

use std::net::SocketAddr;
use std::thread;

use crate::common::*;
use crate::common_net::{self, Random};
use rfc6455::protocol::{CloseCode, CloseStatus, Role};
use rfc6455::session::Deadline;
use rfc6455::tokio::{WebSocket, accept, connect, open};
use rfc6455::{Config, Connect, Error, Message};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

async fn echo(mut socket: WebSocket<TcpStream>) -> Result<Option<CloseStatus>, Error> {
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.queue(&message).await?;
    }
    Ok(socket.close_status())
}

/// As [`echo`], with a task for each direction.
async fn echo_in_halves(socket: WebSocket<TcpStream>) -> Result<Option<CloseStatus>, Error> {
    let (mut reader, mut writer) = socket.split();
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Message>(4);
    let writing = tokio::spawn(async move {
        while let Some(message) = receiver.recv().await {
            writer.send(&message).await?;
        }
        Ok::<_, Error>(())
    });
    let mut message = Message::new();
    while reader.read(&mut message).await? {
        if sender.send(message.clone()).await.is_err() {
            break;
        }
    }
    drop(sender);
    writing.await.expect("no panic")?;
    Ok(reader.close_status())
}

async fn listen<F>(serve: fn(WebSocket<TcpStream>) -> F, count: usize) -> (SocketAddr, JoinHandle<()>)
where
    F: Future<Output = Result<Option<CloseStatus>, Error>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let listening = tokio::spawn(async move {
        let mut tasks = Vec::new();
        for _ in 0..count {
            let (stream, _) = listener.accept().await.expect("a client connects");
            tasks.push(tokio::spawn(async move {
                let socket = accept(stream).await?;
                assert!(socket.stream().nodelay().expect("it is TCP"));
                serve(socket).await
            }));
        }
        for task in tasks {
            assert_eq!(task.await.expect("no panic").expect("it ends in order"), NORMAL);
        }
    });
    (address, listening)
}

const NORMAL: Option<CloseStatus> = Some(CloseStatus::Code(CloseCode::NORMAL));

/// A thread sends, another reads what comes back: messages of all sizes, pings among them.
fn talk(address: SocketAddr, seed: u64) {
    let socket = rfc6455::connect(&format!("ws://{address}/")).expect("it listens");
    let (mut reader, mut writer) = socket.split();
    let mut random = Random::seeded(seed);
    let messages: Vec<Vec<u8>> = (0..200)
        .map(|_| {
            let most = [10, 130, 5_000, 200_000][random.below(4) as usize];
            let len = random.below(most) as usize;
            random.bytes(len)
        })
        .collect();
    let expected = messages.clone();
    let reading = thread::spawn(move || {
        let mut message = Message::new();
        for expected in expected {
            assert!(reader.read(&mut message).expect("it is open"));
            assert!(message.as_bytes() == expected, "another message came back");
        }
        (reader, message)
    });
    for message in &messages {
        writer.send(message).expect("it is open");
        if message.len() % 7 == 0 {
            writer.ping(b"are you there?").expect("it is open");
        }
    }
    let (mut reader, mut message) = reading.join().expect("no panic");
    writer.start_close(CloseCode::NORMAL, "").expect("it is open");
    assert!(!reader.read(&mut message).expect("it ends in order"));
}

#[test]
fn threads_talk_to_tasks() {
    common_net::watched(|| {
        const CLIENTS: usize = 4;
        let seed = Random::seed();
        for is_split in [false, true] {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("it starts");
            let (address, listening) = runtime.block_on(async {
                if is_split { listen(echo_in_halves, CLIENTS).await } else { listen(echo, CLIENTS).await }
            });
            let clients: Vec<_> = (0..CLIENTS as u64)
                .map(|client| thread::spawn(move || talk(address, seed.wrapping_add(client))))
                .collect();
            clients.into_iter().for_each(|client| client.join().expect("no panic"));
            runtime.block_on(listening).expect("no panic");
        }
    });
}

#[tokio::test]
async fn a_task_talks_to_a_thread() {
    let (address, serving) = common_net::serve(|stream| common_net::echo(rfc6455::accept(stream).unwrap()));
    let mut socket = soon(connect(&format!("ws://{address}/"))).await.unwrap();
    assert!(socket.stream().tcp().nodelay().unwrap());
    let mut message = Message::new();
    for size in [0, 1, 125, 126, 4096, 65_535, 65_536, 300_000] {
        let payload = vec![size as u8; size];
        // Both ends send at once where this is larger than what lies between them: so not in one task.
        soon(socket.send(&payload)).await.unwrap();
        assert!(soon(socket.read(&mut message)).await.unwrap());
        assert_eq!(message.as_bytes(), payload);
    }
    let status = soon(socket.close(CloseCode::NORMAL, "bye")).await.unwrap();
    assert_eq!(Some(status), NORMAL);
    assert!(serving.join().unwrap().is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_are_streams_too() {
    let (one, other) = tokio::net::UnixStream::pair().unwrap();
    let mut client = WebSocket::new(one, client_role(), Config::default(), Vec::new());
    let mut server = WebSocket::new(other, Role::Server, Config::default(), Vec::new());
    soon(client.send("Hello")).await.unwrap();
    let mut message = Message::new();
    assert!(soon(server.read(&mut message)).await.unwrap());
    assert_eq!(message, Message::from("Hello"));
    let closing = tokio::spawn(async move { client.close(CloseCode::NORMAL, "").await });
    assert!(!soon(server.read(&mut message)).await.unwrap());
    assert_eq!(Some(soon(closing).await.unwrap().unwrap()), NORMAL);
}

#[tokio::test]
async fn what_cannot_be_connected_is_told() {
    assert!(matches!(connect("http://localhost/").await, Err(Error::Uri(_))));
    let secure = connect("wss://localhost/").await.unwrap_err();
    #[cfg(not(feature = "tokio-rustls"))]
    assert!(matches!(secure, Error::TlsMissing), "{secure:?}");
    #[cfg(feature = "tokio-rustls")]
    assert!(matches!(secure, Error::CryptoMissing), "{secure:?}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = soon(connect(&format!("ws://{address}/"))).await;
    assert!(
        matches!(&refused, Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused),
        "{refused:?}"
    );
    let no_time =
        Connect::new(&format!("ws://{address}/")).unwrap().connect_timeout(std::time::Duration::ZERO);
    let end = soon(open(&no_time)).await;
    assert!(matches!(end, Err(Error::Io(_) | Error::Timeout(Deadline::Connect))), "{end:?}");
}

/// The peer stops reading, and then says why: a write fails at some time, and what it said is read all the same.
#[tokio::test]
async fn a_peer_that_resets_is_the_end_of_both_halves() {
    let (client, server) = common_net::tcp();
    server.set_nonblocking(true).unwrap();
    let server = TcpStream::from_std(server).unwrap();
    let (mut reader, mut writer) =
        WebSocket::new(server, Role::Server, Config::default(), Vec::new()).split();
    let reading = tokio::spawn(async move { reader.read(&mut Message::new()).await });
    let writing = tokio::spawn(async move {
        loop {
            if let Err(error) = writer.send(&[0; 100_000]).await {
                return error;
            }
        }
    });
    tokio::task::yield_now().await;
    drop(client);
    assert!(soon(reading).await.unwrap().is_err());
    let _ = soon(writing).await.unwrap();
}
