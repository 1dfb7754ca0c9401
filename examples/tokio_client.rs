//! The client of tokio's that the Autobahn testsuite's fuzzing server tests: it runs each case and echoes all it gets.
//!
//! ```text
//! cargo run --release --example tokio_client --features tokio,deflate -- ws://127.0.0.1:9001 --deflate
//! ```
//!
//! It does in a task what `autobahn_client` does in a thread, and takes the same flags; for `wss` it needs the cargo feature
//! `tokio-rustls`.

use std::error::Error as StdError;
use std::io::{self, Write};
use std::process::ExitCode;

use rfc6455::session::{Config, Message, SessionError};
use rfc6455::tokio::{Stream, WebSocket};
use rfc6455::{Connect, Error};

#[path = "common/compression.rs"]
mod compression;
#[path = "common/tls.rs"]
mod tls;

const AGENT: &str = "rfc6455";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tokio_client: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn StdError>> {
    tls::install_cryptography();
    let server = arguments()?;
    let count = server.case_count().await?;
    for case in 1..=count {
        // Whether an error is the right end of a case is for the server to say.
        print!("{}", if server.run_case(case).await.is_ok() { '.' } else { 'x' });
        if case % 100 == 0 || case == count {
            println!(" {case} of {count}");
        }
        io::stdout().flush()?;
    }
    server.update_reports().await
}

/// The fuzzing server, which is told by the path what to do.
struct Fuzzer {
    url: String,
    config: Config,
    /// Whom to trust with TLS: a file.
    authority: Option<String>,
}

impl Fuzzer {
    async fn connect(&self, path: &str) -> Result<WebSocket<Stream>, Box<dyn StdError>> {
        let mut connect = Connect::new(&format!("{}{path}", self.url))?.config(self.config.clone());
        if let Some(authority) = &self.authority {
            connect = tls::trust(connect, authority)?;
        }
        Ok(rfc6455::tokio::open(&connect).await?)
    }

    async fn case_count(&self) -> Result<u32, Box<dyn StdError>> {
        let mut socket = self.connect("/getCaseCount").await?;
        let mut message = Message::new();
        if !socket.read(&mut message).await? {
            return Err("the server closed before it told the number of cases".into());
        }
        let count = message.as_text().ok_or("the number of cases is not text")?.parse()?;
        while socket.read(&mut message).await? {}
        Ok(count)
    }

    async fn run_case(&self, case: u32) -> Result<(), Box<dyn StdError>> {
        let mut socket = self.connect(&format!("/runCase?case={case}&agent={AGENT}")).await?;
        let mut message = Message::new();
        while socket.read(&mut message).await? {
            socket.send(&message).await?;
        }
        Ok(())
    }

    async fn update_reports(&self) -> Result<(), Box<dyn StdError>> {
        let mut socket = self.connect(&format!("/updateReports?agent={AGENT}")).await?;
        let mut message = Message::new();
        loop {
            match socket.read(&mut message).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                // Some servers write their reports and end without a Close.
                Err(Error::Session { error: SessionError::Truncated(_), .. }) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn arguments() -> Result<Fuzzer, Box<dyn StdError>> {
    let (mut url, mut config, mut authority) = (None, Config::default(), None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            flag if compression::FLAGS.contains(&flag) => compression::set(&mut config, flag, &mut words)?,
            "--ca" => authority = Some(words.next().ok_or("--ca needs a file")?),
            flag if flag.starts_with("--") => return Err(format!("there is no flag {flag}").into()),
            address => url = Some(address.trim_end_matches('/').to_string()),
        }
    }
    // Some of the cases ask for this, and one of the fuzzing servers does so only if it was offered.
    #[cfg(feature = "deflate")]
    if let Some(deflate) = &mut config.deflate {
        deflate.outgoing.takeover = false;
    }
    Ok(Fuzzer { url: url.ok_or("usage: tokio_client URL [--deflate] [--ca FILE]")?, config, authority })
}
