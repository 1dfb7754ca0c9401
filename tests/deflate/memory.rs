//! The memory of compressors and decompressors: made on first use, and given back by policy, without a message lost
//! (RFC 7692 §7.1.1). Sizes are counted by the allocator, and time is virtual.

use std::time::Duration;

use crate::deflate_common::blocks::fixed;
use crate::deflate_common::*;
use crate::pair::*;
use rfc6455::deflate::{Compress, Deflate, Memory, Pool};
use rfc6455::protocol::{CloseCode, Role, Transport};
use rfc6455::session::{
    Config, Deadline, Keepalive, Message, PreparedMessage, Received, Session, SessionError,
};

const IDLE: Duration = Duration::from_secs(60);

/// What the engines of a connection take together at least; less is what else there is.
const ENGINES: isize = 100_000;

/// What is kept of the peer's messages, and small things.
const HISTORY: isize = 40_000;

/// Sends `text` from one end to the other, which has to get it.
#[track_caller]
fn deliver(from: &mut End, to: &mut End, now: Duration, message: &str) {
    from.send(message);
    let bytes = from.take_out();
    assert!(to.take_in(&bytes, now) == [text(message)]);
}

#[track_caller]
fn exchange(pair: &mut Pair, message: &str) {
    let Pair { client, server, now } = pair;
    deliver(client, server, *now, message);
    deliver(server, client, *now, message);
}

/// What `session` has on the heap, found out by dropping it.
fn heap_of(end: End) -> isize {
    let ((), freed) = crate::heap::kept(|| drop(end));
    -freed
}

/// As a loop would: ticks whenever there is something to do, and counts how often that was, until there is nothing more.
fn tick_until(end: &mut End, now: &mut Duration, until: Duration) -> usize {
    let mut count = 0;
    while let Some(deadline) = end.session.deadline().filter(|deadline| *deadline <= until) {
        *now = deadline.max(*now);
        assert_eq!(end.tick(*now), None);
        count += 1;
        assert!(count < 100, "it goes on for ever at {now:?}");
    }
    *now = until;
    count
}

#[test]
fn an_agreement_alone_costs_next_to_nothing() {
    for settings in [always(), kept_for(IDLE), Deflate::shared(Pool::new(1))] {
        let agreement = agreement(&settings);
        let (session, bytes) = crate::heap::kept(|| {
            Session::new(Role::Server, &Config::default(), Duration::ZERO).with_deflate(&agreement)
        });
        assert!(bytes < 1000, "{bytes}");
        drop(session);
    }
}

#[test]
fn each_direction_is_made_on_its_first_use() {
    let mut pair = deflate_pair(&always(), &always());
    let message = json(100, 1);
    let ((), after_plain) = crate::heap::kept(|| {
        pair.client.session.send_with("plain", Compress::Never, &mut pair.client.out).unwrap();
        let bytes = pair.client.take_out();
        pair.server.take_in(&bytes, Duration::ZERO);
    });
    assert!(after_plain < 1000, "{after_plain}");
    pair.client.send(&message);
    let bytes = pair.client.take_out();
    let ((), decompressor) = crate::heap::kept(|| drop(pair.server.take_in(&bytes, Duration::ZERO)));
    assert!((20_000..ENGINES).contains(&decompressor), "{decompressor}");
    let ((), compressor) = crate::heap::kept(|| drop((pair.server.send(&message), pair.server.take_out())));
    assert!(compressor > ENGINES, "{compressor}");
    let ((), second) = crate::heap::kept(|| drop((pair.server.send(&message), pair.server.take_out())));
    assert!(second < 1000, "{second}");
}

#[test]
fn a_small_window_costs_less() {
    let cost = |bits: u8| {
        let settings = settings(|deflate| {
            (deflate.outgoing, deflate.incoming) = (context(bits, true), context(bits, true));
            deflate.threshold = 0;
        });
        let mut pair = deflate_pair(&settings, &settings);
        exchange(&mut pair, &json(40_000, 1));
        exchange(&mut pair, "");
        heap_of(pair.server)
    };
    let costs: Vec<isize> = (9..=15).map(cost).collect();
    assert!(costs.is_sorted_by(|small, large| small < large), "{costs:?}");
}

