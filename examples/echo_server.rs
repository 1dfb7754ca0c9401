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
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use rfc6455::handshake::{HttpResponse, OriginPolicy, Request};
use rfc6455::net;
use rfc6455::session::{Config, Keepalive, Message};

#[path = "common/compression.rs"]
mod compression;
#[path = "common/serve.rs"]
mod serve;
#[path = "common/tls.rs"]
mod tls;

const PAGE: &str = "<!doctype html><title>echo</title><p>This is an echo server for WebSockets.";

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
    let (address, most, echo) = arguments()?;
    let listener = TcpListener::bind(&address).map_err(|error| format!("{address}: {error}"))?;
    // Whoever started this with port 0 waits for this line.
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    io::stdout().flush()?;
    let door = echo.door.clone();
    serve::serve(&listener, most, &door, move |stream, peer| echo.serve(stream, peer))
}

/// What all connections have in common.
struct Echo {
    door: tls::Door,
    config: Config,
    origins: OriginPolicy,
    subprotocols: Vec<String>,
    /// The credentials that a client has to send, in base64.
    credentials: Option<String>,
    page: HttpResponse,
    unauthorized: HttpResponse,
}

impl Echo {
    fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = self.try_serve(stream, peer) {
            serve::log(peer, error);
        }
    }

    fn try_serve(&self, stream: TcpStream, peer: SocketAddr) -> Result<(), net::Error> {
        let mut incoming = self.door.incoming(stream, self.config.clone())?;
        let request = incoming.request()?;
        if !self.admits(request) {
            serve::log(peer, "refused with 401");
            return incoming.respond(&self.unauthorized);
        }
        if !request.asks_for_websocket() && matches!(request.method(), "GET" | "HEAD") {
            return incoming.respond(&self.page);
        }
        let upgrade = incoming.upgrade(&self.origins)?;
        let mut socket = incoming.open(&upgrade.accept().first_subprotocol_of(&self.subprotocols))?;

        let mut message = Message::new();
        while socket.read(&mut message)? {
            socket.queue(&message)?;
        }
        Ok(())
    }

    fn admits(&self, request: &Request) -> bool {
        let Some(credentials) = &self.credentials else { return true };
        let sent = request.headers().get("Authorization").and_then(|value| value.split_once(' '));
        sent.is_some_and(|(scheme, sent)| {
            scheme.eq_ignore_ascii_case("Basic") && is_same(sent.trim(), credentials)
        })
    }
}

/// Looks at each byte even if the first one differs, so that the time it takes does not tell how much of a
/// guess was right.
fn is_same(guess: &str, secret: &str) -> bool {
    let differences = guess.bytes().zip(secret.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    guess.len() == secret.len() && differences == 0
}

fn arguments() -> Result<(String, usize, Echo), Box<dyn Error>> {
    let (mut address, mut most) = (String::from("127.0.0.1:9001"), 10_000);
    let mut keepalive = Keepalive::new(Duration::from_secs(30), Duration::from_secs(30));
    let mut origins = Vec::new();
    let mut echo = Echo {
        door: tls::Door::default(),
        config: Config::default(),
        origins: OriginPolicy::Any,
        subprotocols: Vec::new(),
        credentials: None,
        page: HttpResponse::ok("text/html; charset=utf-8", PAGE)?,
        unauthorized: HttpResponse::unauthorized(r#"Basic realm="echo", charset="UTF-8""#)?,
    };
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        if !flag.starts_with('-') {
            address = flag;
            continue;
        }
        if compression::FLAGS.contains(&flag.as_str()) {
            compression::set(&mut echo.config, &flag, &mut words)?;
            continue;
        }
        if flag == "--tls" {
            echo.door = tls::Door::secured(&mut words)?;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{flag} is unknown or lacks its value"))?;
        let bytes = || value.parse().map_err(|error| format!("{flag} {value}: {error}"));
        match flag.as_str() {
            "--max-message" => echo.config.limits.message = bytes()?,
            "--max-frame" => echo.config.limits.frame = bytes()?,
            "--handshake-timeout" => echo.config.handshake_timeout = seconds(&value)?,
            "--write-timeout" => echo.config.write_timeout = Some(seconds(&value)?),
            "--ping-interval" => keepalive.interval = seconds(&value)?,
            "--ping-timeout" => keepalive.timeout = seconds(&value)?,
            "--subprotocol" => echo.subprotocols.push(value),
            "--origin" => origins.push(value),
            "--auth" => echo.credentials = Some(BASE64_STANDARD.encode(value)),
            "--max-connections" => most = value.parse()?,
            _ => return Err(format!("there is no flag {flag}").into()),
        }
    }
    echo.config.keepalive = Some(keepalive);
    if !origins.is_empty() {
        echo.origins = OriginPolicy::List(origins);
    }
    Ok((address, most, echo))
}

fn seconds(value: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::try_from_secs_f64(value.parse()?)?)
}
