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

use rfc6455::Error;
use rfc6455::session::{Message, SessionError};

#[path = "common/compression.rs"]
mod compression;
#[path = "common/fuzzer.rs"]
mod fuzzer;
#[path = "common/tls.rs"]
mod tls;

use fuzzer::Fuzzer;

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
    let server = Fuzzer::from_arguments()?;
    let count = case_count(&server).await?;
    for case in 1..=count {
        // Whether an error is the right end of a case is for the server to say.
        print!("{}", if run_case(&server, case).await.is_ok() { '.' } else { 'x' });
        if case % 100 == 0 || case == count {
            println!(" {case} of {count}");
        }
        io::stdout().flush()?;
    }
    update_reports(&server).await
}

async fn case_count(server: &Fuzzer) -> Result<u32, Box<dyn StdError>> {
    let mut socket = rfc6455::tokio::open(&server.case_count()?).await?;
    let mut message = Message::new();
    if !socket.read(&mut message).await? {
        return Err("the server closed before it told the number of cases".into());
    }
    let count = message.as_text().ok_or("the number of cases is not text")?.parse()?;
    while socket.read(&mut message).await? {}
    Ok(count)
}

async fn run_case(server: &Fuzzer, case: u32) -> Result<(), Box<dyn StdError>> {
    let mut socket = rfc6455::tokio::open(&server.case(case)?).await?;
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.send(&message).await?;
    }
    Ok(())
}

async fn update_reports(server: &Fuzzer) -> Result<(), Box<dyn StdError>> {
    let mut socket = rfc6455::tokio::open(&server.reports()?).await?;
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
