//! Two connections, and two applications that do anything, until both have ended: what one has sent in order, the other is
//! told in order and whole, up to a Close, a fault or the end of the transport. What is sent is legal; nothing but Pongs
//! follows a Close; and both name the same end, or 1006.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use rfc6455::protocol::{
    CloseCode, Connection, Data, DataKind, Event, Limits, MaskKeys, ProtocolError, Role, SendError, Side,
    State, Transport,
};

use super::wire;

#[derive(Arbitrary, Debug)]
enum Action {
    Send(Content),
    Start(Content),
    Append(Content),
    Finish(Content),
    /// A message in so many fragments of a byte.
    Fragments(u8),
    Ping(Vec<u8>),
    Pings(u8),
    Pong(Vec<u8>),
    Close(u16, String),
    CloseWithoutCode,
    /// The application finds a fault in what it was told.
    Fail(bool),
    /// So many bytes of what the other end has sent come, in pieces of this length.
    Receive(u16, u8),
    /// The transport ends here; what is on its way is lost.
    Drop,
}

#[derive(Arbitrary, Debug)]
enum Content {
    Text(String),
    Binary(Vec<u8>),
    /// So many bytes.
    Long(u16),
}

type CloseBody = Option<(u16, String)>;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Message(DataKind, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseBody),
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, check);
}

fn check(program: Vec<(bool, Action)>) {
    let keys = MaskKeys::from_source(|bytes| {
        bytes.fill(0x55);
        Ok(())
    });
    let mut client = End::new(Role::Client(keys.expect("it has keys")));
    let mut server = End::new(Role::Server);
    for (by_client, action) in program {
        if by_client { client.act(action, &mut server) } else { server.act(action, &mut client) }
    }
    // All that is left comes, and who has not closed does so.
    for _ in 0..2 {
        client.receive(&mut server, usize::MAX, 999);
        server.receive(&mut client, usize::MAX, 999);
        client.act(Action::CloseWithoutCode, &mut server);
        server.act(Action::CloseWithoutCode, &mut client);
    }
    client.receive(&mut server, usize::MAX, 999);
    server.receive(&mut client, usize::MAX, 999);
    for end in [&mut client, &mut server] {
        if end.fault.is_some() || end.connection.state() == State::Closing {
            // The other end failed, and reads no more.
            let _ = end.connection.receive_eof();
            end.is_lost |= end.fault.is_none();
        }
    }
    client.agrees_with(&server);
    server.agrees_with(&client);
}

struct End {
    connection: Connection,
    out: Vec<u8>,
    /// What this end has put into `out`, and the other is to be told.
    sent: VecDeque<Told>,
    begun: Option<(DataKind, Vec<u8>)>,
    /// What has come of a message.
    part: Option<(DataKind, Vec<u8>)>,
    our_close: Option<CloseBody>,
    their_close: Option<CloseBody>,
    fault: Option<ProtocolError>,
    is_lost: bool,
    /// Pings that came and are not answered, in order.
    pings: Vec<Vec<u8>>,
}

impl End {
    fn new(role: Role) -> Self {
        Self {
            connection: Connection::new(role, Limits::default()),
            out: Vec::new(),
            sent: VecDeque::new(),
            begun: None,
            part: None,
            our_close: None,
            their_close: None,
            fault: None,
            is_lost: false,
            pings: Vec::new(),
        }
    }

    fn has_ended(&self) -> bool {
        self.their_close.is_some() || self.fault.is_some() || self.is_lost
    }

    fn may_send(&self) -> bool {
        self.our_close.is_none() && !self.has_ended()
    }

    fn act(&mut self, action: Action, other: &mut Self) {
        match action {
            Action::Send(content) => {
                let (kind, bytes) = content.take();
                let may = self.may_send() && self.begun.is_none();
                if self.call(may, |connection, out| connection.send(data(kind, &bytes), out)) {
                    self.sent.push_back(Told::Message(kind, bytes));
                }
            }
            Action::Start(content) => self.start(content.take()),
            Action::Append(content) => self.append(content.take()),
            Action::Finish(content) => self.finish(content.take()),
            Action::Fragments(many) => {
                self.start((DataKind::Binary, vec![]));
                (0..many).for_each(|byte| self.append((DataKind::Binary, vec![byte])));
                self.finish((DataKind::Binary, vec![]));
            }
            Action::Ping(payload) => self.ping(&payload),
            Action::Pings(many) => (0..many).for_each(|byte| self.ping(&[byte; 100])),
            Action::Pong(payload) => {
                let may = self.may_send() && payload.len() <= 125;
                let from = self.sent.len();
                self.call(may, |connection, out| connection.pong(&payload, out));
                assert_eq!(self.sent.len() - from, usize::from(may));
            }
            Action::Close(code, reason) => self.close(code, &reason),
            Action::CloseWithoutCode => {
                let may = self.may_send();
                self.call(may, |connection, out| connection.start_close_without_code(out));
            }
            Action::Fail(is_text) => self.fail(if is_text {
                ProtocolError::InvalidUtf8
            } else {
                ProtocolError::InvalidCompressedData
            }),
            Action::Receive(len, piece) => self.receive(other, len.into(), piece.into()),
            Action::Drop => {
                self.out.clear();
                self.end_of_transport();
                other.out.clear();
                other.end_of_transport();
            }
        }
        self.check();
    }