#[test]
fn kept_means_kept() {
    let mut pair = deflate_pair(&always(), &always());
    exchange(&mut pair, &json(1000, 1));
    assert_eq!(pair.server.session.deadline(), None);
    assert_eq!(pair.server.tick(Duration::MAX), None);
    assert!(heap_of(pair.server) > ENGINES);
}

#[test]
fn idle_memory_is_given_back_in_time_and_not_a_nanosecond_earlier() {
    let mut pair = deflate_pair(&kept_for(IDLE), &kept_for(IDLE));
    assert_eq!(pair.server.session.deadline(), None, "nothing was used");
    pair.now = 5 * SECOND;
    exchange(&mut pair, &json(1000, 1));
    assert_eq!(tick_until(&mut pair.server, &mut pair.now, 5 * SECOND), 1, "one look at the clock");
    assert_eq!(pair.server.session.deadline(), Some(5 * SECOND + IDLE));
    let Pair { server, .. } = &mut pair;
    assert_eq!(crate::heap::kept(|| server.tick(5 * SECOND + IDLE - TICK)), (None, 0));
    let (error, given_back) = crate::heap::kept(|| server.tick(5 * SECOND + IDLE));
    assert_eq!(error, None);
    assert!(given_back < -ENGINES, "{given_back}");
    assert_eq!(server.session.deadline(), None);
    assert!(heap_of(pair.server) < HISTORY);
}

#[test]
fn each_use_begins_the_wait_anew() {
    let mut pair = deflate_pair(&kept_for(IDLE), &kept_for(IDLE));
    let mut now = Duration::ZERO;
    for round in 1..20_u32 {
        // In turn only received, only sent.
        let Pair { client, server, .. } = &mut pair;
        match round % 2 {
            0 => deliver(client, server, now, "Hello, Hello"),
            _ => deliver(server, client, now, "Hello, Hello"),
        }
        let count = tick_until(server, &mut now, round * (IDLE - SECOND));
        assert_eq!(count, 1, "only a look at the clock");
        assert_eq!(server.session.deadline(), Some((round - 1) * (IDLE - SECOND) + IDLE));
    }
    assert!(heap_of(pair.server) > ENGINES);
}

#[test]
fn messages_before_and_after_are_one_context_for_the_peer() {
    // A release at either end, or at both, after each message or now and then, also over a long history.
    for (client, server) in
        [(kept_for(IDLE), always()), (always(), kept_for(IDLE)), (kept_for(IDLE), kept_for(IDLE))]
    {
        let mut pair = deflate_pair(&client, &server);
        for round in 0..60 {
            let message = json(if round % 7 == 0 { 20_000 } else { 300 }, round % 4);
            exchange(&mut pair, &message);
            if round % 3 != 0 {
                let until = pair.now + 2 * IDLE;
                for end in [&mut pair.client, &mut pair.server] {
                    tick_until(end, &mut pair.now.clone(), until);
                    assert_eq!(end.session.deadline(), None);
                }
                pair.now = until;
            }
        }
    }
}

#[test]
fn after_a_release_the_next_message_refers_to_none_before() {
    let mut pair = deflate_pair(&kept_for(IDLE), &kept_for(IDLE));
    let message = json(500, 1);
    let mut lens = Vec::new();
    for release in [false, false, true, false] {
        if release {
            let until = pair.now + 2 * IDLE;
            tick_until(&mut pair.server, &mut pair.now, until);
        }
        pair.server.send(&message);
        lens.push(pair.server.out.len());
        assert_eq!(pair.reach_client(), [text(&message)]);
    }
    assert_eq!((lens[0], lens[1]), (lens[2], lens[3]));
    assert!(lens[1] < 30, "{lens:?}");
}

