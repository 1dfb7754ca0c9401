//! As much of HTTP/1.1 (RFC 9112) as this needs: heads, bodies with a `Content-Length`, and connections that
//! are kept.
//!
//! The heads are as short as they may be. Those of browsers and of servers in the wild are several hundred
//! bytes longer, for each request and each answer.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use rfc6455::handshake;

use crate::counted::Counted;

const LONGEST_HEAD: u64 = 16 << 10;
const LONGEST_BODY: usize = 1 << 20;
const MOST_HEADERS: usize = 32;

/// One side of a connection.
pub(crate) struct Http {
    pub(crate) reader: BufReader<Counted>,
}

pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    /// The client wants no further answer on this connection.
    pub(crate) is_last: bool,
    /// The whole head, if it asks for another protocol.
    pub(crate) upgrade: Option<handshake::Request>,
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn new(stream: Counted) -> Self {
        Self { reader: BufReader::new(stream) }
    }

    /// The server's side: waits for a request; `None` when the client has hung up.
    pub(crate) fn request(&mut self) -> io::Result<Option<Request>> {
        let Some(head) = self.head()? else { return Ok(None) };
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        parsed.parse(&head).map_err(invalid)?;
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let upgrade = match header(parsed.headers, "Upgrade") {
            Some(_) => {
                let fields = parsed.headers.iter().map(|header| (header.name, header.value));
                Some(handshake::Request::from_fields(method, target, fields).map_err(invalid)?)
            }
            None => None,
        };
        Ok(Some(Request {
            method: method.to_string(),
            target: target.to_string(),
            is_last: header(parsed.headers, "Connection").is_some_and(|it| it.eq_ignore_ascii_case(b"close")),
            upgrade,
            body: self.body(parsed.headers)?,
        }))
    }

    /// The server's answer.
    pub(crate) fn respond(&mut self, status: &str, fields: &str, body: &[u8]) -> io::Result<()> {
        // RFC 9110 §8.6: 204 has no Content-Length.
        let length = match status.starts_with("204") {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", body.len()),
        };
        self.write(format!("HTTP/1.1 {status}\r\n{fields}{length}\r\n"), body)
    }

    /// The client's side: sends a request.
    pub(crate) fn ask(&mut self, line: &str, fields: &str, body: &[u8]) -> io::Result<()> {
        let mut head = format!("{line} HTTP/1.1\r\nHost: localhost\r\n{fields}");
        if !body.is_empty() {
            write!(head, "Content-Length: {}\r\n", body.len()).map_err(io::Error::other)?;
        }
        head.push_str("\r\n");
        self.write(head, body)
    }

    /// Waits for the answer; without a `Content-Length` its body is left to be read.
    pub(crate) fn response(&mut self) -> io::Result<Response> {
        let head = self.head()?.ok_or(ErrorKind::UnexpectedEof)?;
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        parsed.parse(&head).map_err(invalid)?;
        Ok(Response { status: parsed.code.unwrap_or_default(), body: self.body(parsed.headers)? })
    }

    /// Head and body in one write, so that they leave in one packet.
    fn write(&mut self, head: String, body: &[u8]) -> io::Result<()> {
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.reader.get_mut().write_all(&bytes)
    }

    /// All up to the empty line; `None` when the stream ended before.
    fn head(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut head = Vec::new();
        let mut limited = self.reader.by_ref().take(LONGEST_HEAD);
        while !head.ends_with(b"\r\n\r\n") {
            if limited.read_until(b'\n', &mut head)? == 0 {
                let is_cut = !head.is_empty();
                return if is_cut { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(None) };
            }
        }
        Ok(Some(head))
    }

    fn body(&mut self, headers: &[httparse::Header<'_>]) -> io::Result<Vec<u8>> {
        let Some(length) = header(headers, "Content-Length") else { return Ok(Vec::new()) };
        let length: usize = str::from_utf8(length).map_err(invalid)?.parse().map_err(invalid)?;
        if length > LONGEST_BODY {
            return Err(invalid("the body is too long"));
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(body)
    }
}

fn header<'h>(headers: &[httparse::Header<'h>], name: &str) -> Option<&'h [u8]> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

fn invalid(error: impl Into<crate::Failure>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}
