//! A peer's length has 63 bits (RFC 6455 §5.2) and a `usize` may have 32: no number is ever made smaller unchecked. That the
//! casts which could do so are denied is clippy's work, in `lib.rs`; here is what would come of one, and that none is left.
//! `.ci/narrow` runs this on machines of 32 bits and such that are big-endian.

mod pair;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rfc6455::frame::{FrameHeader, HeaderError};
use rfc6455::handshake::{Answer, ClientRequest, Uri};
use rfc6455::protocol::{Connection, Event, Limits, ProtocolError, Role, Side, State};
use rfc6455::session::{Config, Message, Received, Session, SessionError};

/// Lengths whose low 32 bits are a small number or none, and the largest.
const LENGTHS: [u64; 7] =
    [(1 << 31) + 5, (1 << 32) - 1, 1 << 32, (1 << 32) + 5, (7 << 32) + 125, 1 << 62, i64::MAX.unsigned_abs()];

const SIDES: [Side; 2] = [Side::Client, Side::Server];

/// The header of a frame from `from`, masked with zeros if that is a client.
fn header(from: Side, first: u8, len: u64) -> Vec<u8> {
    let (mask_bit, key) = if from == Side::Client { (0x80, &[0; 4][..]) } else { (0, &[][..]) };
    [&[first, mask_bit | 127][..], &len.to_be_bytes(), key].concat()
}

fn role(side: Side) -> Role {
    if side == Side::Client { pair::client_role() } else { Role::Server }
}

fn limits(most: u64) -> Limits {
    let mut limits = Limits::default();
    (limits.frame, limits.message) = (most, most);
    limits
}

/// Bytes of a chunk, how many are to come, and whether the message ends with it.
type Claimed = (usize, u64, bool);

