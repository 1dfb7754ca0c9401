//! What is compressed and what is not (RFC 7692 §6, §8): the threshold, what is said for one message, levels, and messages that
//! are prepared once for many.

use crate::common::naive::frame;
use crate::deflate_common::*;
use crate::pair::*;
use rfc6455::deflate::{Compress, Deflate, Level};
use rfc6455::session::{Config, Message, PreparedMessage};

/// Whether the one frame that was sent is compressed, and how long its payload is. It reaches the other end.
fn sent(pair: &mut Pair, by_client: bool, expected: &str) -> (bool, usize) {
    let out = if by_client { &pair.client.out } else { &pair.server.out };
    let (frame, rest) = frame(out).expect("there is a frame");
    assert!(rest.is_empty() && frame.rsv & 3 == 0);
    let told = if by_client { pair.reach_server() } else { pair.reach_client() };
    assert!(told == [text(expected)]);
    (frame.rsv == 4, frame.payload.len())
}

/// As [`sent`], for a text of the server's.
fn send(pair: &mut Pair, message: &str, compress: Option<Compress>) -> bool {
    let End { session, out, .. } = &mut pair.server;
    match compress {
        Some(compress) => session.send_with(message, compress, out).unwrap(),
        None => session.send(message, out).unwrap(),
    }
    sent(pair, false, message).0
}

/// Seventy letters of which compression makes more.
fn incompressible() -> String {
    let mut noise = Noise::new(1);
    let message: String = (0..70).map(|_| char::from(b'0' + noise.below(75) as u8)).collect();
    let payload = deflate(&mut agreement(&always()).compressor(), message.as_bytes());
    assert!(payload.len() > message.len());
    message
}

fn without_takeover(threshold: usize) -> Deflate {
    let mut settings = always_alone();
    settings.threshold = threshold;
    settings
}

#[test]
fn messages_from_the_threshold_on_are_compressed() {
    for settings in [settings(|deflate| deflate.threshold = 100), without_takeover(100), Deflate::default()] {
        let threshold = settings.threshold;
        let mut pair = deflate_pair(&settings, &settings);
        for _ in 0..2 {
            assert!(!send(&mut pair, &"a".repeat(threshold - 1), None));
            assert!(send(&mut pair, &"a".repeat(threshold), None));
            assert!(send(&mut pair, &"a".repeat(threshold + 1), None));
            assert!(!send(&mut pair, "", None));
        }
    }
    assert_eq!(Deflate::default().threshold, 64);
}

#[test]
fn with_a_threshold_of_zero_each_message_is_compressed_whatever_comes_of_it() {
    for settings in [always(), always_alone()] {
        let mut pair = deflate_pair(&settings, &settings);
        for message in ["", "a", "ab", "Hello", "{\"x\":17}"] {
            assert!(send(&mut pair, message, None), "{message}");
        }
    }
}

#[test]
fn the_largest_threshold_compresses_nothing() {
    let never = settings(|deflate| deflate.threshold = usize::MAX);
    let mut pair = deflate_pair(&never, &never);
    assert!(!send(&mut pair, &json(100_000, 1), None));
    assert!(send(&mut pair, "unless it is said", Some(Compress::Always)));
    let End { session, out, .. } = &mut pair.server;
    session.start(&json(1000, 1), out).unwrap();
    assert_eq!(out[0], 0x01, "nor what comes in fragments");
}

#[test]
fn what_would_not_be_shorter_is_sent_as_it_is_only_without_takeover() {
    let message = incompressible();
    let mut alone = deflate_pair(&without_takeover(10), &without_takeover(10));
    assert!(!send(&mut alone, &message, None));
    let settings = settings(|deflate| deflate.threshold = 10);
    let mut with_takeover = deflate_pair(&settings, &settings);
    assert!(send(&mut with_takeover, &message, None));
    // So that the next one may refer to it.
    with_takeover.server.send(&message);
    let (is_compressed, len) = sent(&mut with_takeover, false, &message);
    assert!(is_compressed && len < 20, "{len}");
    // A message that gets shorter by itself is compressed in either case.
    assert!(send(&mut alone, &"a".repeat(100), None));
}

#[test]
fn just_as_long_is_not_shorter() {
    let mut pair = deflate_pair(&without_takeover(1), &without_takeover(1));
    let mut alone = agreement(&without_takeover(0)).compressor();
    let mut seen = [false; 3];
    for len in 1..60 {
        for message in ["x".repeat(len), json(len, 1)] {
            let compressed = deflate(&mut alone, message.as_bytes()).len();
            assert_eq!(send(&mut pair, &message, None), compressed < message.len(), "{message}");
            seen[(compressed.cmp(&message.len()) as i8 + 1) as usize] = true;
        }
    }
    assert_eq!(seen, [true; 3]);
}