#[test]
fn inside_a_message_nothing_that_it_needs_is_given_back() {
    let mut pair = deflate_pair(&kept_for(IDLE), &kept_for(IDLE));
    let message = json(3000, 1);
    let End { session, out, .. } = &mut pair.client;
    session.send(&message, out).unwrap();
    session.start(&message[..1000], out).unwrap();
    let (mut told, mut now) = (pair.reach_server(), Duration::ZERO);
    for end in [&mut pair.client, &mut pair.server] {
        let mut now = Duration::ZERO;
        let count = tick_until(end, &mut now, 10 * IDLE);
        assert!(count <= 12, "it waits for the end without a hurry: {count}");
    }
    let End { session, out, .. } = &mut pair.client;
    session.append(&message[1000..2000], out).unwrap();
    pair.now = 10 * IDLE;
    told.extend(pair.reach_server());
    tick_until(&mut pair.server, &mut now, 20 * IDLE);
    // The compressor may have gone: then the rest refers to nothing, which is right, too.
    let End { session, out, .. } = &mut pair.client;
    session.finish(&message[2000..], out).unwrap();
    session.send(&message, out).unwrap();
    pair.now = 20 * IDLE;
    told.extend(pair.reach_server());
    assert!(told == vec![text(&message); 3]);
    let mut now = pair.now;
    tick_until(&mut pair.server, &mut now, 30 * IDLE);
    assert_eq!(pair.server.session.deadline(), None);
    assert!(heap_of(pair.server) < HISTORY);
}

#[test]
fn inside_a_frame_and_between_parts_nothing_is_given_back() {
    let mut pair = deflate_pair(&kept_for(IDLE), &kept_for(IDLE));
    let message = json(100_000, 1);
    pair.client.send(&message);
    let mut bytes = pair.client.take_out();
    let (mut part, mut all) = (Message::new(), String::new());
    let End { session, out, .. } = &mut pair.server;
    let mut now = Duration::ZERO;
    for read in bytes.chunks_mut(500) {
        let mut input = read;
        while let Some(received) = session.receive_part(&mut input, &mut part, now, out).unwrap() {
            assert!(matches!(received, Received::Part | Received::Message));
            all.push_str(part.as_text().unwrap());
            now += 2 * IDLE;
            session.tick(now, out).unwrap();
            now += 2 * IDLE;
            session.tick(now, out).unwrap();
        }
    }
    assert!(all == message);
}

#[test]
fn no_time_at_all_gives_back_at_the_next_look() {
    for idle in [Duration::ZERO, TICK, Duration::MAX] {
        let mut pair = deflate_pair(&kept_for(idle), &kept_for(idle));
        for round in 0..10 {
            exchange(&mut pair, &json(200, round));
            for end in [&mut pair.client, &mut pair.server] {
                let mut now = Duration::ZERO;
                let count = tick_until(end, &mut now, SECOND);
                assert!(count <= 2, "{count}");
            }
        }
    }
}

#[test]
fn other_deadlines_go_on_as_they_were() {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(20 * SECOND, 10 * SECOND));
    let mut pair = deflate_pair_with(&kept_for(IDLE), &kept_for(IDLE), &config);
    exchange(&mut pair, "Hello");
    assert_eq!(pair.server.tick(Duration::ZERO), None);
    assert_eq!(pair.server.session.deadline(), Some(20 * SECOND));
    pair.now = 20 * SECOND;
    assert_eq!(pair.server.tick(pair.now), None);
    assert!(matches!(pair.reach_client()[..], [Told::Ping(_)]));
    assert!(matches!(pair.reach_server()[..], [Told::Pong(_)]));
    pair.now = 40 * SECOND;
    assert_eq!(pair.server.tick(pair.now), None);
    assert!(matches!(pair.reach_client()[..], [Told::Ping(_)]));
    pair.reach_server();
    let Pair { server, .. } = &mut pair;
    let (error, given_back) = crate::heap::kept(|| server.tick(60 * SECOND));
    assert_eq!(error, None);
    assert!(given_back < -ENGINES + 1000, "it is time for both: {given_back}");
    assert_eq!(server.out[0], 0x89);
}

fn shared(pool: &Pool) -> Deflate {
    let mut settings = Deflate::shared(pool.clone());
    settings.threshold = 0;
    settings
}

