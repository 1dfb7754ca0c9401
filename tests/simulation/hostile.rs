//! In place of a session: somebody who writes what he likes, at the pace that he likes, and reads or does not.
//!
//! He begins with what is legal. Then he breaks one rule, or ends in another way; what comes after that is noise.

use std::time::Duration;

use rfc6455::protocol::{Limits, Side};
use rfc6455::session::Message;

use crate::log::{Log, Told};
use crate::peer::Around;
use crate::pipe::{Pipe, Read};
use crate::plan::Plan;
use crate::rng::Rng;
use crate::trace::note;
use crate::wire::{self, BINARY, BINARY_START, CLOSE, LAST, NEXT, PING, PONG, RSV1, TEXT, TEXT_START};

pub(crate) struct Hostile {
    side: Side,
    script: Vec<u8>,
    written: usize,
    at: Duration,
    pace: usize,
    piece: usize,
    reads: bool,
    end: End,
    is_done: bool,
    rng: Rng,
}

/// What he does after all is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    HangsUp,
    WaitsForTheEnd,
}

impl Hostile {
    /// He knows the limits of the other end, and whether it takes compressed messages.
    pub(crate) fn new(side: Side, plan: &Plan, log: &mut Log, rng: &mut Rng) -> Self {
        let other = if side == Side::Client { 1 } else { 0 };
        let (limits, compresses) = (plan.ends[other].config.limits, plan.compresses());
        let mut rng = rng.fork();
        let mut script = Script {
            side,
            limits,
            compresses,
            is_fine: plan.is_fine,
            log,
            rng: rng.fork(),
            bytes: Vec::new(),
        };
        script.write();
        let mut script = script.bytes;
        if rng.chance(20) {
            script.truncate(rng.below(script.len() + 1));
        }
        Self {
            side,
            script,
            written: 0,
            at: Duration::ZERO,
            pace: rng.pick(&[0, 0, 1, 50]),
            piece: if plan.is_fine { rng.pick(&[1, 20]) } else { rng.pick(&[1000, 100_000]) },
            reads: rng.chance(60),
            end: rng.pick(&[End::HangsUp, End::WaitsForTheEnd]),
            is_done: false,
            rng,
        }
    }

    pub(crate) fn step(&mut self, around: &mut Around<'_>) -> bool {
        if self.is_done {
            return false;
        }
        let mut moved = false;
        if self.at <= around.now && self.written < self.script.len() {
            let piece = self.piece.min(self.script.len() - self.written);
            let rest = &self.script[self.written..self.written + piece];
            let len = around.outward.write(rest, around.now);
            note!(around.trace, around.now, self.side, "writes {len} bytes");
            self.written += len;
            self.at = around.now + self.rng.wait(self.pace);
            moved |= len > 0;
        }
        let mut is_over = self.written == self.script.len() && self.end == End::HangsUp;
        while self.reads || self.written == self.script.len() {
            match around.inward.read(usize::MAX, around.now) {
                Read::Nothing => break,
                Read::Bytes(_) => moved = true,
                Read::Eof => {
                    is_over = true;
                    break;
                }
            }
        }
        if is_over {
            note!(around.trace, around.now, self.side, "hangs up");
            around.outward.finish(around.now);
            around.inward.abandon();
            self.is_done = true;
        }
        moved | is_over
    }

    pub(crate) fn wakes_at(&self, inward: &Pipe, now: Duration) -> Option<Duration> {
        let is_blocked = self.at <= now || self.written == self.script.len();
        let reads = self.reads || self.written == self.script.len();
        let arrival = if reads { inward.next_arrival() } else { None };
        [arrival, (!is_blocked).then_some(self.at)].into_iter().flatten().min().filter(|_| !self.is_done)
    }
}

struct Script<'l> {
    side: Side,
    limits: Limits,
    compresses: bool,
    is_fine: bool,
    log: &'l mut Log,
    rng: Rng,
    bytes: Vec<u8>,
}

