//! A terminal at one end of a WebSocket: lines go out as text messages, and what comes in is printed.
//!
//! ```text
//! cargo run --example cat -- ws://127.0.0.1:9001/
//! cargo run --example cat -- --proxy socks5h://127.0.0.1:1080 --redirects 3 ws://example.com/
//! ```
//!
//! It shows [`split`](rfc6455::net::WebSocket::split): this thread reads from the connection and another one
//! from the terminal, and both may block as long as they like. Three lines are commands: `/ping`, `/close`
//! and `/close 1000 bye`. The end of the input closes with 1000. The proxy may be an `http://` one, too, or `env`, for that which the
//! environment names (http_proxy, all_proxy and so on).
//!
//! With the cargo features `rustls` and `native-roots` the URL may be one of `wss://`. `--ca FILE`, for which `rustls` is
//! enough, trusts the authorities in a PEM file and no others.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use rfc6455::net::{Connect, ReadEvent, Reader, Stream, Writer};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::Message;

#[path = "common/route.rs"]
mod route;
#[path = "common/tls.rs"]
mod tls;

/// As many bytes of a binary message are shown.
const SHOWN: usize = 32;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cat: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    tls::install_cryptography();
    let (reader, mut writer) = arguments()?.open()?.split();
    // Nothing can end a read from the terminal, so this thread is left behind when the connection ends first.
    thread::spawn(move || {
        if let Err(error) = send_lines(&mut writer) {
            eprintln!("cat: {error}");
        }
        // Refused if the connection is closing already.
        let _ = writer.start_close(CloseCode::NORMAL, "");
    });
    print_messages(reader)
}

fn arguments() -> Result<Connect, Box<dyn Error>> {
    const USAGE: &str = "usage: cat [--proxy URL] [--redirects N] [--ca FILE] URL";
    let (mut url, mut flags) = (None, Vec::new());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word.starts_with("--") {
            flags.push((word, words.next().ok_or(USAGE)?));
        } else if url.replace(word).is_some() {
            return Err(USAGE.into());
        }
    }
    let mut connect = Connect::new(&url.ok_or(USAGE)?)?;
    for (flag, value) in flags {
        connect = match flag.as_str() {
            "--ca" => tls::trust(connect, &value)?,
            _ => route::set(connect, &flag, &value)?,
        };
    }
    Ok(connect)
}

fn print_messages(mut reader: Reader<Stream>) -> Result<(), Box<dyn Error>> {
    let mut message = Message::new();
    let mut out = io::stdout();
    loop {
        match reader.read_event(&mut message)? {
            ReadEvent::Message => match &message {
                Message::Text(text) => writeln!(out, "{}", harmless(text))?,
                Message::Binary(bytes) => writeln!(out, "{}", hex_dump(bytes))?,
            },
            ReadEvent::Pong(payload) => writeln!(out, "pong: {}", payload.escape_ascii())?,
            ReadEvent::Closed => break,
            _ => {}
        }
    }
    let status = reader.close_status().unwrap_or(CloseStatus::Abnormal);
    writeln!(out, "{}", format!("closed: {status} {}", harmless(&reader.close_reason())).trim_end())?;
    Ok(())
}

fn send_lines(writer: &mut Writer<Stream>) -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("/ping", payload) => writer.ping(payload.as_bytes())?,
            ("/close", rest) => match close_code_and_reason(rest) {
                Ok((code, reason)) => return Ok(writer.start_close(code, reason)?),
                Err(error) => eprintln!("cat: {error}"),
            },
            _ => writer.send(&line)?,
        }
    }
    Ok(())
}

fn close_code_and_reason(words: &str) -> Result<(CloseCode, &str), Box<dyn Error>> {
    let (code, reason) = words.split_once(' ').unwrap_or((words, ""));
    let code = if code.is_empty() { CloseCode::NORMAL } else { CloseCode::new(code.parse()?)? };
    Ok((code, reason))
}

/// What a server sends must not command the terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|character| if is_command(character) { '\u{fffd}' } else { character }).collect()
}

fn is_command(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
}

fn hex_dump(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > SHOWN { " .." } else { "" };
    format!("{} bytes: {}{more}", bytes.len(), shown.join(" "))
}