/// How many compressors and decompressors wait in it.
fn idle(pool: &Pool) -> (usize, usize) {
    let shown = format!("{pool:?}");
    let number = |field: &str| {
        let rest = &shown[shown.find(field).expect("it is shown") + field.len()..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect("a number")
    };
    (number(" compressors: "), number("decompressors: "))
}

#[test]
fn ten_thousand_sessions_cost_about_one_compressor() {
    let pool = Pool::new(1);
    let (at_client, at_server) = agreed(&shared(&pool), &shared(&pool));
    let message = json(1000, 1);
    let session = |role| Session::new(role, &Config::default(), Duration::ZERO);
    let mut client = with_deflate(End::client(Config::default()), &at_client);
    let mut sessions = Vec::with_capacity(10_000);
    let (mut received, mut out) = (Message::new(), Vec::with_capacity(10_000));
    let ((), cost) = crate::heap::kept(|| {
        for _ in 0..10_000 {
            let mut server = session(Role::Server).with_deflate(&at_server);
            client.send(&message);
            let mut bytes = client.take_out();
            let told = server.receive(&mut &mut bytes[..], &mut received, Duration::ZERO, &mut out);
            assert_eq!(told, Ok(Some(Received::Message)));
            server.send(&received, &mut out).unwrap();
            out.clear();
            sessions.push(server);
        }
    });
    let each = (cost - 2 * ENGINES) / 10_000;
    assert!(each < 1000, "{each} bytes for each");
    assert_eq!(idle(&pool), (1, 1));
}

#[test]
fn what_a_message_took_is_back_in_the_pool_behind_it() {
    let pool = Pool::new(4);
    assert_eq!((&pool, Deflate::shared(pool.clone()).memory), (&pool.clone(), Memory::Shared(pool.clone())));
    assert_ne!(pool, Pool::new(4), "it is another one, be it as large");
    let mut pair = deflate_pair(&shared(&pool), &shared(&pool));
    assert_eq!(idle(&pool), (0, 0));
    for _ in 0..5 {
        exchange(&mut pair, &json(1000, 1));
        assert_eq!(idle(&pool), (1, 1), "the same each time");
    }
    // Inside a message they are in use, and behind it back.
    let End { session, out, .. } = &mut pair.client;
    session.start(&json(100, 1), out).unwrap();
    assert_eq!(idle(&pool), (0, 1));
    let first = pair.client.take_out();
    pair.server.take_in(&first, Duration::ZERO);
    assert_eq!(idle(&pool), (0, 0));
    let End { session, out, .. } = &mut pair.client;
    session.finish("", out).unwrap();
    assert_eq!(idle(&pool), (1, 0));
    let last = pair.client.take_out();
    assert_eq!(pair.server.take_in(&last, Duration::ZERO), [text(&json(100, 1))]);
    assert_eq!(idle(&pool), (1, 1));
}

#[test]
fn a_pool_holds_no_more_than_it_may() {
    for most in 0..3 {
        let pool = Pool::new(most);
        let mut pairs: Vec<Pair> = (0..4).map(|_| deflate_pair(&shared(&pool), &shared(&pool))).collect();
        for pair in &mut pairs {
            pair.client.session.start("a", &mut pair.client.out).unwrap();
            pair.reach_server();
        }
        for pair in &mut pairs {
            pair.client.session.finish("b", &mut pair.client.out).unwrap();
            assert_eq!(pair.reach_server(), [text("ab")]);
        }
        assert_eq!(idle(&pool), (most, most));
    }
}

#[test]
fn after_an_error_or_a_drop_the_pool_is_as_good_as_before() {
    let pool = Pool::new(2);
    let mut pair = deflate_pair(&shared(&pool), &shared(&pool));
    exchange(&mut pair, &json(500, 1));
    for bad in [vec![0xff, 0xff], fixed("no end").bytes()[..4].to_vec(), vec![]] {
        let mut failing = deflate_pair(&shared(&pool), &shared(&pool));
        let told = failing.server.take_in(&client_frame(0xc1, &bad), Duration::ZERO);
        assert!(matches!(told[..], [Told::Failed(_)]));
        // A message that is over before its end, at both ends.
        let mut cut = deflate_pair(&shared(&pool), &shared(&pool));
        cut.client.session.start("never ", &mut cut.client.out).unwrap();
        cut.reach_server();
        drop((failing, cut));
        exchange(&mut pair, &json(500, 1));
        exchange(&mut pair, "Hello");
    }
}

#[test]
fn one_pool_serves_windows_and_levels_of_all_kinds() {
    let pool = Pool::new(3);
    let mut pairs = Vec::new();
    for bits in 8..=15 {
        for takeover in [true, false] {
            let mut settings = shared(&pool);
            settings.outgoing = context(bits, true);
            settings.incoming = context(bits, takeover);
            settings.level = rfc6455::deflate::Level::new(bits - 7).unwrap();
            // Against a peer that takes its context over, if it may.
            let mut peer = always();
            peer.outgoing.window_bits = window(bits);
            pairs.push(deflate_pair(&peer, &settings));
            pairs.push(deflate_pair(&settings, &settings));
        }
    }
    for round in 0..4 {
        for pair in &mut pairs {
            exchange(pair, &json(700, round));
        }
    }
    // One after the other, they need one decompressor, which fits all; a compressor is made for a window and a level.
    assert_eq!(idle(&pool), (3, 1));
}

#[test]
fn of_a_peer_that_takes_its_context_over_only_its_window_is_kept() {
    let pool = Pool::new(1);
    let mut server = shared(&pool);
    server.incoming.takeover = true;
    let mut pair = deflate_pair(&always(), &server);
    for round in 0..100 {
        exchange(&mut pair, &json(1000, round));
    }
    pair.client.send(&json(1000, 99));
    assert!(pair.client.out.len() < 40, "it refers back");
    assert_eq!(pair.reach_server(), [text(&json(1000, 99))]);
    assert_eq!(idle(&pool), (1, 1));
    let bytes = heap_of(pair.server);
    assert!((32_768..HISTORY).contains(&bytes), "{bytes}");
}

#[test]
fn threads_share_a_pool() {
    let pool = Pool::new(2);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let pool = &pool;
            scope.spawn(move || {
                let mut pair = deflate_pair(&shared(pool), &shared(pool));
                (0..50).for_each(|round| exchange(&mut pair, &json(200, 100 * thread + round)));
            });
        }
    });
    let (compressors, decompressors) = idle(&pool);
    assert!((1..=2).contains(&compressors) && (1..=2).contains(&decompressors));
}

