//! A session receives any bytes at any times, and the application does anything: what is due happens when it is due and at
//! no other time, what has ended says so and stays so, and the session comes to its end by its deadlines alone. What it
//! sends is legal; nothing but Pongs follows its Close.

use std::time::Duration;

use arbitrary::Arbitrary;
use rfc6455::protocol::{CloseCode, MaskKeys, Role, SendError, Side, State, Transport};
use rfc6455::session::{Config, Keepalive, Message, Received, Session, SessionError};

use super::deadlines::{Deadlines, Due};
use super::wire::{self, Follower, Frame};

#[derive(Arbitrary, Debug)]
struct Input {
    is_client: bool,
    settings: Settings,
    actions: Vec<Action>,
}

/// Times in units of 10 ms; none is zero.
#[derive(Arbitrary, Debug)]
struct Settings {
    keepalive: Option<(u8, u8)>,
    idle: Option<u8>,
    close: u8,
    limit: u16,
}

#[derive(Arbitrary, Debug)]
enum Action {
    Receive(Vec<u8>),
    /// A frame, masked as it has to be; of these first bytes.
    Frame(u8, Vec<u8>),
    /// The Pong to the last Ping.
    Answer,
    InParts(bool),
    Wait(u16),
    WaitForDeadline,
    Text(String),
    Binary(Vec<u8>),
    Start(String),
    Append(String),
    Finish(String),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16, String),
    CloseWithoutCode,
    /// Writes so much of what waits.
    Flush(u16),
    Eof,
}

/// Of messages, their fragments, and control frames.
const FIRST_BYTES: [u8; 9] = [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a];

pub fn run(data: &[u8]) {
    super::taken_apart(data, check);
}

fn check(input: Input) {
    let mut end = End::new(&input);
    for action in input.actions {
        end.act(action);
        end.check();
    }
    end.come_to_the_end();
}

struct End {
    session: Session,
    deadlines: Deadlines,
    follower: Follower,
    limit: usize,
    out: Vec<u8>,
    message: Message,
    /// What has come of a message that is told in parts.
    parts: usize,
    in_parts: bool,
    now: Duration,
    /// The payload of the last Ping that was sent.
    last_ping: Vec<u8>,
    is_begun: bool,
    has_closed: bool,
    their_close: bool,
    failed: Option<SessionError>,
    is_lost: bool,
}

impl End {
    fn new(input: &Input) -> Self {
        let time = |units: u8| Duration::from_millis(10 * (u64::from(units) + 1));
        let Settings { keepalive, idle, close, limit } = input.settings;
        let mut config = Config::default();
        config.limits.message = limit.into();
        config.keepalive = keepalive.map(|(interval, timeout)| Keepalive::new(time(interval), time(timeout)));
        config.idle_timeout = idle.map(time);
        config.close_timeout = time(close);
        let keys = || {
            let filled = MaskKeys::from_source(|bytes| {
                bytes.fill(7);
                Ok(())
            });
            filled.expect("it has keys")
        };
        let role = if input.is_client { Role::Client(keys()) } else { Role::Server };
        Self {
            session: Session::new(role, &config, Duration::ZERO),
            deadlines: Deadlines::new(&config, Duration::ZERO),
            follower: Follower::default(),
            limit: limit.into(),
            out: Vec::new(),
            message: Message::new(),
            parts: 0,
            in_parts: false,
            now: Duration::ZERO,
            last_ping: Vec::new(),
            is_begun: false,
            has_closed: false,
            their_close: false,
            failed: None,
            is_lost: false,
        }
    }

