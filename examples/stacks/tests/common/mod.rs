//! What each server of these examples has to do, over real connections.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rfc6455::net::{self, Connect};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::Message;

const LIMIT: Duration = Duration::from_secs(20);

pub fn serves(address: SocketAddr) {
    messages_come_back(address);
    what_came_glued_to_the_request_is_answered(address);
    what_breaks_a_rule_is_refused(address);
    a_fault_is_told(address);
}

fn messages_come_back(address: SocketAddr) {
    let mut socket = rfc6455::connect(&format!("ws://{address}/")).unwrap();
    let mut message = Message::new();
    for len in [0, 1, 126, 70_000, 1 << 20] {
        let sent = vec![7; len];
        socket.send(&sent).unwrap();
        assert!(socket.read(&mut message).unwrap());
        assert_eq!(message, Message::Binary(sent));
    }
    socket.send("Grüße").unwrap();
    assert!(socket.read(&mut message).unwrap());
    assert_eq!(message.as_text(), Some("Grüße"));
    let status = socket.close(CloseCode::new(4000).unwrap(), "bye").unwrap();
    assert_eq!((status, socket.close_reason()), (CloseStatus::Code(CloseCode::new(4000).unwrap()), "bye"));
}

fn what_came_glued_to_the_request_is_answered(address: SocketAddr) {
    // Some clients do not wait for the answer; "Hello" of RFC 6455 §5.7, and a Close.
    let frames = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x88\x82\x00\x00\x00\x00\x03\xe8";
    let answer = exchange(address, "", frames);
    let (head, behind) = split(&answer);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let accept = "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=";
    assert_eq!(head.to_ascii_lowercase().matches(accept).count(), 1, "{head}");
    assert_eq!(behind, b"\x81\x05Hello\x88\x02\x03\xe8");
}

fn what_breaks_a_rule_is_refused(address: SocketAddr) {
    let foreign =
        Connect::new(&format!("ws://{address}/")).unwrap().origin("http://elsewhere.example").unwrap();
    match foreign.open() {
        Err(net::Error::Refused(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
    let answer = exchange(address, "Sec-WebSocket-Version: 13\r\n", b"");
    let (head, body) = split(&answer);
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(String::from_utf8_lossy(body).contains("Sec-WebSocket-Version"), "{body:?}");
}

fn a_fault_is_told(address: SocketAddr) {
    // A frame that is not masked.
    let answer = exchange(address, "", b"\x81\x00");
    let (_, behind) = split(&answer);
    assert_eq!((behind[0], &behind[2..4]), (0x88, &1002_u16.to_be_bytes()[..]));
}

/// Sends a request with more `lines` and what is `behind` it in one write, and reads to the end.
fn exchange(address: SocketAddr, lines: &str, behind: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{lines}\r\n"
    );
    stream.write_all(&[head.as_bytes(), behind].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn split(answer: &[u8]) -> (&str, &[u8]) {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    (std::str::from_utf8(&answer[..end]).unwrap(), &answer[end..])
}
