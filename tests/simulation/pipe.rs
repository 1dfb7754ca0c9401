//! One direction of a transport: bytes come in order or not at all, but when and in which pieces is anybody's guess.

use std::collections::VecDeque;
use std::time::Duration;

use crate::rng::Rng;

/// How a direction behaves.
#[derive(Clone, Debug)]
pub(crate) struct PipePlan {
    /// Bytes that it holds: when they are not read, nothing more is taken.
    pub(crate) capacity: usize,
    /// The longest way of a byte.
    pub(crate) latency: usize,
    /// The longest piece in which bytes come.
    pub(crate) piece: usize,
    /// From when to when nothing comes.
    pub(crate) stall: Option<(Duration, Duration)>,
    pub(crate) loss: Option<(Duration, Loss)>,
}

/// How a transport is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The reader is told.
    Eof,
    /// Nobody is told.
    Silence,
}

/// What a look at it gives.
#[derive(Debug)]
pub(crate) enum Read {
    Nothing,
    Bytes(Vec<u8>),
    Eof,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    plan: PipePlan,
    rng: Rng,
    pieces: VecDeque<(Duration, Vec<u8>)>,
    held: usize,
    last_arrival: Duration,
    eof: Option<Duration>,
    /// Nobody reads any more: what is written is gone.
    is_abandoned: bool,
}

impl Pipe {
    pub(crate) fn new(plan: PipePlan, rng: Rng) -> Self {
        let eof = plan.loss.and_then(|(at, loss)| (loss == Loss::Eof).then_some(at));
        Self {
            plan,
            rng,
            pieces: VecDeque::new(),
            held: 0,
            last_arrival: Duration::ZERO,
            eof,
            is_abandoned: false,
        }
    }

    /// Takes some of `bytes`, and tells how many.
    pub(crate) fn write(&mut self, bytes: &[u8], now: Duration) -> usize {
        if self.is_abandoned || self.eof.is_some_and(|at| at <= now) {
            return bytes.len();
        }
        let taken = bytes.len().min(self.plan.capacity.saturating_sub(self.held));
        let mut rest = &bytes[..taken];
        while !rest.is_empty() {
            let piece = self.rng.between(1, self.plan.piece).min(rest.len());
            let at = self.arrival(now);
            self.pieces.push_back((at, rest[..piece].to_vec()));
            rest = &rest[piece..];
        }
        self.held += taken;
        taken
    }

    /// When what is written now comes: never before what was written earlier.
    fn arrival(&mut self, now: Duration) -> Duration {
        let at = (now + self.rng.wait(self.plan.latency)).max(self.last_arrival);
        let stalled_until = self.plan.stall.filter(|(from, to)| (*from..*to).contains(&at));
        self.last_arrival = stalled_until.map_or(at, |(_, to)| to);
        self.last_arrival
    }

    /// Up to so many bytes of what has come.
    pub(crate) fn read(&mut self, most: usize, now: Duration) -> Read {
        if self.next_arrival().is_some_and(|at| at <= now) {
            let Some((at, mut piece)) = self.pieces.pop_front() else { return Read::Eof };
            if piece.len() > most {
                self.pieces.push_front((at, piece.split_off(most)));
            }
            self.held -= piece.len();
            return Read::Bytes(piece);
        }
        Read::Nothing
    }

    /// When the next bytes come, or the end.
    pub(crate) fn next_arrival(&self) -> Option<Duration> {
        let lost = self.plan.loss.map(|(at, _)| at);
        let front = self.pieces.front().map(|(at, _)| *at);
        match (front, lost) {
            (Some(front), Some(lost)) if front > lost => self.eof,
            (Some(front), _) => Some(front),
            (None, _) => self.eof,
        }
    }

    /// The writer hangs up: the end comes after what was written.
    pub(crate) fn finish(&mut self, now: Duration) {
        let at = self.arrival(now);
        match self.plan.loss {
            Some((lost, _)) if lost < at => {}
            _ => self.eof = Some(at),
        }
    }

    /// The reader hangs up.
    pub(crate) fn abandon(&mut self) {
        self.is_abandoned = true;
        (self.held, self.pieces) = (0, VecDeque::new());
    }
}