    fn act(&mut self, action: Action) {
        let now = self.now;
        let (ready, goes_on) = (self.may_send() && !self.is_begun, self.may_send() && self.is_begun);
        match action {
            Action::Receive(bytes) => self.receive(bytes),
            Action::Frame(first, payload) => {
                self.frame(FIRST_BYTES[usize::from(first) % FIRST_BYTES.len()], &payload);
            }
            Action::Answer => self.frame(0x8a, &self.last_ping.clone()),
            Action::InParts(in_parts) => self.in_parts = in_parts,
            Action::Wait(millis) => self.wait(Duration::from_millis(millis.into())),
            Action::WaitForDeadline => {
                let left = self.session.deadline().map(|deadline| deadline.saturating_sub(now));
                self.wait(left.unwrap_or_default());
            }
            Action::Text(text) => self.call(ready, |session, out| session.send(&text, out)),
            Action::Binary(bytes) => self.call(ready, |session, out| session.send(&bytes, out)),
            Action::Start(text) => {
                self.call(ready, |session, out| session.start(&text, out));
                self.is_begun |= ready;
            }
            Action::Append(text) => self.call(goes_on, |session, out| session.append(&text, out)),
            Action::Finish(text) => {
                self.call(goes_on, |session, out| session.finish(&text, out));
                self.is_begun &= !goes_on;
            }
            Action::Ping(payload) => {
                let may = self.may_send() && payload.len() <= 125;
                self.call(may, |session, out| session.ping(&payload, out));
                if may {
                    self.deadlines.application_pinged(&payload);
                }
            }
            Action::Pong(payload) => {
                let may = self.may_send() && payload.len() <= 125;
                self.call(may, |session, out| session.pong(&payload, out));
            }
            Action::Close(code, reason) => {
                let Ok(code) = CloseCode::new(code) else { return };
                let is_ours = code != CloseCode::MANDATORY_EXTENSION || self.session.side() == Side::Client;
                let may = self.may_send() && reason.len() <= 123 && is_ours;
                self.call(may, |session, out| session.start_close(code, &reason, now, out));
            }
            Action::CloseWithoutCode => {
                self.call(self.may_send(), |session, out| session.start_close_without_code(now, out));
            }
            Action::Flush(len) => self.flush(len.into()),
            Action::Eof => self.end_of_transport(),
        }
    }

    fn may_send(&self) -> bool {
        !self.has_closed && !self.has_ended()
    }

    /// Nothing more is told.
    fn has_ended(&self) -> bool {
        self.their_close || self.failed.is_some() || self.is_lost
    }

    /// A call that sends: it is refused when it has to be, and has written nothing then.
    fn call(&mut self, may: bool, act: impl FnOnce(&mut Session, &mut Vec<u8>) -> Result<(), SendError>) {
        let from = self.out.len();
        let result = act(&mut self.session, &mut self.out);
        assert_eq!((result.is_ok(), self.out.len() > from), (may, may), "{result:?}");
        self.wrote(from);
    }

    fn frame(&mut self, first: u8, payload: &[u8]) {
        let key = (self.session.side() == Side::Server).then_some([1, 2, 3, 4]);
        self.receive(wire::frame(first, key, payload));
    }