#[test]
fn one_message_can_be_kept_out_of_compression_or_forced_into_it() {
    for settings in [Deflate::default(), without_takeover(64), always()] {
        let mut pair = deflate_pair(&settings, &settings);
        let long = json(1000, 1);
        for message in ["", "short", &long] {
            assert!(send(&mut pair, message, Some(Compress::Always)));
            assert!(!send(&mut pair, message, Some(Compress::Never)));
        }
        // What was said holds for all fragments of one message, and for no other.
        for (compress, expected) in [(Compress::Always, 0x41), (Compress::Never, 0x01)] {
            let End { session, out, .. } = &mut pair.server;
            session.start_with("a", compress, out).unwrap();
            assert_eq!(out[0], expected);
            session.append(&long, out).unwrap();
            session.finish("b", out).unwrap();
            assert_eq!(pair.reach_client(), [text(&format!("a{long}b"))]);
            assert!(send(&mut pair, &long, None));
        }
    }
}

#[test]
fn a_secret_that_is_never_compressed_leaves_no_trace_in_what_is() {
    // §8: the length of what is sent next to it does not tell whether it was guessed.
    let len = |guess: &str| {
        let mut pair = deflate_pair(&always(), &always());
        send(&mut pair, "token=k3jx9qz71mfw", Some(Compress::Never));
        pair.server.send(guess);
        sent(&mut pair, false, guess).1
    };
    assert_eq!(len("token=k3jx9qz71mfw"), len("token=m4tw8yv62nhb"));
}

#[test]
fn without_an_agreement_nothing_is_compressed_whatever_is_said() {
    let mut pair = Pair::new(Config::default(), Config::default());
    let long = json(1000, 1);
    assert!(!send(&mut pair, &long, Some(Compress::Always)));
    let End { session, out, .. } = &mut pair.server;
    session.start_with(&long, Compress::Always, out).unwrap();
    session.finish("", out).unwrap();
    assert_eq!(out[0], 0x01);
    assert_eq!(pair.reach_client(), [text(&long)]);
}

#[test]
fn a_higher_level_makes_less_of_it() {
    let message = json(30_000, 1);
    let lens: Vec<usize> = [0, 1, 6, 9]
        .into_iter()
        .map(|level| {
            let settings = settings(|deflate| deflate.level = Level::new(level).unwrap());
            let mut pair = deflate_pair(&settings, &settings);
            pair.server.send(&message);
            let (is_compressed, len) = sent(&mut pair, false, &message);
            assert!(is_compressed);
            len
        })
        .collect();
    assert!(lens[0] > message.len() && lens.is_sorted_by(|less, more| less > more), "{lens:?}");
    assert_eq!((Level::FASTEST.get(), Level::default().get(), Level::BEST.get()), (1, 6, 9));
}

#[test]
fn each_end_has_its_own_settings() {
    let mut pair = deflate_pair(&settings(|deflate| deflate.threshold = usize::MAX), &always());
    pair.client.send(&json(1000, 1));
    assert!(!sent(&mut pair, true, &json(1000, 1)).0);
    assert!(send(&mut pair, "x", None));
}

fn prepare(message: &str, settings: &Deflate) -> PreparedMessage {
    PreparedMessage::compressed(message, settings)
}

/// Sends it by the server, and tells whether it went compressed.
fn send_prepared(pair: &mut Pair, prepared: &PreparedMessage, expected: &str) -> bool {
    pair.server.session.send_prepared(prepared, &mut pair.server.out).unwrap();
    sent(pair, false, expected).0
}

#[test]
fn a_prepared_message_goes_compressed_to_those_who_can_take_it() {
    let message = json(2000, 1);
    for bits in 8..=15 {
        let own = settings(|deflate| deflate.outgoing.window_bits = window(bits));
        let prepared = prepare(&message, &own);
        assert_eq!((prepared.payload(), &prepared.frame()[..1]), (message.as_bytes(), &[0x81][..]));
        for granted in 8..=15 {
            for takeover in [true, false] {
                let peer = settings(|deflate| deflate.incoming = context(granted, takeover));
                let mut pair = deflate_pair(&peer, &Deflate::default());
                let is_compressed = send_prepared(&mut pair, &prepared, &message);
                assert_eq!(is_compressed, bits <= granted, "{bits} in {granted}");
            }
        }
        let mut plain = Pair::new(Config::default(), Config::default());
        assert!(!send_prepared(&mut plain, &prepared, &message));
    }
    let mut pair = deflate_pair(&Deflate::default(), &Deflate::default());
    assert!(!send_prepared(&mut pair, &PreparedMessage::new(&message), &message));
}

