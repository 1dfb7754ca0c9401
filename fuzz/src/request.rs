//! A server is given any bytes: cut anywhere, they come to the same. Whatever head is accepted, another parser reads in the
//! same way; what it accepts and is refused here has a reason. Each request has its answer, which that parser reads, too.

use rfc6455::handshake::{
    HeadError, HttpVersion, OriginPolicy, Request, RequestError, ServerHandshake, Upgrade, accept_key,
};

use super::http::{self, Head, Start};
use super::{cuts, lists};

pub fn run(data: &[u8]) {
    let (received, taken) = receive(&[data]);
    for pieces in cuts::ways(data) {
        assert_eq!((&received, taken), (&receive(&pieces).0, receive(&pieces).1));
    }
    match received {
        Ok(None) => assert_eq!(taken, data.len(), "all is taken when more is needed"),
        Ok(Some(request)) => {
            check(&request, &data[..taken]);
            answer(&request);
        }
        Err(fault) => {
            refuse(fault);
            if let Some((head, _)) = http::request(data) {
                assert!(is_stricter(fault, &head), "{fault:?}");
            }
        }
    }
}

/// What came, and how many bytes of it were taken.
fn receive(pieces: &[&[u8]]) -> (Result<Option<Request>, RequestError>, usize) {
    let mut handshake = ServerHandshake::new(http::limits());
    let mut taken = 0;
    for piece in pieces {
        let mut input = *piece;
        let received = handshake.receive(&mut input);
        taken += piece.len() - input.len();
        if !matches!(received, Ok(None)) {
            return (received, taken);
        }
    }
    (Ok(None), taken)
}

fn check(request: &Request, head: &[u8]) {
    let fields: Vec<_> =
        request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
    let again = Request::from_fields(request.method(), request.target(), request.headers().iter());
    assert!(request.version() == HttpVersion::Http10 || again.as_ref() == Ok(request));
    let start = Start::Request { method: request.method().to_owned(), target: request.target().to_owned() };
    let ours = Head { start, fields, len: head.len() };
    let minor = u8::from(request.version() == HttpVersion::Http11);
    assert_eq!(http::request(head), Some((ours, minor)));
    // RFC 9112 §3.2, §6, RFC 6454 §7.3: one Host, no body, and one Origin at most.
    let count = |name: &str| request.headers().get_all(name).count();
    assert!(count("Host") == 1 || count("Host") == 0 && minor == 0);
    assert!(count("Origin") <= 1 && count("Transfer-Encoding") == 0);
    assert!(
        request
            .headers()
            .get_all("Content-Length")
            .all(|len| !len.is_empty() && len.iter().all(|digit| *digit == b'0'))
    );
    assert!(head.len() <= http::limits().bytes && request.headers().len() <= http::limits().headers);
}

fn answer(request: &Request) {
    if let (Ok(()), Some(origin)) = (OriginPolicy::SameHost.check(request), request.origin()) {
        // §10.2: a page of another host is not let in.
        let host = request.host().expect("there is one to compare with").to_ascii_lowercase();
        let host =
            host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(&*host, |(host, _)| host);
        assert!(origin.to_ascii_lowercase().contains(&format!("://{host}")), "{origin} {host}");
    }
    match Upgrade::from_request(request) {
        Ok(upgrade) => {
            let accept = accept_key(upgrade.key());
            let mut out = Vec::new();
            upgrade.accept().write(&mut out);
            let (head, minor) = http::response(&out).expect("it is legal");
            assert_eq!((head.len, minor), (out.len(), 1));
            assert!(matches!(head.start, Start::Response { status: 101, .. }));
            assert_eq!(head.values("Sec-WebSocket-Accept"), [accept]);
        }
        Err(fault) => refuse(fault),
    }
}

fn refuse(fault: RequestError) {
    let mut out = Vec::new();
    fault.response().write(&mut out);
    let (head, _) = http::response(&out).expect("it is legal");
    assert!(matches!(head.start, Start::Response { status: 400..=599, .. }), "{head:?}");
    assert_eq!(head.values("Content-Length"), [(out.len() - head.len).to_string()]);
    assert!(lists::has_word(&head.values("Connection"), "close"));
}

/// Whether a head may be refused that another parser takes, which does not know what the fields mean.
fn is_stricter(fault: RequestError, head: &Head) -> bool {
    let (limits, Start::Request { method, target }) = (http::limits(), &head.start) else { return false };
    match fault {
        RequestError::Head(fault) => match fault {
            // RFC 9112 §2.2: a line feed alone may be taken for the end of a line, and so may be refused; and one empty line
            // before the request line should be skipped, but no more.
            HeadError::BareLf | HeadError::StartLine => true,
            // RFC 9112 §3: a request line has two spaces, a version, and perhaps an empty line before it.
            HeadError::RequestLineTooLong => {
                method.len() + target.len() + " HTTP/1.1\r\n".len() + 2 > limits.bytes / 2
            }
            // RFC 6585 §5.
            HeadError::TooManyBytes => head.len > limits.bytes,
            HeadError::TooManyHeaders => head.fields.len() > limits.headers,
            // RFC 9112 §3.2: which form of target fits the method, and that it is made of a URI's characters, without a fragment.
            HeadError::Target => {
                let is_path = target.starts_with('/') && method != "CONNECT";
                !is_path || !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
            }
            _ => false,
        },
        // What its fields mean, see `check`.
        RequestError::HostMissing => head.values("Host").is_empty(),
        RequestError::HostRepeated => head.values("Host").len() > 1,
        RequestError::HostInvalid => head.values("Host").len() == 1,
        RequestError::TransferEncoding => !head.values("Transfer-Encoding").is_empty(),
        RequestError::ContentLength | RequestError::Body => !head.values("Content-Length").is_empty(),
        RequestError::OriginInvalid => !head.values("Origin").is_empty(),
        _ => false,
    }
}
