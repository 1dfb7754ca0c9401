//! An echo server in tasks of tokio's: it sends back each message that it gets, as `echo_server` does in threads.
//!
//! ```text
//! cargo run --example tokio_echo --features tokio -- 127.0.0.1:9001
//! ```
//!
//! It shows [`Incoming`] of [`rfc6455::tokio`]: the request is looked at before anything is decided. A browser that only wants a
//! page gets one, a client without the password gets 401, a page of a foreign origin 403, and what is left is
//! opened with the first subprotocol that both sides know. After that an echo is two lines, which answer all messages of one read
//! in one write.
//!
//! It takes the flags of `echo_server`, those of compression too, and
//!
//! ```text
//! --threads N               the threads of the runtime; 1 is a runtime without threads of its own (one for each processor)
//! ```
//!
//! of which `--tls CERT KEY` needs the cargo feature `tokio-rustls`.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use rfc6455::Message;
use rfc6455::tokio::{Stream, WebSocket};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

#[path = "common/compression.rs"]
mod compression;
#[path = "common/echo.rs"]
mod echo;
#[path = "common/tls.rs"]
mod tls;
#[path = "common/tokio_serve.rs"]
mod tokio_serve;

use echo::Echo;
use tokio_serve::log;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log("tokio_echo", error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut threads, mut door) = (None, tls::Door::default());
    let (address, most, echo) = echo::arguments(|flag, words| {
        match flag {
            "--threads" => threads = Some(words.next().ok_or("--threads lacks its number")?.parse()?),
            "--tls" if cfg!(feature = "tokio-rustls") => door = tls::Door::secured(words)?,
            "--tls" => return Err("--tls needs a build with TLS: cargo run --features tokio-rustls".into()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let mut runtime =
        if threads == Some(1) { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if let Some(threads) = threads.filter(|&threads| threads > 1) {
        runtime.worker_threads(threads);
    }
    runtime.enable_all().build()?.block_on(listen(&address, most, door, echo))
}

async fn listen(address: &str, most: usize, door: tls::Door, echo: Echo) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    // Whoever started this with port 0 waits for this line.
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    io::stdout().flush()?;

    let shared = Arc::new((echo, door.clone()));
    tokio_serve::serve(&listener, most, &door, move |stream, peer| {
        let shared = Arc::clone(&shared);
        async move { serve(&shared.0, &shared.1, stream, peer).await.map_err(Into::into) }
    })
    .await
}

/// The handshake is boxed: while the echo waits, the task then holds nothing of it.
async fn serve(
    echo: &Echo,
    door: &tls::Door,
    stream: TcpStream,
    peer: SocketAddr,
) -> Result<(), rfc6455::Error> {
    let Some(mut socket) = Box::pin(open(echo, door, stream, peer)).await? else { return Ok(()) };
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.queue(&message).await?;
    }
    Ok(())
}

/// The WebSocket, or none when something else was asked for.
async fn open(
    echo: &Echo,
    door: &tls::Door,
    stream: TcpStream,
    peer: SocketAddr,
) -> Result<Option<WebSocket<Stream>>, rfc6455::Error> {
    let mut incoming = door.incoming_in_task(stream, echo.config.clone()).await?;
    let request = incoming.request().await?;
    if !echo.admits(request) {
        log(peer, "refused with 401");
        return incoming.respond(&echo.unauthorized).await.map(|()| None);
    }
    if !request.asks_for_websocket() && matches!(request.method(), "GET" | "HEAD") {
        return incoming.respond(&echo.page).await.map(|()| None);
    }
    let upgrade = incoming.upgrade(&echo.origins).await?;
    let accept = upgrade.accept().first_subprotocol_of(&echo.subprotocols);
    incoming.open(&accept).await.map(Some)
}
