//! The client that the Autobahn testsuite's fuzzing server tests: it runs each case and echoes all it gets.
//!
//! ```text
//! cargo run --release --example autobahn_client --features deflate -- ws://127.0.0.1:9001 --deflate
//! ```
//!
//! With `--deflate` it offers compression and compresses every message, as the cases of sections 12 and 13
//! want it. The other flags of compression are those of `echo_client`, and so is `--ca FILE` for a `wss://` URL.
//!
//! It shows how little an application has to do for the protocol's sake: in about 120 of the cases the server
//! breaks a rule, and all that this program sees of it is an error after the fitting Close was sent.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use rfc6455::net::{self, Connect, Stream, WebSocket};
use rfc6455::session::{Config, Message, SessionError};

#[path = "common/compression.rs"]
mod compression;
#[path = "common/tls.rs"]
mod tls;

const AGENT: &str = "rfc6455";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("autobahn_client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    tls::install_cryptography();
    let server = arguments()?;
    let count = server.case_count()?;
    for case in 1..=count {
        // Whether an error is the right end of a case is for the server to say.
        print!("{}", if server.run_case(case).is_ok() { '.' } else { 'x' });
        if case % 100 == 0 || case == count {
            println!(" {case} of {count}");
        }
        io::stdout().flush()?;
    }
    server.update_reports()
}

/// The fuzzing server, which is told by the path what to do.
struct Fuzzer {
    url: String,
    config: Config,
    /// Whom to trust with TLS: a file.
    authority: Option<String>,
}

impl Fuzzer {
    fn connect(&self, path: &str) -> Result<WebSocket<Stream>, Box<dyn Error>> {
        let mut connect = Connect::new(&format!("{}{path}", self.url))?.config(self.config.clone());
        if let Some(authority) = &self.authority {
            connect = tls::trust(connect, authority)?;
        }
        Ok(connect.open()?)
    }

    fn case_count(&self) -> Result<u32, Box<dyn Error>> {
        let mut socket = self.connect("/getCaseCount")?;
        let mut message = Message::new();
        if !socket.read(&mut message)? {
            return Err("the server closed before it told the number of cases".into());
        }
        let count = message.as_text().ok_or("the number of cases is not text")?.parse()?;
        while socket.read(&mut message)? {}
        Ok(count)
    }

    fn run_case(&self, case: u32) -> Result<(), Box<dyn Error>> {
        let mut socket = self.connect(&format!("/runCase?case={case}&agent={AGENT}"))?;
        let mut message = Message::new();
        while socket.read(&mut message)? {
            socket.send(&message)?;
        }
        Ok(())
    }

    fn update_reports(&self) -> Result<(), Box<dyn Error>> {
        let mut socket = self.connect(&format!("/updateReports?agent={AGENT}"))?;
        let mut message = Message::new();
        loop {
            match socket.read(&mut message) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                // Some servers write their reports and end without a Close.
                Err(net::Error::Session { error: SessionError::Truncated(_), .. }) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn arguments() -> Result<Fuzzer, Box<dyn Error>> {
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
    Ok(Fuzzer { url: url.ok_or("usage: autobahn_client URL [--deflate]")?, config, authority })
}