impl Script<'_> {
    fn write(&mut self) {
        for _ in 0..self.rng.pick(&[0, 2, if self.is_fine { 3 } else { 10 }]) {
            self.legal();
        }
        match self.rng.below(10) {
            0 => self.close(),
            1 => return,
            _ => self.fault(),
        }
        // Noise, which nobody is to read.
        let len = self.rng.below(300);
        let noise = self.rng.bytes(len);
        self.bytes.extend(noise);
        self.frame(TEXT, b"after the end");
        self.frame(PING, b"after the end");
    }

    fn key(&mut self) -> Option<[u8; 4]> {
        (self.side == Side::Client).then(|| (self.rng.next() as u32).to_be_bytes())
    }

    fn frame(&mut self, first: u8, payload: &[u8]) {
        let key = self.key();
        self.bytes.extend(wire::frame(first, key, payload));
    }

    fn log(&mut self, told: Told) {
        self.log.push(self.bytes.len() as u64, told);
    }

    fn legal(&mut self) {
        let len = self.rng.pick(&[0, 1, 125, 126, 1000]);
        let len = len.min(self.limits.message.min(self.limits.frame) as usize);
        let (text, bytes) = (self.rng.text(len), self.rng.bytes(len));
        let control = bytes[..len.min(125)].to_vec();
        let many = if self.is_fine { 30 } else { 300 };
        match self.rng.below(8) {
            0 => {
                self.frame(TEXT, text.as_bytes());
                self.log(Told::Message(Message::Text(text)));
            }
            1 => {
                self.frame(BINARY, &bytes);
                self.log(Told::Message(Message::Binary(bytes)));
            }
            2 => self.text_cut_inside_characters(&text),
            3 => self.pong(&control),
            4 => self.ping(&control),
            5 => (0..self.rng.below(many)).for_each(|_| self.ping(&control)),
            6 => (0..self.rng.below(many)).for_each(|_| self.pong(b"")),
            _ => self.tiny_fragments(),
        }
    }

    fn ping(&mut self, payload: &[u8]) {
        self.frame(PING, payload);
        self.log(Told::Ping(payload.into()));
    }

    fn pong(&mut self, payload: &[u8]) {
        self.frame(PONG, payload);
        self.log(Told::Pong(payload.into()));
    }

    /// Fragments need not end where characters end (§5.6), and control frames come between them (§5.4).
    fn text_cut_inside_characters(&mut self, text: &str) {
        let cut = self.rng.below(text.len() + 1);
        let (first, rest) = text.as_bytes().split_at(cut);
        self.frame(TEXT_START, first);
        self.ping(b"between");
        self.frame(LAST, rest);
        self.log(Told::Message(Message::from(text)));
    }

    /// As many as a message of no bytes may have in any case: 256 (§10.4).
    fn tiny_fragments(&mut self) {
        self.frame(BINARY_START, b"");
        for _ in 0..self.rng.below(254) {
            self.frame(NEXT, b"");
        }
        self.frame(LAST, b"");
        self.log(Told::Message(Message::new()));
    }

    fn close(&mut self) {
        let body = self.rng.chance(70).then(|| {
            let code = self.rng.pick(&[1000, 1003, 1010, 1014, 3000, 4999]);
            let len = self.rng.pick(&[0, 9, 123]);
            (code, self.rng.text(len))
        });
        self.frame(CLOSE, &wire::close_body(body.as_ref()));
        self.log(Told::Close(body));
    }

    /// A rule is broken, and it is known which code that asks for (§7.4.1).
    fn fault(&mut self) {
        let code = match self.rng.below(4) {
            0 => self.illegal_header(),
            1 => self.illegal_place(),
            2 => self.illegal_content(),
            _ => self.too_much(),
        };
        self.log(Told::Fault(code));
    }

    /// §5.1, §5.2, §5.5.
    fn illegal_header(&mut self) -> u16 {
        let other_key = if self.side == Side::Client { None } else { Some([1, 2, 3, 4]) };
        let mask_bit = if self.side == Side::Client { 0x80 } else { 0 };
        let bytes = match self.rng.below(8) {
            0 => vec![0x80 | self.rng.pick(&[3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), mask_bit],
            1 => vec![TEXT | self.rng.pick(&[0x10, 0x20, 0x30, 0x70]), mask_bit],
            2 => vec![PING | self.rng.pick(&[0x10, 0x20, RSV1]), mask_bit],
            3 => wire::frame(self.rng.pick(&[TEXT, BINARY, PING, CLOSE]), other_key, b""),
            4 => vec![self.rng.pick(&[PING, PONG, CLOSE]) & 0x0f, mask_bit],
            5 => vec![self.rng.pick(&[PING, PONG, CLOSE]), mask_bit | 126, 0, 126],
            6 => [&[BINARY, mask_bit | 126, 0, 125][..], &[0; 4]].concat(),
            _ => [&[BINARY, mask_bit | 127][..], &[0x80, 0, 0, 0, 0, 0, 0, 0]].concat(),
        };
        self.bytes.extend(bytes);
        // What is wrong may be known only once the key is there.
        self.bytes.extend([0; 4]);
        1002
    }

    /// §5.4: a continuation of nothing, and a message inside another.
    fn illegal_place(&mut self) -> u16 {
        if self.rng.chance(50) {
            let first = self.rng.pick(&[NEXT, LAST]);
            self.frame(first, b"");
        } else {
            self.begin(b"");
            let first = self.rng.pick(&[TEXT, BINARY_START]);
            self.frame(first, b"");
        }
        1002
    }

    /// The start of a binary message that has no end.
    fn begin(&mut self, payload: &[u8]) {
        self.frame(BINARY_START, payload);
        let at = self.bytes.len() as u64;
        self.log.content(at, rfc6455::protocol::DataKind::Binary, payload);
    }

    /// §5.5.1, §7.4, §8.1, RFC 7692 §7.2.2.
    fn illegal_content(&mut self) -> u16 {
        match self.rng.below(5) {
            0 => {
                self.frame(CLOSE, &[3]);
                1002
            }
            1 => {
                let code: u16 = self.rng.pick(&[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535]);
                self.frame(CLOSE, &code.to_be_bytes());
                1002
            }
            2 => {
                self.frame(CLOSE, b"\x03\xe8\xff");
                1007
            }
            3 if self.compresses => {
                // A block of the type that does not exist.
                self.frame(BINARY | RSV1, &[0x06, 0]);
                1007
            }
            _ => {
                let wrong: &[u8] =
                    self.rng.pick(&[b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90", b"\xe2\x82"]);
                self.frame(TEXT, wrong);
                1007
            }
        }
    }

    /// §10.4: what the limits forbid is known from its header, or from what fragments add up to.
    fn too_much(&mut self) -> u16 {
        let Limits { frame, message, .. } = self.limits;
        match self.rng.below(3) {
            0 => {
                let most = frame.min(message);
                let claim = self.rng.pick(&[most + 1, most + 1, 1 << 40, (1 << 63) - 1]);
                let key = self.key();
                self.bytes.extend(wire::header(BINARY, key, claim));
                1009
            }
            1 => {
                let some = vec![1; 1 + (message.min(frame) / 2) as usize];
                self.begin(&some);
                let mut whole = some.clone();
                while whole.len() as u64 <= message {
                    whole.extend_from_slice(&some);
                    self.frame(NEXT, &some);
                    if whole.len() as u64 <= message {
                        let at = self.bytes.len() as u64;
                        self.log.content(at, rfc6455::protocol::DataKind::Binary, &whole);
                    }
                }
                1009
            }
            _ => {
                self.begin(b"");
                let fragments = (message + (64 << 10)) / 256;
                (0..fragments).for_each(|_| self.frame(NEXT, b""));
                1008
            }
        }
    }
}
