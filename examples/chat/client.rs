//! One client: one thread reads what it says, another writes what it hears; neither waits for the other.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rfc6455::net::{self, Reader, Stream, WebSocket, Writer};
use rfc6455::protocol::CloseCode;
use rfc6455::session::Message;

use crate::outbox::{Next, Outbox};
use crate::room::Seat;

/// The longest text, in bytes.
const LONGEST_TEXT: usize = 256 << 10;

/// The longest media type and file name together, in bytes.
const LONGEST_FILE_HEADER: usize = 1024;

/// At most 200 messages and 16 MB a second are read from one client. What it sends faster waits in its own
/// computer, so that it cannot make the others look slow.
fn pause_after(message: &Message) -> Duration {
    let micros = u64::try_from(message.len() / 16).unwrap_or(u64::MAX);
    Duration::from_micros(micros).max(Duration::from_millis(5))
}

/// Serves a client until its connection has ended.
pub(crate) fn serve(socket: WebSocket<Stream>, seat: &Seat) -> Result<(), net::Error> {
    let (mut reader, writer) = socket.split();
    let outbox = Arc::clone(&seat.outbox);
    thread::Builder::new().spawn(move || write(writer, &outbox))?;
    read(&mut reader, seat)
}

fn read(reader: &mut Reader<Stream>, seat: &Seat) -> Result<(), net::Error> {
    let mut message = Message::new();
    let mut joined = false;
    while reader.read(&mut message)? {
        if joined {
            take(&message, seat).unwrap_or_else(|mistake| seat.answer_error(mistake));
        } else if let Some(name) = message.as_text().and_then(|text| text.strip_prefix("join\t")) {
            seat.join(name);
            joined = true;
        } else {
            seat.outbox.close(CloseCode::POLICY_VIOLATION, "join first");
        }
        thread::sleep(pause_after(&message));
    }
    Ok(())
}

fn take(message: &Message, seat: &Seat) -> Result<(), &'static str> {
    match message {
        Message::Text(text) => {
            let said = text.strip_prefix("say\t").ok_or("this is nothing that the chat understands")?;
            if said.is_empty() || said.len() > LONGEST_TEXT {
                return Err("a text has 1 byte to 256 KiB");
            }
            seat.say(said);
        }
        Message::Binary(bytes) => {
            let (mime, filename, bytes) = parse_file(bytes).ok_or("this file is not in the form of one")?;
            seat.give(mime, filename, bytes);
        }
    }
    Ok(())
}

/// Two bytes of length, a header of that length, the file.
fn parse_file(message: &[u8]) -> Option<(&str, &str, &[u8])> {
    let (len, rest) = message.split_first_chunk()?;
    let (header, file) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
    let (mime, filename) = str::from_utf8(header).ok()?.split_once('\t')?;
    let is_sound = |field: &str| !field.is_empty() && !field.contains(char::is_control);
    (header.len() <= LONGEST_FILE_HEADER && is_sound(mime) && is_sound(filename))
        .then_some((mime, filename, file))
}

/// Sends what the outbox gives. This may take as long as the client takes to read: no one waits for it.
fn write(mut writer: Writer<Stream>, outbox: &Outbox) {
    let end = loop {
        match outbox.next() {
            Next::Send(message) => match writer.send_prepared(&message) {
                Ok(()) => {}
                Err(error) => break Err(error),
            },
            Next::Close(code, reason) => break writer.start_close(code, reason),
            Next::Stop => break Ok(()),
        }
    };
    // The socket's write timeout: the client has read nothing for so long that a Close would not reach it
    // either. To shut the stream ends the other thread's `read`.
    if let Err(net::Error::Io(_)) = end {
        let _: io::Result<()> = writer.stream().tcp().shutdown(Shutdown::Both);
    }
}
