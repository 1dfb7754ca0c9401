//! TLS in tasks: RFC 6455 §3 and §10.6, against the blocking adapter, whose TLS is another, and against rustls alone.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use crate::common::soon;
use crate::common_tls::{self, Authority};
use rfc6455::net::rustls::{ClientConfig, Error as TlsError, ServerConfig};
use rfc6455::net::{self, accept_tls as accept_in_thread};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::Deadline;
use rfc6455::tokio::{Incoming, Stream, WebSocket, accept_tls, open};
use rfc6455::{Config, Connect, Error, Message};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

type Socket = WebSocket<Stream>;

async fn echo(mut socket: Socket) -> Result<Option<CloseStatus>, Error> {
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.queue(&message).await?;
    }
    Ok(socket.close_status())
}

/// A server in a task, which serves one client, and its URL for a client.
async fn serve<F>(
    tls: Arc<ServerConfig>,
    serve: fn(Socket) -> F,
) -> (String, JoinHandle<Result<F::Output, Error>>)
where
    F: Future<Output: Send> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        Ok(serve(accept_tls(stream, tls).await?).await)
    });
    (url, serving)
}

async fn connect(url: &str, tls: &Arc<ClientConfig>) -> Result<Socket, Error> {
    soon(open(&Connect::new(url).unwrap().tls(Arc::clone(tls)))).await
}

#[tokio::test]
async fn messages_of_all_sizes_come_back() {
    let (client, server) = common_tls::configs();
    let (url, serving) = serve(server, echo).await;
    let mut socket = connect(&url, &client).await.unwrap();
    assert_eq!(socket.stream().tls().unwrap().get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(socket.stream().tcp().nodelay().unwrap());
    let mut message = Message::new();
    for len in [0, 1, 125, 126, 16_384, 70_000, 3 << 20] {
        let text = "t".repeat(len);
        soon(socket.send(&text)).await.unwrap();
        assert!(soon(socket.read(&mut message)).await.unwrap());
        assert!(message.as_text() == Some(&*text), "of {len} bytes");
    }
    let status = soon(socket.close(CloseCode::NORMAL, "")).await.unwrap();
    assert_eq!(status, CloseStatus::Code(CloseCode::NORMAL));
    assert_eq!(serving.await.unwrap().unwrap().unwrap(), Some(CloseStatus::Code(CloseCode::NORMAL)));
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_in_two_tasks_talk_both_ways_at_once() {
    let (client, server) = common_tls::configs();
    let (url, serving) = serve(server, echo).await;
    let (mut reader, mut writer) = connect(&url, &client).await.unwrap().split();
    let sending = tokio::spawn(async move {
        for number in 0..40_u32 {
            writer.send(&number.to_be_bytes().repeat(20_000)[..]).await.unwrap();
        }
        writer.close(CloseCode::NORMAL, "").await.unwrap()
    });
    let (mut message, mut next) = (Message::new(), 0_u32);
    while soon(reader.read(&mut message)).await.unwrap() {
        assert!(message.as_bytes() == next.to_be_bytes().repeat(20_000));
        next += 1;
    }
    assert_eq!((next, sending.await.unwrap()), (40, CloseStatus::Code(CloseCode::NORMAL)));
    serving.await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn it_talks_with_the_tls_of_the_blocking_adapter() {
    let (client, server) = common_tls::configs();
    let (url, serving) = serve(Arc::clone(&server), echo).await;
    let blocking = Connect::new(&url).unwrap().tls(Arc::clone(&client));
    let client_thread = thread::spawn(move || {
        let mut socket = blocking.open().unwrap();
        socket.send("to a task").unwrap();
        let mut message = Message::new();
        assert!(socket.read(&mut message).unwrap());
        socket.close(CloseCode::NORMAL, "").unwrap();
        message
    });
    assert_eq!(soon(serving).await.unwrap().unwrap().unwrap(), Some(CloseStatus::Code(CloseCode::NORMAL)));
    assert_eq!(client_thread.join().unwrap().as_text(), Some("to a task"));

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());
    let server_thread = thread::spawn(move || -> Result<(), net::Error> {
        let mut socket = accept_in_thread(listener.accept()?.0, server)?;
        let mut message = Message::new();
        while socket.read(&mut message)? {
            socket.send(&message)?;
        }
        Ok(())
    });
    let mut socket = connect(&url, &client).await.unwrap();
    soon(socket.send("to a thread")).await.unwrap();
    let mut message = Message::new();
    assert!(soon(socket.read(&mut message)).await.unwrap());
    soon(socket.close(CloseCode::NORMAL, "")).await.unwrap();
    assert_eq!(message.as_text(), Some("to a thread"));
    server_thread.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_not_right_is_refused() {
    let authority = Authority::new();
    let client = Arc::new(common_tls::client(&authority));
    for identity in [
        authority.vouch_for(&["elsewhere.test"]),
        authority.vouched_for("localhost"),
        Authority::new().vouch_for(&["localhost"]),
    ] {
        let (url, serving) = serve(Arc::new(identity.server()), echo).await;
        let error = connect(&url, &client).await.unwrap_err();
        assert!(matches!(error, Error::Tls(TlsError::InvalidCertificate(_))), "{error:?}");
        // The alert tells the server.
        assert!(matches!(soon(serving).await.unwrap(), Err(Error::Tls(TlsError::AlertReceived(_)))));
    }
}

#[tokio::test]
async fn one_deadline_is_for_tls_and_for_what_is_inside() {
    let (client, server) = common_tls::configs();
    let mut config = Config::default();
    config.handshake_timeout = std::time::Duration::from_millis(100);

    // Nothing comes at all, to either side.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _silent = TcpStream::connect(address).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let error = soon(Incoming::tls(accepted, Arc::clone(&server), config.clone())).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(Deadline::Handshake)), "{error:?}");
    let url = format!("wss://localhost:{}/", address.port());
    let connect = Connect::new(&url).unwrap().tls(Arc::clone(&client)).config(config.clone());
    let error = soon(open(&connect)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(Deadline::Handshake)), "{error:?}");

    // TLS is done, and then nothing comes.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client_end, server_end) = (TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    let (client_end, server_end) = tokio::join!(client_end, server_end);
    let raw = client_end.unwrap().into_std().unwrap();
    raw.set_nonblocking(false).unwrap();
    let (done, end) = std::sync::mpsc::channel();
    let silent = thread::spawn(move || {
        let mut raw = common_tls::raw_client(raw, client);
        raw.conn.complete_io(&mut raw.sock).unwrap();
        end.recv().unwrap();
    });
    let incoming = soon(Incoming::tls(server_end.unwrap().0, server, config)).await;
    let error = match incoming {
        Ok(incoming) => soon(incoming.accept()).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::Timeout(Deadline::Handshake)), "{error:?}");
    done.send(()).unwrap();
    silent.join().unwrap();
}

/// A client that is rustls alone, in a thread, with the opening handshake done.
async fn raw_client<R: Send + 'static>(
    serve_it: fn(Socket) -> JoinHandle<Result<bool, Error>>,
    talk: impl FnOnce(&mut common_tls::Raw<rfc6455::net::rustls::ClientConnection>) -> R + Send + 'static,
) -> (R, Result<bool, Error>) {
    let (client, server) = common_tls::configs();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let mut raw = common_tls::raw_client(std::net::TcpStream::connect(address).unwrap(), client);
        raw.write_all(crate::common_net::request_with("").as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            raw.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        talk(&mut raw)
    });
    let (stream, _) = listener.accept().await.unwrap();
    let socket = soon(accept_tls(stream, server)).await.unwrap();
    let read = soon(serve_it(socket)).await.unwrap();
    (thread.join().unwrap(), read)
}

