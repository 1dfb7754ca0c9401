//! A chat for browsers: the page over HTTP and the talk over WebSocket, on one port.
//!
//! ```text
//! cargo run --example chat -- 127.0.0.1:8080
//! ```
//!
//! Open the address that it prints in two windows. Ctrl-C ends it, and tells every page why. With the cargo feature `rustls` and
//! `--tls CERT KEY`, two PEM files, it is a chat over HTTPS.
//!
//! It shows what a server needs beyond an echo: [`Incoming`] to serve HTTP and to check the origin, so that
//! no foreign page can talk in a visitor's name; [`split`](rfc6455::net::WebSocket::split), for a thread that
//! reads and one that writes; [`PreparedMessage`](rfc6455::session::PreparedMessage), encoded once for all; a
//! bound on each thing that a client could make grow; and a slow reader that no one waits for.
//!
//! * `room.rs`: who is here, and what was said
//! * `queue.rs`: what waits to be sent to one client
//! * `outbox.rs`: the same, for the thread that sends it
//! * `said.rs`: what a client may say
//! * `client.rs`: the two threads of one client
//!
//! # What is said
//!
//! ```text
//! client, text    join NAME    say TEXT
//! client, binary  length of the header (2 bytes, big-endian), header, file; header: MIME FILENAME
//! server, text    welcome NAME    here NAME NAME ..    joined TIME NAME    left TIME NAME    said TIME NAME TEXT
//!                 live    error TEXT
//! server, binary  the same with a header TIME NAME MIME FILENAME
//! ```
//!
//! Fields are parted by tabs, and TIME is in milliseconds since 1970. `join` comes first; `welcome`, the
//! history and `live` answer it.

use std::error::Error;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;

use rfc6455::handshake::{HttpResponse, OriginPolicy};
use rfc6455::net::{self, Incoming, Stream};

mod client;
mod outbox;
mod queue;
mod room;
mod said;
#[path = "../common/serve.rs"]
mod serve;
mod settings;
#[path = "../common/tls.rs"]
mod tls;

use room::Room;
use settings::{MOST_CONNECTIONS, PATIENCE, config};
use tls::Door;

const PAGE: &str = include_str!("page.html");

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            serve::log("chat", error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut address, mut door) = (String::from("127.0.0.1:8080"), Door::default());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--tls" => door = Door::secured(&mut words)?,
            _ => address = word,
        }
    }
    let listener = TcpListener::bind(&address).map_err(|error| format!("{address}: {error}"))?;
    let (interrupt, interrupted) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = interrupt.send(());
    })?;
    let scheme = if door.is_tls() { "https" } else { "http" };
    writeln!(io::stdout(), "chat on {scheme}://{}/", listener.local_addr()?)?;
    io::stdout().flush()?;

    let room = Arc::<Room>::default();
    let everyone = Arc::clone(&room);
    thread::spawn(move || {
        let doorway = door.clone();
        serve::serve(&listener, MOST_CONNECTIONS, &door, move |stream, peer| {
            answer(stream, peer, &doorway, &everyone);
        });
    });
    interrupted.recv()?;
    room.close(PATIENCE);
    Ok(())
}

fn answer(stream: TcpStream, peer: SocketAddr, door: &Door, room: &Arc<Room>) {
    if let Err(error) = try_answer(stream, door, room) {
        serve::log(peer, error);
    }
}

fn try_answer(stream: TcpStream, door: &Door, room: &Arc<Room>) -> Result<(), Box<dyn Error>> {
    let mut incoming = door.incoming(stream, config())?;
    let request = incoming.request()?;
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => incoming.respond(&HttpResponse::ok("text/html; charset=utf-8", PAGE)?)?,
        (_, "/ws") => talk(incoming, room)?,
        _ => incoming.respond(&HttpResponse::not_found())?,
    }
    Ok(())
}

fn talk(mut incoming: Incoming<Stream>, room: &Arc<Room>) -> Result<(), net::Error> {
    // Any page in the world may ask a visitor's browser to connect here. Only our own may talk.
    let upgrade = incoming.upgrade(&OriginPolicy::SameHost)?;
    let Some(seat) = room.enter() else {
        return incoming.respond(&HttpResponse::service_unavailable());
    };
    client::serve(incoming.open(&upgrade.accept())?, &seat)
}