#[test]
fn a_prepared_message_takes_from_the_pool_and_gives_back() {
    let pool = Pool::new(1);
    let mut pair = deflate_pair(&shared(&pool), &shared(&pool));
    let message = json(2000, 1);
    for _ in 0..3 {
        let prepared = PreparedMessage::compressed(&message, &shared(&pool));
        assert_eq!(idle(&pool).0, 1);
        pair.server.session.send_prepared(&prepared, &mut pair.server.out).unwrap();
        assert_eq!(pair.reach_client(), [text(&message)]);
        exchange(&mut pair, &message);
    }
    assert!(matches!(shared(&pool).memory, Memory::Shared(_)));
}

#[test]
fn to_look_at_memory_while_a_connection_closes_ends_nothing_early() {
    let mut config = Config::default();
    config.close_timeout = 3 * IDLE;
    for by_peer in [false, true] {
        let mut pair = deflate_pair(&kept_for(IDLE), &kept_for(IDLE));
        let agreement = agreement(&kept_for(IDLE));
        pair.client.session = Session::new(client_role(), &config, Duration::ZERO).with_deflate(&agreement);
        exchange(&mut pair, &json(1000, 1));
        let End { session, out, .. } = &mut pair.client;
        session.start_close(CloseCode::NORMAL, "", Duration::ZERO, out).unwrap();
        let transport = if by_peer {
            pair.reach_server();
            pair.reach_client();
            Transport::AwaitPeer
        } else {
            Transport::KeepOpen
        };
        let mut now = Duration::ZERO;
        let count = tick_until(&mut pair.client, &mut now, 3 * IDLE - SECOND);
        assert!(count > 0, "memory was looked at");
        assert_eq!(
            (pair.client.session.transport(), pair.client.session.deadline()),
            (transport, Some(3 * IDLE))
        );
        let result = pair.client.tick(3 * IDLE);
        assert_eq!(result, (!by_peer).then_some(SessionError::Timeout(Deadline::Close)));
        assert_eq!(pair.client.session.transport(), Transport::HangUp);
    }
}

#[test]
fn room_for_a_large_message_is_given_back_behind_it() {
    let mut noise = Noise::new(3);
    let large: String = (0..1_000_000).map(|_| char::from(b' ' + noise.below(90) as u8)).collect();
    let mut shared = Deflate::shared(Pool::new(1));
    shared.threshold = 1;
    for (settings, bound) in [(always(), 500_000), (always_alone(), 500_000), (shared, 100_000)] {
        let mut pair = deflate_pair(&settings, &settings);
        pair.server.send(&large);
        pair.server.take_out();
        let kept = heap_of(pair.server);
        assert!(kept < bound, "{kept}");
    }
}