fn read_one(mut socket: Socket) -> JoinHandle<Result<bool, Error>> {
    tokio::spawn(async move { socket.read(&mut Message::new()).await })
}

#[tokio::test]
async fn the_end_is_said_by_close_notify() {
    let (rest, read) = raw_client(read_one, |raw| {
        raw.write_all(&crate::pair::client_frame(0x88, b"\x03\xe8")).unwrap();
        let mut rest = Vec::new();
        // rustls gives an error for an end without.
        raw.read_to_end(&mut rest).unwrap();
        rest
    })
    .await;
    assert_eq!((rest, read.unwrap()), (b"\x88\x02\x03\xe8".to_vec(), false));
}

#[tokio::test]
async fn what_is_cut_off_is_told_from_an_end() {
    let ((), read) = raw_client(read_one, |raw| raw.sock.shutdown(std::net::Shutdown::Both).unwrap()).await;
    match read.unwrap_err() {
        Error::Io(error) => assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof),
        error => panic!("{error:?}"),
    }
    let ((), read) = raw_client(read_one, |raw| {
        raw.conn.send_close_notify();
        raw.flush().unwrap();
    })
    .await;
    assert!(matches!(read.unwrap_err(), Error::Session { .. }), "no Close came, but nothing was cut off");
}

#[tokio::test]
async fn a_connection_that_is_dropped_hangs_up() {
    let (client, server) = common_tls::configs();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut raw = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let accepting = Incoming::tls(listener.accept().await.unwrap().0, server, Config::default());
    drop((accepting, client));
    assert_eq!(soon(raw.read(&mut [0])).await.unwrap(), 0);
}
