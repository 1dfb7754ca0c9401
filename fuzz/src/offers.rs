//! Any offers of permessage-deflate and any settings of the server, and any answer and any settings of the client: what is
//! accepted keeps to RFC 7692 §7.1 as it is read here once more, both ends agree, and a message crosses either way.

use arbitrary::{Arbitrary, Result, Unstructured};
use rfc6455::deflate::{Agreement, Context, Deflate, NAME, WindowBits};
use rfc6455::handshake::{Answer, ClientRequest, Extension, Request, Upgrade, Uri};

/// What one end is set to.
#[derive(Arbitrary, Debug)]
struct Settings {
    outgoing: (u8, bool),
    incoming: (u8, bool),
    require_incoming: bool,
}

impl Settings {
    fn deflate(&self) -> Deflate {
        let context = |(bits, takeover): (u8, bool)| Context {
            window_bits: WindowBits::new(8 + bits % 8).expect("it is 8 to 15"),
            takeover,
        };
        let mut deflate = Deflate::default();
        deflate.threshold = 0;
        (deflate.outgoing, deflate.incoming) = (context(self.outgoing), context(self.incoming));
        deflate.require_incoming = self.require_incoming;
        deflate
    }
}

/// The value of a header: of words that a list of extensions may have, or any bytes.
fn header(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if u.ratio(1, 8)? {
        return u.arbitrary();
    }
    const WORDS: &[&str] = &[
        "permessage-deflate",
        "server_no_context_takeover",
        "client_no_context_takeover",
        "server_max_window_bits",
        "client_max_window_bits",
        "; ",
        "; ",
        "; ",
        "; ",
        ", ",
        "=",
        "=",
        "\"",
        "8",
        "9",
        "10",
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "7",
        "08",
        "0",
        "x",
    ];
    let mut value = String::new();
    if u.ratio(7, 8)? {
        value.push_str(NAME);
    }
    while !u.is_empty() && value.len() < 2000 {
        match u.int_in_range(0_usize..=3)? {
            // A parameter, more often than not.
            0..=2 => {
                value.push_str("; ");
                value.push_str(WORDS[1 + u.int_in_range(0_usize..=3)?]);
                if u.arbitrary()? {
                    value.push('=');
                    value.push_str(WORDS[13 + u.int_in_range(0_usize..=7)?]);
                }
                if u.ratio(1, 4)? {
                    value.push_str(", ");
                    value.push_str(NAME);
                }
            }
            _ => value.push_str(u.choose(WORDS)?),
        }
    }
    Ok(value.into_bytes())
}

#[derive(Debug)]
struct Input {
    server: Settings,
    client: Settings,
    data: Vec<u8>,
    offers: Vec<u8>,
    answer: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (server, client, data) = (u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
        let half = u.len() / 2;
        let offers = header(&mut Unstructured::new(u.bytes(half)?))?;
        Ok(Self { server, client, data, offers, answer: header(u)? })
    }
}

/// What an offer or an answer says, if it may say it (§7.1).
#[derive(Clone, Copy, Default)]
struct Read {
    server_no: bool,
    client_no: bool,
    server_bits: Option<u8>,
    /// `Some(None)` without a value.
    client_bits: Option<Option<u8>>,
}

