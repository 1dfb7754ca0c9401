//! What a run is made of: drawn from its seed, before anything happens.

use std::time::Duration;

#[cfg(feature = "deflate")]
use rfc6455::deflate::{Context, Deflate, Level, Memory, WindowBits};
use rfc6455::protocol::Side;
use rfc6455::session::{Config, Keepalive};

use crate::pipe::{Loss, PipePlan};
use crate::rng::Rng;

/// The kinds of runs. Each has other chances of what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A transport that loses nothing, and deadlines that nobody misses: it has to end in order.
    Sound,
    /// Anything may happen to the transport, and the ends may stop to read.
    Rough,
    /// As `Rough`, and one end is no session but somebody who writes what he likes.
    Hostile,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    /// Bytes come one by one, or nearly, and there are few of them.
    pub(crate) is_fine: bool,
    /// Who is no session.
    pub(crate) hostile: Option<Side>,
    /// The client's and the server's.
    pub(crate) ends: [EndPlan; 2],
    /// What the client writes, and what the server writes.
    pub(crate) pipes: [PipePlan; 2],
    #[cfg(feature = "deflate")]
    pub(crate) deflate: Option<[Deflate; 2]>,
}

#[derive(Clone, Debug)]
pub(crate) struct EndPlan {
    pub(crate) config: Config,
    /// Bytes that are read at a time.
    pub(crate) read: usize,
    /// How often the next part is asked for, and not the next message: percent.
    pub(crate) parts: usize,
    /// No message is begun while more than so many bytes wait to be written.
    pub(crate) backlog: usize,
    /// The longest message and fragment to send.
    pub(crate) content: usize,
    /// Nothing is sent that the other end does not take.
    pub(crate) is_modest: bool,
    pub(crate) actions: usize,
    /// The longest time between two actions, in milliseconds.
    pub(crate) pace: usize,
    /// How many of the actions are pings: percent, of what is not another thing.
    pub(crate) pings: usize,
    /// How often a message is echoed at once: percent.
    pub(crate) echoes: usize,
    pub(crate) close_at: Duration,
    /// When nothing is read.
    pub(crate) pause: Option<(Duration, Duration)>,
}

impl EndPlan {
    pub(crate) fn is_paused(&self, now: Duration) -> Option<Duration> {
        self.pause.filter(|(from, to)| (*from..*to).contains(&now)).map(|(_, to)| to)
    }
}

impl Plan {
    pub(crate) fn new(kind: Kind, rng: &mut Rng) -> Self {
        let hostile = (kind == Kind::Hostile).then(|| rng.pick(&[Side::Client, Side::Server]));
        #[cfg(feature = "deflate")]
        let deflate = rng.chance(50).then(|| {
            let shared = shared();
            [settings(rng, &shared), settings(rng, &shared)]
        });
        let is_fine = rng.chance(30);
        let mut ends = [end(kind, is_fine, rng), end(kind, is_fine, rng)];
        if kind == Kind::Sound {
            // Each sends what the other takes.
            let limits = ends.iter().map(|end| end.config.limits.message.min(end.config.limits.frame));
            let takes = usize::try_from(limits.min().unwrap_or_default()).expect("it is small");
            ends.iter_mut().for_each(|end| end.content = end.content.min(takes / 4));
        }
        #[cfg(feature = "deflate")]
        if deflate.is_some() {
            // What a frame of a compressed message stands for is known at its end alone.
            ends.iter_mut().for_each(|end| end.config.limits.frame = end.config.limits.message);
        }
        let mut pipes = pipes(kind, is_fine, rng);
        if kind == Kind::Rough && rng.chance(15) {
            stop_reading(&mut ends, &mut pipes, rng);
        }
        Self {
            kind,
            is_fine,
            hostile,
            ends,
            pipes,
            #[cfg(feature = "deflate")]
            deflate,
        }
    }

    pub(crate) fn compresses(&self) -> bool {
        #[cfg(feature = "deflate")]
        return self.deflate.is_some();
        #[cfg(not(feature = "deflate"))]
        false
    }

    /// By when each run has ended: the last application closes, waits for the peer's Close, for it to hang up, and for what it
    /// has written to be taken; and a byte is on its way for so long.
    pub(crate) fn ends_by(&self) -> Duration {
        let last = |end: &EndPlan| end.close_at + 3 * end.config.close_timeout;
        let way = |pipe: &PipePlan| {
            let stalled = pipe.stall.map(|(_, to)| to).unwrap_or_default();
            stalled + Duration::from_millis(pipe.latency as u64)
        };
        let ends = self.ends.iter().map(last).max().unwrap_or_default();
        ends + self.pipes.iter().map(way).sum::<Duration>() + Duration::from_secs(2)
    }
}

