//! An event loop without a runtime: one thread, one read buffer and one output buffer, for any number of connections.
//!
//! ```text
//! cargo run --example epoll_server -- 127.0.0.1:9001
//! ```
//!
//! It waits by way of [mio], which is epoll, kqueue or what else the system has. Each connection is a `Session` and its
//! socket; one that is idle holds no buffer. The files, in the order to read them:
//!
//! * `server.rs`: the loop. It waits, gives a turn to each socket that is ready, and then to each whose time is up.
//! * `connection.rs`: what to do in a turn, from the opening handshake to the end of TCP.
//! * `output.rs`: what waits to be written, and for how long it has.
//! * `timers.rs`: when to look at a connection again.
//!
//! A peer that does not read is not read from; if it takes nothing for the write timeout, or more waits for it than may, it is
//! out. `docs/adapters.md` says why each step is as it is.
//!
//! Flags, all optional; SECS may have a fraction:
//!
//! ```text
//! --broadcast               each message goes to all, and not back to its sender alone
//! --max-message BYTES       a longer message is refused with 1009 (16 MiB)
//! --max-frame BYTES         the same for one frame (16 MiB)
//! --max-waiting BYTES       a client for which more than that waits gets no further message, but 1013 (16 MiB)
//! --handshake-timeout SECS  for the whole opening handshake (10)
//! --write-timeout SECS      a client that takes not a byte of what is sent to it for so long is out (30)
//! --ping-interval SECS      a client that is silent for so long gets a Ping (30) ..
//! --ping-timeout SECS       .. and has so long to answer it (30)
//! --max-connections N       further ones get 503 (10000)
//! ```
//!
//! With the cargo feature `deflate` there is compression, too, with `--deflate` and the other flags of `echo_server`.
//!
//! [mio]: https://docs.rs/mio

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use rfc6455::session::{Config, Keepalive};

#[path = "../common/compression.rs"]
mod compression;
mod connection;
mod output;
mod server;
mod timers;

use server::{Server, Service, Settings};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log("epoll_server", error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (address, settings) = arguments()?;
    let server = Server::bind(&address, settings).map_err(|error| format!("{address}: {error}"))?;
    // Whoever started this with port 0 waits for this line.
    writeln!(io::stdout(), "listening on {}", server.address()?)?;
    io::stdout().flush()?;
    Ok(server.run()?)
}

/// One line; `eprintln!` would panic when nobody reads it.
fn log(who: impl Display, what: impl Display) {
    let _ = writeln!(io::stderr(), "{who}: {what}");
}

fn arguments() -> Result<(String, Settings), Box<dyn Error>> {
    let mut address = String::from("127.0.0.1:9001");
    let mut keepalive = Keepalive::new(Duration::from_secs(30), Duration::from_secs(30));
    let mut settings =
        Settings { config: Config::default(), service: Service::Echo, most_connections: 10_000 };
    let config = &mut settings.config;
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        if !flag.starts_with('-') {
            address = flag;
            continue;
        }
        if compression::FLAGS.contains(&flag.as_str()) {
            compression::set(config, &flag, &mut words)?;
            continue;
        }
        if flag == "--broadcast" {
            settings.service = Service::Broadcast;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{flag} is unknown or lacks its value"))?;
        let bytes = || value.parse().map_err(|error| format!("{flag} {value}: {error}"));
        match flag.as_str() {
            "--max-message" => config.limits.message = bytes()?,
            "--max-frame" => config.limits.frame = bytes()?,
            "--max-waiting" => config.write_backlog = value.parse()?,
            "--handshake-timeout" => config.handshake_timeout = seconds(&value)?,
            "--write-timeout" => config.write_timeout = Some(seconds(&value)?),
            "--ping-interval" => keepalive.interval = seconds(&value)?,
            "--ping-timeout" => keepalive.timeout = seconds(&value)?,
            "--max-connections" => settings.most_connections = value.parse()?,
            _ => return Err(format!("there is no flag {flag}").into()),
        }
    }
    config.keepalive = Some(keepalive);
    Ok((address, settings))
}

fn seconds(value: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::try_from_secs_f64(value.parse()?)?)
}