    fn start(&mut self, (kind, bytes): (DataKind, Vec<u8>)) {
        let may = self.may_send() && self.begun.is_none();
        if self.call(may, |connection, out| connection.start(data(kind, &bytes), out)) {
            self.begun = Some((kind, bytes));
        }
    }

    /// Whether the message that was begun may go on with this kind.
    fn goes_on(&self, kind: DataKind) -> bool {
        self.may_send() && self.begun.as_ref().is_some_and(|(begun, _)| *begun == kind)
    }

    fn append(&mut self, (kind, bytes): (DataKind, Vec<u8>)) {
        let may = self.goes_on(kind);
        if self.call(may, |connection, out| connection.append(data(kind, &bytes), out)) {
            self.begun.iter_mut().for_each(|(_, begun)| begun.extend_from_slice(&bytes));
        }
    }

    fn finish(&mut self, (kind, bytes): (DataKind, Vec<u8>)) {
        let may = self.goes_on(kind);
        if self.call(may, |connection, out| connection.finish(data(kind, &bytes), out)) {
            let (_, begun) = self.begun.take().expect("it was begun");
            self.sent.push_back(Told::Message(kind, [begun, bytes].concat()));
        }
    }

    fn ping(&mut self, payload: &[u8]) {
        let may = self.may_send() && payload.len() <= 125;
        self.call(may, |connection, out| connection.ping(payload, out));
    }

    fn close(&mut self, code: u16, reason: &str) {
        let Ok(code) = CloseCode::new(code) else { return };
        // §7.4.1: 1010 is the client's.
        let is_ours = code != CloseCode::MANDATORY_EXTENSION || self.connection.side() == Side::Client;
        let may = self.may_send() && reason.len() <= 123 && is_ours;
        self.call(may, |connection, out| connection.start_close(code, reason, out));
    }

    fn fail(&mut self, fault: ProtocolError) {
        let (from, had_closed) = (self.out.len(), self.our_close.is_some());
        self.connection.fail(fault, &mut self.out);
        if self.has_ended() {
            return assert_eq!(self.out.len(), from, "it has ended");
        }
        self.wrote(from);
        assert!(had_closed || self.our_close.as_ref().is_some_and(Option::is_some), "the peer is told");
        assert!(!had_closed || self.out.len() == from, "but once");
        self.fault = Some(fault);
    }

    fn end_of_transport(&mut self) {
        let result = self.connection.receive_eof();
        assert_eq!(result.is_ok(), self.their_close.is_some() || self.fault.is_some());
        self.is_lost |= result.is_err();
    }

    /// A call that sends: it is refused when it has to be, and has written nothing then.
    fn call(
        &mut self,
        may: bool,
        act: impl FnOnce(&mut Connection, &mut Vec<u8>) -> Result<(), SendError>,
    ) -> bool {
        let from = self.out.len();
        let result = act(&mut self.connection, &mut self.out);
        assert_eq!((result.is_ok(), self.out.len() > from), (may, may), "{result:?}");
        self.wrote(from);
        may
    }

    /// What a call has written: legal frames, and nothing but Pongs after a Close (§5.5.1).
    fn wrote(&mut self, from: usize) {
        for frame in wire::frames(&self.out[from..]) {
            assert!(!self.has_ended() && (self.our_close.is_none() || frame.opcode == 10), "{frame:?}");
            assert_eq!(frame.is_masked, self.connection.side() == Side::Client, "§5.1");
            assert!(frame.rsv == 0 && (frame.opcode < 8 || frame.fin && frame.payload.len() <= 125), "§5.5");
            match frame.opcode {
                8 => {
                    let body = frame.payload.split_first_chunk().map(|(code, reason)| {
                        (u16::from_be_bytes(*code), String::from_utf8(reason.to_vec()).expect("§5.5.1"))
                    });
                    self.our_close = Some(body.clone());
                    self.sent.push_back(Told::Close(body));
                }
                9 => self.sent.push_back(Told::Ping(frame.payload)),
                10 => self.sent.push_back(Told::Pong(frame.payload)),
                _ => {}
            }
        }
    }