fn end(kind: Kind, is_fine: bool, rng: &mut Rng) -> EndPlan {
    let mut config = Config::default();
    config.limits.message =
        if is_fine { rng.pick(&[200, 1000]) } else { rng.pick(&[200, 1000, 5000, 70_000]) };
    config.limits.frame = rng.pick(&[config.limits.message, config.limits.message, 150, 2000]);
    let patience = if kind == Kind::Sound { 600_000 } else { rng.pick(&[20, 200, 2000]) };
    if rng.chance(60) {
        // A virtual minute is enough for whatever waits before the Ping.
        let timeout = rng.millis(1, patience).max(Duration::from_millis(patience as u64 / 2));
        config.keepalive = Some(Keepalive::new(rng.millis(10, 400), timeout));
    }
    if kind != Kind::Sound && rng.chance(40) {
        config.idle_timeout = Some(rng.millis(1, 1000));
    }
    config.close_timeout = rng.millis(patience / 2, patience);
    let close_at = rng.millis(0, rng.clone().pick(&[5, 300, 2000]));
    let pause_from = rng.millis(0, 500);
    let paused = kind != Kind::Sound && rng.chance(25);
    EndPlan {
        config,
        read: if is_fine { rng.pick(&[1, 7, 64]) } else { rng.pick(&[300, 1000, 16_384]) },
        parts: rng.pick(&[0, 0, 50, 100]),
        backlog: rng.pick(&[0, 1000, 10_000, 100_000]),
        content: if is_fine { rng.pick(&[10, 130]) } else { rng.pick(&[10, 130, 600, 3000, 20_000, 66_000]) },
        is_modest: kind == Kind::Sound,
        actions: rng.pick(&[0, 3, 20, if is_fine { 10 } else { 60 }]),
        pace: rng.pick(&[0, 1, 30, 400]),
        pings: rng.pick(&[0, 0, 50]),
        echoes: rng.pick(&[0, 0, 30]),
        close_at,
        pause: paused.then(|| (pause_from, pause_from + rng.millis(1, 1500))),
    }
}

/// One end stops to read for a while, but pings; the other has more to write than can be on its way, so that Pongs wait (§5.5.3).
fn stop_reading([first, other]: &mut [EndPlan; 2], pipes: &mut [PipePlan; 2], rng: &mut Rng) {
    let from = rng.millis(0, 50);
    first.pause = Some((from, from + rng.millis(300, 1000)));
    first.config.keepalive = Some(Keepalive::new(rng.millis(10, 200), Duration::from_secs(2)));
    first.config.idle_timeout = None;
    (first.actions, first.pace, first.pings) = (40, 60, 70);
    (other.actions, other.pace, other.content, other.backlog) = (40, 20, 3000, 10_000);
    for end in [first, other] {
        (end.close_at, end.config.close_timeout) = (rng.millis(1500, 2500), Duration::from_secs(2));
        (end.config.limits.message, end.config.limits.frame) = (70_000, 70_000);
    }
    pipes[1].capacity = rng.pick(&[1000, 3000]);
    pipes.iter_mut().for_each(|pipe| (pipe.loss, pipe.latency) = (None, 10));
}

fn pipes(kind: Kind, is_fine: bool, rng: &mut Rng) -> [PipePlan; 2] {
    let rough = kind != Kind::Sound;
    let loss = (rough && rng.chance(35)).then(|| (rng.millis(0, 800), rng.pick(&[Loss::Eof, Loss::Silence])));
    // Most losses are of both directions.
    let both = rng.chance(70);
    let mut pipe = |is_lost: bool| {
        let from = rng.millis(0, 500);
        PipePlan {
            capacity: if is_fine { rng.pick(&[1, 100, 3000]) } else { rng.pick(&[3000, 65_536, 1 << 20]) },
            latency: rng.pick(&[0, 1, 10, if rough { 300 } else { 30 }]),
            piece: if is_fine { rng.pick(&[1, 3, 200]) } else { rng.pick(&[200, 1460, 70_000]) },
            stall: (rough && rng.chance(25)).then(|| (from, from + rng.millis(1, 700))),
            loss: loss.filter(|_| is_lost),
        }
    };
    [pipe(true), pipe(both)]
}

#[cfg(feature = "deflate")]
pub(crate) fn window(rng: &mut Rng) -> WindowBits {
    WindowBits::new(rng.pick(&[8, 9, 12, 15, 15])).expect("it is 8 to 15")
}

/// The memory of both ends together.
#[cfg(all(feature = "deflate", feature = "std"))]
fn shared() -> Memory {
    Memory::Shared(rfc6455::deflate::Pool::new(1))
}

/// Without `std` there are no pools.
#[cfg(all(feature = "deflate", not(feature = "std")))]
fn shared() -> Memory {
    Memory::Kept
}

#[cfg(feature = "deflate")]
fn settings(rng: &mut Rng, shared: &Memory) -> Deflate {
    let mut context = || Context { window_bits: window(rng), takeover: rng.chance(60) };
    let mut deflate = Deflate::default();
    (deflate.outgoing, deflate.incoming) = (context(), context());
    deflate.level = Level::new(rng.between(0, 9) as u8).expect("it is 0 to 9");
    deflate.threshold = rng.pick(&[0, 0, 64, usize::MAX]);
    deflate.require_incoming = false;
    deflate.memory = match rng.below(4) {
        0 => shared.clone(),
        1 => Memory::KeptFor(rng.wait(50)),
        _ => Memory::Kept,
    };
    deflate
}
