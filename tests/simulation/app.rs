//! What an application does: anything that it may, now and then something that it may not, and in the end it closes.

use std::time::Duration;

#[cfg(feature = "deflate")]
use rfc6455::deflate::{Compress, Deflate};
use rfc6455::protocol::{CloseCode, Data, DataKind, SendError, Side};
use rfc6455::session::{Message, PreparedMessage, Session};

use crate::invariants;
use crate::peer::{Around, Cause, Peer};
use crate::plan::EndPlan;
#[cfg(feature = "deflate")]
use crate::plan::window;
use crate::rng::Rng;
use crate::trace::note;

/// When it does something, and what it has begun.
pub(crate) struct App {
    rng: Rng,
    left: usize,
    at: Duration,
    close_at: Option<Duration>,
    begun: Option<Message>,
}

impl App {
    pub(crate) fn new(plan: &EndPlan, mut rng: Rng) -> Self {
        let at = rng.wait(plan.pace);
        Self { rng, left: plan.actions, at, close_at: Some(plan.close_at), begun: None }
    }

    pub(crate) fn next(&self) -> Option<Duration> {
        [(self.left > 0).then_some(self.at), self.close_at].into_iter().flatten().min()
    }
}

impl Peer {
    /// What the application does now; whether that is anything.
    pub(crate) fn act(&mut self, around: &mut Around<'_>) -> bool {
        let mut acted = false;
        while self.app.left > 0 && self.app.at <= around.now {
            self.app.left -= 1;
            self.app.at += self.app.rng.wait(self.plan.pace);
            self.act_once(around);
            acted = true;
        }
        if self.app.close_at.is_some_and(|at| at <= around.now) {
            self.app.close_at = None;
            self.close(around);
            acted = true;
        }
        acted
    }

    /// Sends a message back, as soon as it comes.
    pub(crate) fn echo(&mut self, message: &Message, around: &mut Around<'_>) {
        let is_longest = message.len() > 4 * self.plan.content;
        if self.app.left > 0 && self.app.rng.chance(self.plan.echoes) && self.has_room() && !is_longest {
            self.app.left -= 1;
            self.send(message.clone(), around);
        }
    }

    fn has_room(&self) -> bool {
        self.out.len() <= self.plan.backlog
    }

    fn act_once(&mut self, around: &mut Around<'_>) {
        if self.app.rng.chance(self.plan.pings) {
            return self.ping(around);
        }
        let most = self.app.rng.below(150);
        match self.app.rng.below(100) {
            0..45 if self.has_room() => {
                let message = self.content();
                self.send(message, around);
            }
            45..75 if self.has_room() => self.fragment(around),
            75..85 => self.ping(around),
            85..88 => self.pong(around),
            88..91 => (0..most).for_each(|_| self.ping(around)),
            91..94 if self.has_room() => self.flood_fragments(most, around),
            94..96 => self.misuse(around),
            96 => self.close(around),
            _ => {}
        }
    }

    fn content(&mut self) -> Message {
        let App { rng, .. } = &mut self.app;
        let most = self.plan.content;
        let len = rng.below(most + 1);
        let len = rng.pick(&[0, 1, len, len, len, most]);
        match rng.below(4) {
            0 => Message::Binary(rng.bytes(len)),
            // Of the same source each time: what comes later refers to what came before, where compression may.
            3 => {
                let from = rng.below(100);
                Message::Binary(Rng::new(1).bytes(from + len).split_off(from))
            }
            1 => Message::Binary(vec![7; len]),
            _ => Message::Text(rng.text(len)),
        }
    }

    /// Makes a call that sends, and checks that it was refused when it had to be.
    fn try_to(
        &mut self,
        may: bool,
        act: impl FnOnce(&mut Session, &mut Vec<u8>) -> Result<(), SendError>,
        around: &mut Around<'_>,
    ) -> bool {
        let from = self.out.len();
        let result = self.call(act);
        invariants::refused_calls_write_nothing(result, may, self.out.len() - from);
        self.wrote(from, Cause::Application, around);
        may
    }

    fn send(&mut self, message: Message, around: &mut Around<'_>) {
        note!(around.trace, around.now, self.side, "sends {} bytes", message.len());
        let may = self.may_send() && self.app.begun.is_none();
        let way = self.app.rng.below(6);
        let side = self.side;
        let sent = match way {
            0 => {
                let prepared = prepared(&message, &mut self.app.rng);
                self.try_to(may, |session, out| session.send_prepared(&prepared, out), around)
            }
            1 => {
                let mut payload = message.as_bytes().to_vec();
                let write = |session: &mut Session, out: &mut Vec<u8>| {
                    write_vectored(session, side, &message, &mut payload, out)
                };
                self.try_to(may, write, around)
            }
            #[cfg(feature = "deflate")]
            2 => {
                let compress = self.app.rng.pick(&[Compress::Always, Compress::Never]);
                self.try_to(may, |session, out| session.send_with(&message, compress, out), around)
            }
            _ => self.try_to(may, |session, out| session.send(&message, out), around),
        };
        if sent {
            around.ours.message(self.place(), message);
        }
    }

    /// Begins a message, goes on with it, or ends it.
    fn fragment(&mut self, around: &mut Around<'_>) {
        let content = self.content();
        let longest = 2 * self.plan.content;
        match &self.app.begun {
            None => self.start(&content, around),
            Some(begun) if begun.len() <= longest && self.app.rng.chance(60) => self.append(&content, around),
            Some(_) => self.finish(&content, around),
        }
    }

