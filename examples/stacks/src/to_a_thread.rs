//! hyper does the opening handshake; then a thread has the socket, with all that `rfc6455::net` keeps: deadlines, two
//! halves.
//!
//! What the client sent behind its request was read by hyper, and is handed over as bytes.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rfc6455::net::WebSocket;
use rfc6455::protocol::Role;
use rfc6455::session::{Config, Message};
use tokio::net::{TcpListener, TcpStream};

use crate::Error;
use crate::hyper_server::check;

/// Echoes, for ever.
pub async fn serve(listener: TcpListener) -> Result<(), Error> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            let _ = connection.with_upgrades().await;
        });
    }
}

async fn answer(mut request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, http::Error> {
    match check(&request) {
        Ok(accept) => {
            let upgraded = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                let upgraded = upgraded.await?;
                std::thread::spawn(move || {
                    if let Err(error) = echo(upgraded) {
                        eprintln!("{error}");
                    }
                });
                Ok::<(), hyper::Error>(())
            });
            Ok(http::Response::try_from(&accept)?.map(|()| Full::default()))
        }
        Err(fault) => Ok(http::Response::try_from(&fault.response())?.map(Full::from)),
    }
}

fn echo(upgraded: Upgraded) -> Result<(), Error> {
    let mut socket = take_over(upgraded)?;
    let mut message = Message::new();
    while socket.read(&mut message)? {
        socket.send(&message)?;
    }
    Ok(())
}

/// The socket below, which blocks from now on, and what was read of it.
fn take_over(upgraded: Upgraded) -> Result<WebSocket<std::net::TcpStream>, Error> {
    let parts =
        upgraded.downcast::<TokioIo<TcpStream>>().map_err(|_| "the stream is not the one that was given")?;
    let stream = parts.io.into_inner().into_std()?;
    stream.set_nonblocking(false)?;
    Ok(WebSocket::new(stream, Role::Server, Config::default(), parts.read_buf.into()))
}