fn read(extension: &Extension) -> Option<Read> {
    const BITS: [&str; 8] = ["8", "9", "10", "11", "12", "13", "14", "15"];
    let mut read = Read::default();
    let mut names: Vec<&str> = extension.params().iter().map(|param| param.name()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    if names.len() < count {
        return None;
    }
    for param in extension.params() {
        let bits = BITS.iter().position(|bits| param.value() == Some(bits)).map(|at| at as u8 + 8);
        match (param.name(), param.value().is_some()) {
            ("server_no_context_takeover", false) => read.server_no = true,
            ("client_no_context_takeover", false) => read.client_no = true,
            ("server_max_window_bits", true) => read.server_bits = Some(bits?),
            ("client_max_window_bits", true) => read.client_bits = Some(Some(bits?)),
            ("client_max_window_bits", false) => read.client_bits = Some(None),
            _ => return None,
        }
    }
    Some(read)
}

/// Whether this may be the answer to that offer.
fn answers(offer: Read, answer: Read) -> bool {
    let server_no = !offer.server_no || answer.server_no;
    let server_bits =
        offer.server_bits.is_none_or(|most| answer.server_bits.is_some_and(|bits| bits <= most));
    // §7.1.2.2: not without being offered, and with a value. A value that was offered may be ignored.
    let client_bits = answer.client_bits.is_none_or(|bits| bits.is_some() && offer.client_bits.is_some());
    server_no && server_bits && client_bits
}

fn keeps_within(context: Context, most: Context) -> bool {
    context.window_bits <= most.window_bits && (most.takeover || !context.takeover)
}

/// The server's side of §7.1.
fn check_accepted(settings: &Deflate, offers: &[Extension], agreement: Option<&Agreement>) {
    let acceptable = |offer: &Read| {
        !settings.require_incoming
            || settings.incoming.window_bits == WindowBits::MAX
            || offer.client_bits.is_some()
    };
    let mut offered = offers.iter().filter(|offer| offer.name() == NAME).filter_map(read);
    let (offer, agreement) = match (offered.find(acceptable), agreement) {
        (Some(offer), Some(agreement)) => (offer, agreement),
        (None, None) => return,
        (offer, agreement) => panic!("{} {agreement:?}", offer.is_some()),
    };
    let answer = read(agreement.extension()).expect("our answer is one");
    assert!(answers(offer, answer));
    if let (Some(Some(most)), Some(Some(bits))) = (offer.client_bits, answer.client_bits) {
        assert!(bits <= most, "§7.1.2.2: equal to or smaller than what was offered");
    }
    let bits = |bits: Option<u8>| WindowBits::new(bits.unwrap_or(15)).expect("it is 8 to 15");
    assert_eq!(agreement.outgoing().window_bits, bits(answer.server_bits));
    assert_eq!(agreement.outgoing().takeover, !answer.server_no);
    assert_eq!(agreement.incoming().window_bits, bits(answer.client_bits.flatten()));
    assert_eq!(agreement.incoming().takeover, !answer.client_no);
    assert!(keeps_within(agreement.outgoing(), settings.outgoing));
    assert!(!settings.require_incoming || keeps_within(agreement.incoming(), settings.incoming));
}

/// The client's side of it.
fn check_agreed(settings: &Deflate, answer: &[Extension]) {
    let agreed = settings.agree(answer);
    let Some(extension) = answer.iter().find(|extension| extension.name() == NAME) else {
        assert_eq!(agreed, Ok(None));
        return;
    };
    let offers = settings.offers();
    let fits = read(extension)
        .filter(|answer| offers.iter().any(|offer| answers(read(offer).expect("our offer is one"), *answer)));
    match (fits, agreed) {
        (Some(answer), Ok(Some(agreement))) => {
            assert!(keeps_within(agreement.outgoing(), settings.outgoing));
            assert!(!settings.require_incoming || keeps_within(agreement.incoming(), settings.incoming));
            assert!(!answer.client_no || !agreement.outgoing().takeover);
            assert!(
                answer
                    .client_bits
                    .flatten()
                    .is_none_or(|bits| agreement.outgoing().window_bits.get() <= bits)
            );
            assert_eq!(agreement.incoming().takeover, !answer.server_no);
            assert_eq!(agreement.incoming().window_bits.get(), answer.server_bits.unwrap_or(15));
        }
        (None, Err(_)) => {}
        (fits, agreed) => panic!("{} {agreed:?}", fits.is_some()),
    }
}

/// Sends `data` twice, so that the second may refer to the first.
fn exchange(from: &Agreement, to: &Agreement, data: &[u8]) {
    assert!(keeps_within(from.outgoing(), to.incoming()));
    let (mut compressor, mut decompressor) = (from.compressor(), to.decompressor());
    for _ in 0..2 {
        let (mut payload, mut out) = (Vec::new(), Vec::with_capacity(data.len() + 1));
        compressor.finish(data, &mut payload);
        decompressor.finish(&mut &payload[..], &mut out).expect("it was compressed for this end");
        assert_eq!(out, data);
    }
}

/// The extensions in a request that another HTTP stack has parsed, if it is an opening handshake.
fn requested(value: &[u8]) -> Option<Upgrade> {
    let fields: [(&str, &[u8]); 6] = [
        ("Host", b"example.com"),
        ("Upgrade", b"websocket"),
        ("Connection", b"Upgrade"),
        ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", b"13"),
        ("Sec-WebSocket-Extensions", value),
    ];
    Upgrade::from_request(&Request::from_fields("GET", "/", fields).ok()?).ok()
}

/// The extensions in an answer to these offers, if it opens the connection.
fn answered(offers: &[Extension], value: &[u8]) -> Option<Vec<Extension>> {
    let uri = Uri::parse("ws://example.com/").expect("it is one");
    let request = offers.iter().cloned().fold(ClientRequest::new(&uri), ClientRequest::extension);
    let handshake = request.start(*b"the sample nonce", &mut Vec::new());
    let fields: [(&str, &[u8]); 4] = [
        ("Upgrade", b"websocket"),
        ("Connection", b"Upgrade"),
        ("Sec-WebSocket-Accept", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Sec-WebSocket-Extensions", value),
    ];
    match handshake.check_fields(101, fields) {
        Ok(Answer::Open(response)) => Some(response.extensions().to_vec()),
        _ => None,
    }
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, |input: Input| check(&input));
}

fn check(input: &Input) {
    let (server, client) = (input.server.deflate(), input.client.deflate());
    if let Some(upgrade) = requested(&input.offers) {
        let agreement = server.accept(upgrade.extensions());
        check_accepted(&server, upgrade.extensions(), agreement.as_ref());
    }
    if let Some(extensions) = answered(&client.offers(), &input.answer) {
        check_agreed(&client, &extensions);
    }
    // Both ends are ours.
    let offers: Vec<String> = client.offers().iter().map(ToString::to_string).collect();
    let upgrade = requested(offers.join(", ").as_bytes()).expect("our offers are legal");
    let accepted = server.accept(upgrade.extensions());
    check_accepted(&server, upgrade.extensions(), accepted.as_ref());
    if let Some(accepted) = accepted {
        let answer = accepted.extension().to_string();
        let extensions = answered(&client.offers(), answer.as_bytes()).expect("our answer is legal");
        let agreed = client.agree(&extensions).expect("it fits").expect("it is there");
        assert_eq!(agreed.extension(), accepted.extension());
        assert_eq!(agreed.incoming(), accepted.outgoing());
        exchange(&agreed, &accepted, &input.data);
        exchange(&accepted, &agreed, &input.data);
    }
}