    fn start(&mut self, content: &Message, around: &mut Around<'_>) {
        let may = self.may_send() && self.app.begun.is_none();
        #[cfg(feature = "deflate")]
        let compress = self.app.rng.pick(&[None, Some(Compress::Always), Some(Compress::Never)]);
        let start = |session: &mut Session, out: &mut Vec<u8>| {
            #[cfg(feature = "deflate")]
            if let Some(compress) = compress {
                return session.start_with(content, compress, out);
            }
            session.start(content, out)
        };
        if self.try_to(may, start, around) {
            around.ours.content(self.place(), content.kind(), content.as_bytes());
            self.app.begun = Some(content.clone());
        }
    }

    /// Whether the message that was begun, if any is, may go on with this.
    fn may_go_on(&self, content: &Message) -> bool {
        let is_same = self.app.begun.as_ref().is_some_and(|begun| begun.kind() == content.kind());
        self.may_send() && is_same
    }

    fn append(&mut self, content: &Message, around: &mut Around<'_>) {
        let may = self.may_go_on(content);
        if self.try_to(may, |session, out| session.append(content, out), around)
            && let Some(begun) = self.app.begun.take()
        {
            let begun = joined(begun, content);
            around.ours.content(self.place(), begun.kind(), begun.as_bytes());
            self.app.begun = Some(begun);
        }
    }

    fn finish(&mut self, content: &Message, around: &mut Around<'_>) {
        let may = self.may_go_on(content);
        if self.try_to(may, |session, out| session.finish(content, out), around)
            && let Some(begun) = self.app.begun.take()
        {
            around.ours.message(self.place(), joined(begun, content));
        }
    }

    /// A message in as many fragments as possible: each has a byte or none.
    fn flood_fragments(&mut self, fragments: usize, around: &mut Around<'_>) {
        if self.app.begun.is_some() || !self.may_send() {
            return;
        }
        // Ends that take what is sent get no more of it than they take.
        let many = if self.plan.is_modest { fragments.min(100) } else { 3 * fragments };
        self.start(&Message::from("a"), around);
        for fragment in 0..many {
            let tiny = if fragment % 2 == 0 { "" } else { "b" };
            self.append(&Message::from(tiny), around);
        }
        self.finish(&Message::from(""), around);
    }

    fn ping(&mut self, around: &mut Around<'_>) {
        let payload = {
            let len = self.app.rng.pick(&[0, 4, 125, 126]);
            self.app.rng.bytes(len)
        };
        let may = self.may_send() && payload.len() <= 125;
        if self.try_to(may, |session, out| session.ping(&payload, out), around) {
            self.deadlines.application_pinged(&payload);
        }
    }

    fn pong(&mut self, around: &mut Around<'_>) {
        let payload = {
            let len = self.app.rng.pick(&[0, 8, 125, 126]);
            self.app.rng.bytes(len)
        };
        let may = self.may_send() && payload.len() <= 125;
        self.try_to(may, |session, out| session.pong(&payload, out), around);
    }

    fn close(&mut self, around: &mut Around<'_>) {
        let now = around.now;
        let may = self.may_send();
        if self.app.rng.chance(20) {
            self.try_to(may, |session, out| session.start_close_without_code(now, out), around);
            return;
        }
        let code = {
            let own = 3000 + self.app.rng.below(2000) as u16;
            self.app.rng.pick(&[1000, 1001, 1009, 1011, own])
        };
        let code = CloseCode::new(code).expect("it may be sent");
        let reason = {
            let len = self.app.rng.pick(&[0, 4, 123]);
            self.app.rng.text(len)
        };
        self.try_to(may, |session, out| session.start_close(code, &reason, now, out), around);
    }

    /// Calls that are refused, whatever the state.
    fn misuse(&mut self, around: &mut Around<'_>) {
        let now = around.now;
        let long = "r".repeat(124);
        self.try_to(false, |session, out| session.start_close(CloseCode::NORMAL, &long, now, out), around);
        if self.side == Side::Server {
            let client_only = CloseCode::MANDATORY_EXTENSION;
            self.try_to(false, |session, out| session.start_close(client_only, "", now, out), around);
        }
        match self.app.begun.as_ref().map(Message::kind) {
            None => self.try_to(false, |session, out| session.append("x", out), around),
            Some(DataKind::Text) => self.try_to(false, |session, out| session.finish(b"x", out), around),
            Some(DataKind::Binary) => self.try_to(false, |session, out| session.append("x", out), around),
        };
    }
}

fn joined(message: Message, more: &Message) -> Message {
    match (message, more) {
        (Message::Text(text), Message::Text(more)) => Message::Text(text + more),
        (message, more) => Message::Binary([message.as_bytes(), more.as_bytes()].concat()),
    }
}

fn prepared(message: &Message, rng: &mut Rng) -> PreparedMessage {
    #[cfg(feature = "deflate")]
    if rng.chance(70) {
        // It goes compressed to those whose window is as large.
        let mut settings = Deflate::default();
        settings.threshold = 0;
        settings.outgoing.window_bits = window(rng);
        return PreparedMessage::compressed(message, &settings);
    }
    let _ = rng;
    PreparedMessage::new(message)
}

/// As an adapter that writes header and payload from where they are.
fn write_vectored(
    session: &mut Session,
    side: Side,
    message: &Message,
    payload: &mut [u8],
    out: &mut Vec<u8>,
) -> Result<(), SendError> {
    let header = match side {
        Side::Server => session.header_for(Data::from(message))?,
        Side::Client => session.mask_in_place(message.kind(), payload)?,
    };
    out.extend_from_slice(&header);
    out.extend_from_slice(payload);
    Ok(())
}
