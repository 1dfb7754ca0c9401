//! What a client says, and what it may say.

use std::time::Duration;

use rfc6455::protocol::CloseCode;
use rfc6455::session::Message;

use crate::room::Seat;

/// The longest text, in bytes.
const LONGEST_TEXT: usize = 256 << 10;

/// The longest media type and file name together, in bytes.
const LONGEST_FILE_HEADER: usize = 1024;

/// At most 200 messages and 16 MB a second are read from one client. What it sends faster waits in its own
/// computer, so that it cannot make the others look slow.
pub(crate) fn pause_after(message: &Message) -> Duration {
    let micros = u64::try_from(message.len() / 16).unwrap_or(u64::MAX);
    Duration::from_micros(micros).max(Duration::from_millis(5))
}

/// Takes a message of a client's, who first has to join.
pub(crate) fn hear(message: &Message, seat: &Seat, has_joined: &mut bool) {
    if *has_joined {
        take(message, seat).unwrap_or_else(|mistake| seat.answer_error(mistake));
    } else if let Some(name) = message.as_text().and_then(|text| text.strip_prefix("join\t")) {
        seat.join(name);
        *has_joined = true;
    } else {
        seat.outbox.close(CloseCode::POLICY_VIOLATION, "join first");
    }
}

/// Takes a message of one who has joined; an error is for this client alone.
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