/// What a connection makes of a frame that claims so much and brings five bytes of it, and what it says to that.
fn claim(side: Side, limits: Limits, len: u64) -> (Result<Claimed, ProtocolError>, Vec<u8>) {
    let mut connection = Connection::new(role(side), limits);
    let mut bytes = [&header(side.peer(), 0x82, len)[..], b"12345"].concat();
    let (mut input, mut out) = (&mut bytes[..], Vec::new());
    let told = match connection.receive(&mut input, &mut out) {
        Ok(Some(Event::Data(chunk))) => Ok((chunk.payload.len(), chunk.ends)),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert!(input.is_empty(), "all is taken");
    assert_eq!(connection.state() == State::Failed, told.is_err());
    (told.map(|(len, ends)| (len, connection.payload_remaining(), ends)), out)
}

#[test]
fn a_length_is_read_and_written_as_it_is() {
    for len in LENGTHS {
        for from in SIDES {
            let bytes = header(from, 0x82, len);
            let (decoded, taken) = FrameHeader::decode(&bytes).unwrap().unwrap();
            assert_eq!((decoded.payload_len, taken), (len, bytes.len()));
            assert_eq!(&decoded.encode().unwrap()[..], bytes);
        }
    }
    for len in [1 << 63, (1 << 63) + 5, u64::MAX] {
        assert_eq!(FrameHeader::decode(&header(Side::Server, 0x82, len)), Err(HeaderError::LengthTooLarge));
    }
}

#[test]
fn a_claim_over_the_limit_is_refused_for_what_it_is() {
    for side in SIDES {
        for len in LENGTHS {
            for limit in [0, 5, 125, 16 << 20, (1 << 31) + 4] {
                let (told, out) = claim(side, limits(limit), len);
                assert!(
                    matches!(told, Err(ProtocolError::FrameTooBig { len: told, limit: most, .. })
                        if (told, most) == (len, limit)),
                    "{len} under {limit}: {told:?}"
                );
                let close = told.unwrap_err().close_code().to_u16();
                let body = if side == Side::Client { 6 } else { 2 };
                assert_eq!((close, out[0]), (1009, 0x88));
                assert!(side == Side::Client || out[body..body + 2] == close.to_be_bytes());
            }
        }
    }
}

#[test]
fn a_claim_under_the_limit_is_waited_for_to_the_last_byte() {
    for side in SIDES {
        for len in LENGTHS {
            let (told, out) = claim(side, limits(u64::MAX), len);
            assert_eq!(told, Ok((5, len - 5, false)));
            assert_eq!(out, []);
        }
    }
}

#[test]
fn the_lengths_of_fragments_are_added_as_they_are() {
    for side in SIDES {
        for len in LENGTHS {
            let mut connection = Connection::new(role(side), limits(len));
            let mut first = header(side.peer(), 0x02, 0);
            first.truncate(1);
            first.extend(if side == Side::Server { &[0x85, 0, 0, 0, 0][..] } else { &[5][..] });
            first.extend(b"12345");
            let mut out = Vec::new();
            assert!(connection.receive(&mut &mut first[..], &mut out).unwrap().is_some());
            let mut next = header(side.peer(), 0x80, len - 4);
            let told = connection.receive(&mut &mut next[..], &mut out).map(|event| event.is_some());
            assert!(
                matches!(told, Err(ProtocolError::MessageTooBig { limit, .. }) if limit == len),
                "{told:?}"
            );
        }
    }
}

/// A message has to fit the memory: on 32 bits a session puts none together that does not, whatever its limits say, and
/// still gives it in parts.
#[test]
fn what_no_vec_can_hold_is_refused_as_a_message_and_comes_in_parts() {
    let mut config = Config::default();
    config.limits = limits(u64::MAX);
    for side in SIDES {
        for len in LENGTHS.into_iter().filter(|len| *len > isize::MAX.unsigned_abs() as u64 / 2) {
            let bytes = [&header(side.peer(), 0x82, len)[..], b"12345"].concat();
            let (mut message, mut out) = (Message::new(), Vec::new());
            for most in [bytes.len() - 5, bytes.len()] {
                let mut session = Session::new(role(side), &config, Duration::ZERO);
                let mut bytes = bytes[..most].to_vec();
                let told = session.receive(&mut &mut bytes[..], &mut message, Duration::ZERO, &mut out);
                let Err(SessionError::Protocol(error)) = told else { panic!("{told:?}") };
                assert_eq!(error.close_code().to_u16(), 1009);
            }
            let mut session = Session::new(role(side), &config, Duration::ZERO);
            let told =
                session.receive_part(&mut &mut bytes.clone()[..], &mut message, Duration::ZERO, &mut out);
            assert!(matches!(told, Ok(Some(Received::Part))), "{told:?}");
            assert_eq!(message.as_bytes(), b"12345");
        }
    }
}

/// The longest message that is put together is half of what the address space could hold; of it, too, nothing is reserved.
#[test]
fn the_longest_message_is_waited_for_and_none_that_is_longer() {
    let most = isize::MAX.unsigned_abs() as u64 / 2;
    let mut config = Config::default();
    config.limits = limits(u64::MAX);
    for side in SIDES {
        for (len, waits) in [(most, true), (most + 1, false)] {
            for begun in [&b""[..], b"12345"] {
                let mut bytes = [&header(side.peer(), 0x82, len)[..], begun].concat();
                let mut session = Session::new(role(side), &config, Duration::ZERO);
                let (mut message, mut out) = (Message::new(), Vec::new());
                let told = session.receive(&mut &mut bytes[..], &mut message, Duration::ZERO, &mut out);
                assert_eq!(told.is_ok(), waits, "{len}: {told:?}");
            }
        }
    }
}

#[test]
fn the_length_of_a_body_is_not_cut() {
    for head in ["Content-Length: 4294967301\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n100000005\r\n"] {
        let request = ClientRequest::new(&Uri::parse("ws://localhost/").unwrap());
        let mut handshake = request.start([0; 16], &mut Vec::new());
        let answer = format!("HTTP/1.1 403 Forbidden\r\n{head}12345");
        let mut input = answer.as_bytes();
        assert_eq!(handshake.receive(&mut input), Ok(None), "it goes on");
        let more = [b'x'; 100];
        assert_eq!(handshake.receive(&mut &more[..]), Ok(None));
        let Ok(Answer::Refused(response)) = handshake.receive_eof() else { panic!() };
        assert_eq!(response.body().len(), 105);
    }
}

/// The code of the library, without its tests.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "tests" && name != "schedules" {
            sources(&path, files);
        } else if name.ends_with(".rs") && !name.ends_with("_tests.rs") {
            files.push(path);
        }
    }
}

/// The casts to another type than `u64`, which no number of this crate's is too large for.
fn casts(code: &str) -> Vec<&str> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let lines =
        code.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with("use "));
    let is_cast = |line: &str| {
        let line = line.split(" //").next().unwrap_or_default();
        line.match_indices(" as ").any(|(at, found)| {
            let target = &line[at + found.len()..];
            ["u8", "u16", "u32", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "_"]
                .iter()
                .any(|number| {
                    target.strip_prefix(number).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
                })
        })
    };
    lines.filter(|line| is_cast(line)).collect()
}

#[test]
fn no_cast_makes_a_number_smaller() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 60, "the sources are there");
    for file in files {
        let code = fs::read_to_string(&file).unwrap();
        let allowed: &[&str] =
            // An enum whose values are four bits.
            if file.ends_with("frame/opcode.rs") { &["self as u8"] } else { &[] };
        assert_eq!(casts(&code), allowed, "{}", file.display());
    }
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    for lint in ["cast_possible_truncation", "cast_possible_wrap", "cast_sign_loss"] {
        assert!(lib.contains(&format!("clippy::{lint}")), "clippy denies it");
    }
}

#[test]
fn the_test_sees_a_cast() {
    let code =
        "let a = len as usize;\nlet b = len as u64;\nlet c = &x as &dyn Y; // as usize\nlet d = x as u8;";
    assert_eq!(casts(code), ["let a = len as usize;", "let d = x as u8;"]);
    assert!(casts("// len as usize\n#[cfg(test)]\nmod tests { len as u8 }").is_empty());
}
