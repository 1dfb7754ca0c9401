//! An echo server that one can leave running: it sends back each message that it gets.
//!
//! ```text
//! cargo run --example echo_server -- 127.0.0.1:9001
//! ```
//!
//! It shows [`Incoming`](rfc6455::Incoming): the request is looked at before anything is decided. A browser that only wants a
//! page gets one, a client without the password gets 401, a page of a foreign origin 403, and what is left is
//! opened with the first subprotocol that both sides know. After that an echo is two lines:
//! [`WebSocket::read`](rfc6455::net::WebSocket::read) and
//! [`WebSocket::queue`](rfc6455::net::WebSocket::queue), which answers all messages of one read in one write.
//!
//! Flags, all optional; SECS may have a fraction:
//!
//! ```text
//! --max-message BYTES       a longer message is refused with 1009 (16 MiB)
//! --max-frame BYTES         the same for one frame (16 MiB)
//! --handshake-timeout SECS  for the whole opening handshake (10)
//! --write-timeout SECS      a client that takes not a byte of what is sent to it for so long is out (30)
//! --ping-interval SECS      a client that is silent for so long gets a Ping (30) ..
//! --ping-timeout SECS       .. and has so long to answer it (30)
//! --subprotocol NAME        one to choose if the client offers it; may be repeated, the best one first
//! --origin ORIGIN           let in pages of this origin alone; may be repeated (pages of any origin, as it is for tests)
//! --auth USER:PASSWORD      let in clients with this password alone
//! --max-connections N       further ones get 503 (10000)
//! --tls CERT KEY            clients come by wss, and this is its certificate (with those that vouch for it) and its key: two
//!                           PEM files; with the cargo feature `rustls`
//! ```
//!
//! With the cargo feature `deflate` there is compression, too. One of these flags is enough to turn it on for
//! the clients that offer it, and then every message is compressed, however short:
//!
//! ```text
//! --deflate               with a window of 32 KiB and context takeover in both directions
//! --window-bits N         8 to 15: neither side refers back by more than 2^N bytes (15) ..
//! --outgoing-window-bits N, --incoming-window-bits N      .. or one of them does not
//! --no-context-takeover   neither side refers to the messages before ..
//! --no-outgoing-takeover, --no-incoming-takeover          .. or one of them does not
//! --level N               0 to 9, how much work goes into it (6)
//! --threshold BYTES       shorter messages are not compressed (0)
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use rfc6455::net;
use rfc6455::session::Message;

#[path = "common/compression.rs"]
mod compression;
#[path = "common/echo.rs"]
mod echo;
#[path = "common/serve.rs"]
mod serve;
#[path = "common/tls.rs"]
mod tls;

use echo::Echo;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            serve::log("echo_server", error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut door = tls::Door::default();
    let (address, most, echo) = echo::arguments(|flag, words| {
        if flag == "--tls" {
            door = tls::Door::secured(words)?;
        }
        Ok(flag == "--tls")
    })?;
    let listener = TcpListener::bind(&address).map_err(|error| format!("{address}: {error}"))?;
    // Whoever started this with port 0 waits for this line.
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    io::stdout().flush()?;
    let doorway = door.clone();
    serve::serve(&listener, most, &door, move |stream, peer| serve(&doorway, &echo, stream, peer))
}

fn serve(door: &tls::Door, echo: &Echo, stream: TcpStream, peer: SocketAddr) {
    if let Err(error) = try_serve(door, echo, stream, peer) {
        serve::log(peer, error);
    }
}

fn try_serve(door: &tls::Door, echo: &Echo, stream: TcpStream, peer: SocketAddr) -> Result<(), net::Error> {
    let mut incoming = door.incoming(stream, echo.config.clone())?;
    let request = incoming.request()?;
    if !echo.admits(request) {
        serve::log(peer, "refused with 401");
        return incoming.respond(&echo.unauthorized);
    }
    if !request.asks_for_websocket() && matches!(request.method(), "GET" | "HEAD") {
        return incoming.respond(&echo.page);
    }
    let upgrade = incoming.upgrade(&echo.origins)?;
    let mut socket = incoming.open(&upgrade.accept().first_subprotocol_of(&echo.subprotocols))?;

    let mut message = Message::new();
    while socket.read(&mut message)? {
        socket.queue(&message)?;
    }
    Ok(())
}
