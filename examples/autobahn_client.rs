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

use rfc6455::net;
use rfc6455::session::{Message, SessionError};

#[path = "common/compression.rs"]
mod compression;
#[path = "common/fuzzer.rs"]
mod fuzzer;
#[path = "common/tls.rs"]
mod tls;

use fuzzer::Fuzzer;

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
    let server = Fuzzer::from_arguments()?;
    let count = case_count(&server)?;
    for case in 1..=count {
        // Whether an error is the right end of a case is for the server to say.
        print!("{}", if run_case(&server, case).is_ok() { '.' } else { 'x' });
        if case % 100 == 0 || case == count {
            println!(" {case} of {count}");
        }
        io::stdout().flush()?;
    }
    update_reports(&server)
}

fn case_count(server: &Fuzzer) -> Result<u32, Box<dyn Error>> {
    let mut socket = server.case_count()?.open()?;
    let mut message = Message::new();
    if !socket.read(&mut message)? {
        return Err("the server closed before it told the number of cases".into());
    }
    let count = message.as_text().ok_or("the number of cases is not text")?.parse()?;
    while socket.read(&mut message)? {}
    Ok(count)
}

fn run_case(server: &Fuzzer, case: u32) -> Result<(), Box<dyn Error>> {
    let mut socket = server.case(case)?.open()?;
    let mut message = Message::new();
    while socket.read(&mut message)? {
        socket.send(&message)?;
    }
    Ok(())
}

fn update_reports(server: &Fuzzer) -> Result<(), Box<dyn Error>> {
    let mut socket = server.reports()?.open()?;
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
