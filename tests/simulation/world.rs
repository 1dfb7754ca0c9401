//! Two ends, a pipe in each direction, and a clock that goes on when nothing moves any more.

use std::time::Duration;

use rfc6455::protocol::Side;

use crate::hostile::Hostile;
use crate::invariants;
use crate::log::Log;
use crate::peer::{Around, Peer};
use crate::pipe::Pipe;
use crate::plan::{Kind, Plan};
use crate::rng::Rng;
use crate::trace::Trace;

enum End {
    Session(Box<Peer>),
    Hostile(Hostile),
}

pub(crate) struct World {
    plan: Plan,
    now: Duration,
    /// The client and the server; the pipe that each writes to, and what it put there.
    ends: [End; 2],
    pipes: [Pipe; 2],
    logs: [Log; 2],
    trace: Trace,
}

impl End {
    fn step(&mut self, around: &mut Around<'_>) -> bool {
        match self {
            Self::Session(peer) => peer.step(around),
            Self::Hostile(hostile) => hostile.step(around),
        }
    }

    fn wakes_at(&self, inward: &Pipe, now: Duration) -> Option<Duration> {
        match self {
            Self::Session(peer) => peer.wakes_at(inward, now),
            Self::Hostile(hostile) => hostile.wakes_at(inward, now),
        }
    }

    /// Whether the run waits for it.
    fn is_done(&self) -> bool {
        match self {
            Self::Session(peer) => peer.is_done(),
            Self::Hostile(_) => true,
        }
    }

    fn session(&self) -> Option<&Peer> {
        match self {
            Self::Session(peer) => Some(peer),
            Self::Hostile(_) => None,
        }
    }
}

impl World {
    pub(crate) fn new(plan: &Plan, rng: &mut Rng, trace: Trace) -> Self {
        let [client, server] = &plan.ends;
        let mut logs = [Log::new(server.config.limits), Log::new(client.config.limits)];
        let pipes = plan.pipes.clone().map(|pipe| Pipe::new(pipe, rng.fork()));
        let mut ends = sessions(plan, rng).map(|peer| End::Session(Box::new(peer)));
        if let Some(side) = plan.hostile {
            let own = usize::from(side == Side::Server);
            let hostile = Hostile::new(side, plan, &mut logs[own], rng);
            ends[own] = End::Hostile(hostile);
        }
        Self { plan: plan.clone(), now: Duration::ZERO, ends, pipes, logs, trace }
    }

    /// Goes on until each session has ended; tells how and when.
    pub(crate) fn run(&mut self) -> (Vec<String>, Duration) {
        let ends_by = self.plan.ends_by();
        loop {
            while self.step() {}
            if self.ends.iter().all(End::is_done) {
                break;
            }
            let next = self.wakes_at();
            invariants::steps_make_progress(self.now, next);
            self.now = next.unwrap_or(self.now);
            invariants::it_ends_in_time(self.now, ends_by);
        }
        self.check_end();
        (self.ends.iter().filter_map(End::session).map(Peer::ending).collect(), self.now)
    }

    /// Each end takes a step; whether anything moved.
    fn step(&mut self) -> bool {
        let Self { ends: [client, server], pipes: [from_client, from_server], .. } = self;
        let [said_by_client, said_by_server] = &mut self.logs;
        let (now, trace) = (self.now, &mut self.trace);
        let mut moved = client.step(&mut Around {
            now,
            inward: from_server,
            outward: from_client,
            ours: said_by_client,
            theirs: said_by_server,
            trace,
        });
        moved |= server.step(&mut Around {
            now,
            inward: from_client,
            outward: from_server,
            ours: said_by_server,
            theirs: said_by_client,
            trace,
        });
        self.check_memory();
        moved
    }

    fn wakes_at(&self) -> Option<Duration> {
        let [client, server] = &self.ends;
        let [from_client, from_server] = &self.pipes;
        let wakes = [client.wakes_at(from_server, self.now), server.wakes_at(from_client, self.now)];
        wakes.into_iter().flatten().min()
    }

    /// Of both together, since they may share a pool.
    fn check_memory(&self) {
        let peers = self.ends.iter().filter_map(End::session);
        let (held, bound) = peers.fold((0, 0), |(held, bound), peer| {
            (held + peer.peak.max(peer.held), bound + peer.memory_bound())
        });
        invariants::memory_is_bounded(held, bound);
    }

    fn check_end(&self) {
        let histories = self.ends.each_ref().map(|end| end.session().map(Peer::history));
        if let [Some(client), Some(server)] = &histories {
            invariants::the_ends_agree(client, server);
            invariants::the_ends_agree(server, client);
            if self.plan.kind == Kind::Sound {
                let rest = self.logs.each_ref().map(|log| log.rest().collect::<Vec<_>>());
                invariants::a_sound_transport_ends_in_order(server, &rest[0]);
                invariants::a_sound_transport_ends_in_order(client, &rest[1]);
            }
        }
    }
}

fn sessions(plan: &Plan, rng: &mut Rng) -> [Peer; 2] {
    let [client, server] = &plan.ends;
    let peers = [Peer::new(Side::Client, client, rng), Peer::new(Side::Server, server, rng)];
    #[cfg(feature = "deflate")]
    if let Some([client, server]) = &plan.deflate {
        let accepted = server.accept(&client.offers()).expect("nothing is required");
        let agreed = client.agree(&[accepted.extension().clone()]).expect("it fits").expect("it is there");
        let [of_client, of_server] = peers;
        return [of_client.with_deflate(&agreed), of_server.with_deflate(&accepted)];
    }
    peers
}