    fn receive(&mut self, mut bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.deadlines.bytes_came(self.follower.has_data(&bytes), self.now);
        }
        let mut input = &mut bytes[..];
        loop {
            let (from, had_ended) = (self.out.len(), self.has_ended());
            let Self { session, message, out, now, in_parts, .. } = self;
            let received = if *in_parts {
                session.receive_part(&mut input, message, *now, out)
            } else {
                session.receive(&mut input, message, *now, out)
            };
            match received {
                Ok(None) => {
                    self.wrote(from);
                    return assert!(input.is_empty(), "all that is given is taken");
                }
                Ok(Some(told)) => {
                    assert!(!had_ended, "{told:?} after the end");
                    match told {
                        Received::Message => {
                            assert!(self.parts + self.message.len() <= self.limit, "it is within its limit");
                            self.parts = 0;
                        }
                        Received::Part => self.parts += self.message.len(),
                        Received::Pong(payload) => self.deadlines.pong_came(payload),
                        Received::Close(_) => {
                            self.deadlines.close_came(self.now);
                            self.wrote(from);
                            self.their_close = true;
                            continue;
                        }
                        _ => {}
                    }
                    self.wrote(from);
                }
                Err(error) => return self.fail(error, from),
            }
        }
    }

    fn fail(&mut self, error: SessionError, from: usize) {
        let had_closed = self.has_closed;
        let written = self.wrote(from);
        if let Some(failed) = self.failed {
            return assert!(error == failed && written.is_empty(), "it repeats its error");
        }
        // §7.1.7: the peer is told, unless our Close was sent.
        let closes: Vec<&Frame> = written.iter().filter(|frame| frame.opcode == 8).collect();
        assert_eq!(closes.len(), usize::from(!had_closed), "{error:?} {written:?}");
        if let (SessionError::Protocol(fault), [close]) = (error, &closes[..]) {
            assert!(close.payload.starts_with(&fault.close_code().to_u16().to_be_bytes()));
        }
        self.failed = Some(error);
        self.deadlines.end();
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        let due = self.deadlines.due(self.now);
        let from = self.out.len();
        let result = self.session.tick(self.now, &mut self.out);
        match (due, result) {
            (Due::Fail(any), Err(error @ SessionError::Timeout(deadline))) if any.contains(&deadline) => {
                self.fail(error, from);
            }
            (Due::Nothing, Err(error)) => {
                assert_eq!(self.failed, Some(error));
                assert!(matches!(error, SessionError::Timeout(_)) && self.out.len() == from);
            }
            (Due::Nothing, Ok(())) => assert_eq!(self.out.len(), from, "nothing is due"),
            (Due::Ping, Ok(())) => {
                let written = self.wrote(from);
                let [Frame { opcode: 9, payload, .. }] = &written[..] else { panic!("{written:?}") };
                self.deadlines.keepalive_sent(payload, self.now);
            }
            (Due::HangUp, Ok(())) => {
                assert_eq!((self.session.transport(), self.out.len()), (Transport::HangUp, from));
                self.deadlines.end();
            }
            other => panic!("{other:?}"),
        }
        assert!(self.session.deadline().is_none_or(|deadline| deadline > self.now), "time stands still");
    }

    /// What a call has written: whole frames, masked as they have to be, and nothing but Pongs after a Close (§5.5.1).
    fn wrote(&mut self, from: usize) -> Vec<Frame> {
        let frames = wire::frames(&self.out[from..]);
        for frame in &frames {
            assert!(!self.has_ended() && (!self.has_closed || frame.opcode == 10), "{frame:?} after the end");
            assert_eq!(frame.is_masked, self.session.side() == Side::Client, "§5.1");
            let is_control = frame.opcode >= 8;
            assert!(
                frame.rsv == 0 && !(is_control && (!frame.fin || frame.payload.len() > 125)),
                "{frame:?}"
            );
            if frame.opcode == 9 {
                self.last_ping.clone_from(&frame.payload);
            }
            if frame.opcode == 8 {
                self.has_closed = true;
                self.deadlines.close_sent(self.now);
            }
        }
        frames
    }

    fn flush(&mut self, len: usize) {
        self.out.drain(..len.min(self.out.len()));
        let from = self.out.len();
        self.session.answer_waiting_ping(&mut self.out);
        self.wrote(from);
    }

    fn end_of_transport(&mut self) {
        let result = self.session.receive_eof();
        match (result, self.failed) {
            (Err(error), Some(failed)) => assert_eq!(error, failed),
            (Ok(()), None) => assert!(self.their_close),
            (Err(SessionError::Truncated(_)), None) => {
                assert!(!self.their_close);
                self.is_lost = true;
                self.deadlines.end();
            }
            other => panic!("{other:?}"),
        }
    }

    /// What holds at any time.
    fn check(&self) {
        let state = match self.failed {
            Some(_) => State::Failed,
            None if self.is_lost => State::Lost,
            None if self.their_close => State::Closed,
            None if self.has_closed => State::Closing,
            None => State::Open,
        };
        assert_eq!(self.session.state(), state);
        assert_eq!(self.session.close_status().is_some(), self.has_ended());
        assert_eq!(self.session.deadline(), self.deadlines.next());
    }

    /// §7.1.1: once the application closes, it ends within two deadlines, whatever the peer does.
    fn come_to_the_end(&mut self) {
        self.act(Action::CloseWithoutCode);
        for _ in 0..2 {
            self.act(Action::WaitForDeadline);
            self.check();
        }
        assert_eq!((self.session.transport(), self.session.deadline()), (Transport::HangUp, None));
        self.frame(0x81, b"late");
        self.act(Action::Eof);
        self.check();
    }
}