#[test]
fn what_is_prepared_by_a_client_is_masked_each_time() {
    let message = json(2000, 1);
    let prepared = prepare(&message, &Deflate::default());
    let mut pair = deflate_pair(&Deflate::default(), &Deflate::default());
    let mut seen = Vec::new();
    for _ in 0..2 {
        pair.client.session.send_prepared(&prepared, &mut pair.client.out).unwrap();
        seen.push(pair.client.out.clone());
        assert!(sent(&mut pair, true, &message).0);
    }
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn the_policy_holds_for_what_is_prepared() {
    let mut pair = deflate_pair(&Deflate::default(), &Deflate::default());
    for (message, settings, expected) in [
        ("a".repeat(63), Deflate::default(), false),
        ("a".repeat(64), Deflate::default(), true),
        (incompressible(), Deflate::default(), false),
        (incompressible(), always(), true),
        (String::new(), always(), true),
        ("a".repeat(1000), settings(|deflate| deflate.threshold = usize::MAX), false),
    ] {
        let is_compressed = send_prepared(&mut pair, &prepare(&message, &settings), &message);
        assert_eq!(is_compressed, expected, "{message}");
    }
}

#[test]
fn prepared_messages_and_others_go_in_any_order() {
    // All orders of six, prepared or not, long and short, over one connection with takeover.
    let prepared_text = json(400, 1);
    let prepared = prepare(&prepared_text, &always());
    for settings in [always(), Deflate::default(), always_alone(), kept_for(SECOND)] {
        let mut pair = deflate_pair(&settings, &settings);
        for order in 0..64_u32 {
            for step in 0..6 {
                if order >> step & 1 == 1 {
                    assert!(send_prepared(&mut pair, &prepared, &prepared_text));
                } else {
                    send(&mut pair, &json(if step % 2 == 0 { 400 } else { 30 }, 1), None);
                }
            }
        }
    }
}

#[test]
fn after_a_prepared_message_the_next_refers_to_none_before_and_then_it_goes_on() {
    let message = json(400, 1);
    let prepared = prepare(&json(400, 2), &always());
    let mut pair = deflate_pair(&always(), &always());
    let mut lens = Vec::new();
    for between in [false, false, true, false] {
        if between {
            assert!(send_prepared(&mut pair, &prepared, &json(400, 2)));
        }
        pair.server.send(&message);
        lens.push(sent(&mut pair, false, &message).1);
    }
    assert_eq!((lens[0], lens[1]), (lens[2], lens[3]));
    assert!(lens[1] < 20, "{lens:?}");
    // One that went uncompressed changes nothing.
    assert!(!send_prepared(&mut pair, &PreparedMessage::new("plain"), "plain"));
    pair.server.send(&message);
    assert!(sent(&mut pair, false, &message).1 < 20);
}

#[test]
fn a_prepared_message_decodes_by_itself_within_its_window() {
    let message = json(5000, 1);
    for bits in 8..=15 {
        let settings = settings(|deflate| deflate.outgoing.window_bits = window(bits));
        let mut pair = deflate_pair(&settings, &settings);
        let prepared = prepare(&message, &settings);
        pair.server.send(&message);
        pair.reach_client();
        pair.server.session.send_prepared(&prepared, &mut pair.server.out).unwrap();
        let payload = frame(&pair.server.out).unwrap().0.payload;
        let inflated = naive::Inflater::new(window(bits).window()).message(&payload);
        assert_eq!(inflated.as_deref(), Ok(message.as_bytes()), "{bits}");
    }
}

#[test]
fn large_messages_that_bypass_the_session_are_plain_and_touch_nothing() {
    let message = json(400, 1);
    let mut pair = deflate_pair(&always(), &always());
    let mut lens = Vec::new();
    for bypass in [false, true] {
        if bypass {
            let header = pair.server.session.header_for(&message).unwrap();
            pair.server.out.extend_from_slice(&header);
            pair.server.out.extend_from_slice(message.as_bytes());
            assert!(!sent(&mut pair, false, &message).0);
            let mut payload = message.clone().into_bytes();
            let header = pair.server.session.mask_in_place(Message::from("").kind(), &mut payload).unwrap();
            pair.server.out.extend_from_slice(&header);
            pair.server.out.extend_from_slice(&payload);
            assert!(!sent(&mut pair, false, &message).0);
        }
        pair.server.send(&message);
        lens.push(sent(&mut pair, false, &message).1);
    }
    assert!(lens[1] < 20, "it refers to the first: {lens:?}");
}

/// A text of which compression makes just as many bytes.
fn as_long_compressed() -> String {
    let mut noise = Noise::new(2);
    let candidates = (0..100_000).map(|_| -> String {
        let letters = 3 + noise.below(10);
        (0..20).map(|_| char::from(b'a' + noise.below(letters) as u8)).collect()
    });
    let is_as_long =
        |text: &String| deflate(&mut agreement(&always()).compressor(), text.as_bytes()).len() == text.len();
    candidates.into_iter().find(is_as_long).expect("there are many")
}

#[test]
fn what_is_just_as_long_compressed_is_sent_as_it_is() {
    let message = as_long_compressed();
    let settings = without_takeover(1);
    let mut pair = deflate_pair(&settings, &settings);
    assert!(!send(&mut pair, &message, None));
    let prepared = PreparedMessage::compressed(&message, &settings);
    let End { session, out, .. } = &mut pair.server;
    session.send_prepared(&prepared, out).unwrap();
    assert_eq!(sent(&mut pair, false, &message), (false, message.len()));
}