    /// Takes so many bytes of what `from` has sent.
    fn receive(&mut self, from: &mut Self, len: usize, piece: usize) {
        let mut bytes: Vec<u8> = from.out.drain(..len.min(from.out.len())).collect();
        // What is long comes in larger pieces, so that it takes no time.
        let piece = piece.max(bytes.len() / 200).max(1);
        for piece in bytes.chunks_mut(piece) {
            let mut input = piece;
            while let Some(told) = self.next(&mut input) {
                let Some(told) = told else { continue };
                assert_eq!(Some(told), from.sent.pop_front(), "in order and whole");
            }
            assert!(input.is_empty(), "all that is given is taken");
        }
        let (begin, before) = (from.out.len(), from.sent.len());
        from.connection.answer_waiting_ping(&mut from.out);
        from.wrote(begin);
        from.answered(before, begin);
        // §5.5.2: a Pong waits no longer than the output is long.
        assert!(from.has_ended() || from.out.len() > 4096 || from.pings.is_empty(), "a Ping has no Pong");
        from.check();
        self.check();
    }

    /// The next thing that is told; `Some(None)` after a part of a message.
    fn next(&mut self, input: &mut &mut [u8]) -> Option<Option<Told>> {
        let (begin, had_ended, had_closed) = (self.out.len(), self.has_ended(), self.our_close.is_some());
        let told = match self.connection.receive(input, &mut self.out) {
            Ok(Some(Event::Data(chunk))) => {
                let (_, bytes) = self.part.get_or_insert((chunk.kind, Vec::new()));
                bytes.extend_from_slice(chunk.payload);
                let whole = if chunk.ends { self.part.take() } else { None };
                Some(whole.map(|(kind, bytes)| Told::Message(kind, bytes)))
            }
            Ok(Some(Event::Ping(payload))) => {
                self.pings.push(payload.into());
                Some(Some(Told::Ping(payload.into())))
            }
            Ok(Some(Event::Pong(payload))) => Some(Some(Told::Pong(payload.into()))),
            Ok(Some(Event::Close(frame))) => {
                Some(Some(Told::Close(frame.map(|frame| (frame.code.to_u16(), frame.reason.into())))))
            }
            Ok(Some(other)) => panic!("{other:?}"),
            Ok(None) => None,
            Err(error) => {
                assert_eq!(Some(error), self.fault, "what is sent is legal");
                None
            }
        };
        let before = self.sent.len();
        self.wrote(begin);
        self.answered(before, begin);
        assert!(told.is_none() || !had_ended, "{told:?} after the end");
        if let Some(Some(Told::Close(body))) = &told {
            // §5.5.1: it is answered with the same, unless ours was sent.
            assert!(had_closed || self.our_close.as_ref() == Some(body));
            self.their_close = Some(body.clone());
        }
        told
    }

    /// §5.5.3: each Pong since then, when so much waited to be written, is for a Ping that came; and those before it need none.
    fn answered(&mut self, since: usize, output: usize) {
        for told in self.sent.range(since..) {
            if let Told::Pong(payload) = told {
                // §10.4: a peer that pings and does not read costs no more than that.
                assert!(output <= 4096, "a Pong was added to {output} bytes");
                let at = self.pings.iter().rposition(|ping| ping == payload).expect("it answers a Ping");
                self.pings.drain(..=at);
            }
        }
    }

    /// State, status and what is to become of the transport follow from what has happened (§7.1).
    fn check(&self) {
        let side = self.connection.side();
        let (state, transport) = match (&self.fault, &self.their_close, &self.our_close) {
            _ if self.is_lost => (State::Lost, Transport::HangUp),
            (Some(_), _, _) => (State::Failed, Transport::HangUp),
            // §7.1.1: the server hangs up first.
            (_, Some(_), _) if side == Side::Client => (State::Closed, Transport::AwaitPeer),
            (_, Some(_), _) => (State::Closed, Transport::HangUp),
            (_, _, Some(_)) => (State::Closing, Transport::KeepOpen),
            _ => (State::Open, Transport::KeepOpen),
        };
        assert_eq!((self.connection.state(), self.connection.transport()), (state, transport));
    }

    /// §7.1.5: the Close that the other has written, or 1006.
    fn agrees_with(&self, other: &Self) {
        let expected = match &self.their_close {
            Some(body) => {
                assert_eq!(other.our_close.as_ref(), Some(body));
                body.as_ref().map_or(1005, |(code, _)| *code)
            }
            None => {
                assert!(self.fault.is_some() || self.is_lost, "it has ended");
                1006
            }
        };
        assert_eq!(self.connection.close_status().map(|status| status.to_u16()), Some(expected));
        let told_all =
            self.their_close.is_none() || other.sent.iter().all(|told| matches!(told, Told::Pong(_)));
        assert!(told_all, "all that was sent before the Close was told: {:?}", other.sent);
    }
}

impl Content {
    fn take(self) -> (DataKind, Vec<u8>) {
        match self {
            Self::Text(text) => (DataKind::Text, text.into_bytes()),
            Self::Binary(bytes) => (DataKind::Binary, bytes),
            Self::Long(len) => (DataKind::Binary, vec![len as u8; len.into()]),
        }
    }
}

fn data(kind: DataKind, bytes: &[u8]) -> Data<'_> {
    match kind {
        DataKind::Text => Data::Text(std::str::from_utf8(bytes).expect("it was a string")),
        DataKind::Binary => Data::Binary(bytes),
    }
}
