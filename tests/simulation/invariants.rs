//! What holds in each run, whatever happens: a function each, with the reason.
//!
//! A check that fails panics with its name; the runner adds the seed, the configuration and the steps.

use std::fmt::Debug;
use std::time::Duration;

use rfc6455::protocol::{CloseStatus, SendError, Side, State, Transport};
use rfc6455::session::SessionError;

use crate::deadlines::Due;
use crate::log::{CloseBody, Log, Told};
use crate::wire::Frame;

/// What a Pong waits for: more than so many bytes that were not written. As `docs/design.md` says.
const PONG_BACKLOG: usize = 4096;

/// Panics with the name of what does not hold, and what was found.
macro_rules! hold {
    ($holds:expr, $name:literal, $($found:ident),+) => {
        if !$holds {
            let found = [$(format!("{} = {}", stringify!($found), short(&$found))),+];
            panic!("{}: {}", $name, found.join(", "));
        }
    };
}

/// The start of what may be very long.
fn short(value: impl Debug) -> String {
    let text = format!("{value:?}");
    let start: String = text.chars().take(300).collect();
    if start.len() < text.len() { start + "..." } else { start }
}

/// A control frame of a client at its longest: 2 bytes, a key of 4, and 125 (§5.5).
pub(crate) const CONTROL_FRAME: usize = 131;

/// §5.4, §6.2: what was sent is told in order, whole and of its kind; and nothing else is. After a Close (§5.5.1) or a fault
/// (§7.1.7) nothing is: the list of what was sent ends there.
#[track_caller]
pub(crate) fn in_order_and_whole(log: &mut Log, told: &Told) {
    let expected = log.pop();
    hold!(expected.as_ref() == Some(told), "in_order_and_whole", told, expected);
}

/// §5.4: a part is of the next message, and goes on where the parts before it ended.
#[track_caller]
pub(crate) fn parts_are_of_the_message(log: &Log, parts: &[u8]) {
    let message = log.next_message();
    let fits = message.is_some_and(|(_, message)| message.starts_with(parts));
    hold!(fits, "parts_are_of_the_message", parts, message);
}

/// §6.2: all that has come is told at once; nothing waits for bytes that come later, or for ever.
#[track_caller]
pub(crate) fn all_that_came_is_told(log: &Log, received: u64) {
    let overdue = log.overdue(received);
    hold!(overdue.is_none(), "all_that_came_is_told", overdue, received);
}

/// After a Close (§5.5.1), a fault (§7.1.7), a time-out or the end of the transport nothing is told.
#[track_caller]
pub(crate) fn nothing_is_told_after_the_end(is_over: bool, told: &Told) {
    hold!(!is_over, "nothing_is_told_after_the_end", told);
}

/// §5.1: a client masks and a server does not; §5.2: reserved bits are the extension's, RFC 7692 §6: on the first frame of a
/// message; §5.5: control frames are whole and short.
#[track_caller]
pub(crate) fn frames_are_legal(frame: &Frame, side: Side, compresses: bool) {
    let Frame { fin, rsv, opcode, is_masked, payload, .. } = frame;
    let is_legal = *is_masked == (side == Side::Client)
        && match opcode {
            1 | 2 => *rsv == 0 || *rsv == 4 && compresses,
            0 => *rsv == 0,
            8..=10 => *rsv == 0 && *fin && payload.len() <= 125,
            _ => false,
        };
    hold!(is_legal, "frames_are_legal", side, frame);
}

/// §5.5.1: no data follows our Close, and no second one; §5.5.2: a Pong may, as long as the peer's Close has not come. After
/// the end nothing may at all.
#[track_caller]
pub(crate) fn nothing_but_pongs_follows_our_close(closed: bool, ended: bool, frame: &Frame) {
    let may = !ended && (!closed || frame.opcode == 10);
    hold!(may, "nothing_but_pongs_follows_our_close", frame);
}

/// §5.5.3: a Pong that answers has the payload of a Ping that came, and of none before one that was answered.
#[track_caller]
pub(crate) fn a_pong_answers_a_ping(pings: &mut Vec<Vec<u8>>, payload: &[u8]) {
    let answered = pings.iter().rposition(|ping| ping == payload);
    hold!(answered.is_some(), "a_pong_answers_a_ping", payload, pings);
    pings.drain(..=answered.unwrap_or_default());
}

/// §5.5.2, §5.5.3: as soon as the output is short, the last Ping has its Pong.
#[track_caller]
pub(crate) fn each_ping_is_answered(pings: &[Vec<u8>], output: usize) {
    let may_wait = output > PONG_BACKLOG;
    hold!(may_wait || pings.is_empty(), "each_ping_is_answered", output, pings);
}

/// §10.4: a peer that pings and does not read makes us hold 4 KiB, and no more.
#[track_caller]
pub(crate) fn pongs_are_not_piled_up(before: usize) {
    hold!(before <= PONG_BACKLOG, "pongs_are_not_piled_up", before);
}

/// §5.5.1: a Close is answered with a Close, and here with the same; §7.1.7: a fault, with a Close that names it. But with
/// none if ours was sent.
#[track_caller]
pub(crate) fn close_is_as_it_should_be(written: &[Frame], ours_was_sent: bool, body: impl Fn(&[u8]) -> bool) {
    let closes: Vec<_> = written.iter().filter(|frame| frame.opcode == 8).collect();
    let is_right = match &closes[..] {
        [] => ours_was_sent,
        [close] => !ours_was_sent && body(&close.payload),
        _ => false,
    };
    hold!(is_right, "close_is_as_it_should_be", ours_was_sent, closes);
}

/// A call that is refused has changed nothing: "nothing was written, and the connection goes on as it was" (`SendError`).
#[track_caller]
pub(crate) fn refused_calls_write_nothing(result: Result<(), SendError>, expected: bool, grown: usize) {
    hold!(result.is_ok() == expected, "refused_calls_write_nothing", result);
    hold!(result.is_ok() == (grown > 0), "refused_calls_write_nothing", result, grown);
}

/// §5.5.2, §7.1.1 and `Config`: what is due happens, and what is not due does not: never late, and never early.
#[track_caller]
pub(crate) fn deadlines_are_kept(due: &Due, result: Result<(), SessionError>, written: &[Frame]) {
    let opcodes: Vec<u8> = written.iter().map(|frame| frame.opcode).collect();
    let is_kept = match (due, result) {
        (Due::Nothing | Due::HangUp, Ok(())) => opcodes.is_empty(),
        (Due::Ping, Ok(())) => opcodes == [9],
        (Due::Fail(any), Err(SessionError::Timeout(deadline))) => {
            any.contains(&deadline) && (opcodes.is_empty() || opcodes == [8])
        }
        _ => false,
    };
    hold!(is_kept, "deadlines_are_kept", due, result, written);
}

/// Whoever sleeps until `Session::deadline` wakes in time, and does not wake for nothing; earlier only where memory is to be
/// given back, at a time that `Session` alone knows.
#[track_caller]
pub(crate) fn the_next_deadline_is_right(
    told: Option<Duration>,
    due: Option<Duration>,
    may_be_early: bool,
    now: Duration,
) {
    let in_time = match (told, due) {
        (told, due) if told == due => true,
        (Some(told), Some(due)) => may_be_early && told < due,
        (Some(_), None) => may_be_early,
        (None, _) => false,
    };
    hold!(in_time, "the_next_deadline_is_right", told, due);
    let moves_on = told.is_none_or(|told| told > now);
    hold!(moves_on, "the_next_deadline_is_right", told, now);
}

/// §5.5.3: each keepalive Ping has a payload of its own, so that a late Pong does not answer a later one.
#[track_caller]
pub(crate) fn keepalive_pings_differ(is_new: bool, payload: &[u8]) {
    hold!(is_new, "keepalive_pings_differ", payload);
}

/// What happened to a session, as far as its end goes.
#[derive(Debug)]
pub(crate) struct History<'h> {
    pub(crate) side: Side,
    pub(crate) our_close: Option<&'h CloseBody>,
    pub(crate) their_close: Option<&'h CloseBody>,
    pub(crate) has_failed: bool,
    pub(crate) is_lost: bool,
    /// The peer did not hang up in time.
    pub(crate) hangs_up: bool,
}

/// §7.1.3 to §7.1.5: state, status and what is to become of the transport follow from what has happened. Where no Close came,
/// it is 1006; §7.1.1: the server hangs up first.
#[track_caller]
pub(crate) fn the_state_is_what_happened(
    history: &History<'_>,
    found: (State, Transport, Option<CloseStatus>),
) {
    let abnormal = Some(CloseStatus::Abnormal.to_u16());
    let expected = match history {
        History { has_failed: true, .. } => (State::Failed, Transport::HangUp, abnormal),
        History { is_lost: true, .. } => (State::Lost, Transport::HangUp, abnormal),
        History { their_close: Some(body), side, hangs_up, .. } => {
            let awaits = *side == Side::Client && !hangs_up;
            let transport = if awaits { Transport::AwaitPeer } else { Transport::HangUp };
            (State::Closed, transport, Some(body.as_ref().map_or(1005, |(code, _)| *code)))
        }
        History { our_close: Some(_), .. } => (State::Closing, Transport::KeepOpen, None),
        _ => (State::Open, Transport::KeepOpen, None),
    };
    let found = (found.0, found.1, found.2.map(CloseStatus::to_u16));
    hold!(found == expected, "the_state_is_what_happened", found, expected, history);
}

/// §10.4: what the ends hold follows from their limits, from what came, and from what the application has given.
#[track_caller]
pub(crate) fn memory_is_bounded(held: isize, bound: usize) {
    hold!(held <= bound.cast_signed(), "memory_is_bounded", held, bound);
}

/// The output is the application's bytes, 4 KiB of Pongs, and one Ping, one Pong and one Close.
#[track_caller]
pub(crate) fn the_output_is_bounded(output: usize, application: usize) {
    let bound = application + PONG_BACKLOG + 3 * CONTROL_FRAME;
    hold!(output <= bound, "the_output_is_bounded", output, bound);
}

/// §7.1.5: an end names the Close that the other has written, or 1006; and if both Closes went their way, the one that
/// answered repeats the other's.
#[track_caller]
pub(crate) fn the_ends_agree(ours: &History<'_>, theirs: &History<'_>) {
    if let Some(told) = ours.their_close {
        let written = theirs.our_close;
        hold!(written == Some(told), "the_ends_agree", told, written);
    } else {
        hold!(ours.has_failed || ours.is_lost, "the_ends_agree", ours);
    }
}

/// §7.1.2, §7.1.4: where nothing is lost and everybody has time, both ends close in order, and each was told all that the other
/// had sent.
#[track_caller]
pub(crate) fn a_sound_transport_ends_in_order(history: &History<'_>, untold: &[&Told]) {
    let in_order = history.our_close.is_some() && history.their_close.is_some();
    let in_order = in_order && !history.has_failed && !history.is_lost;
    // §5.5.1: what a peer sends after its Close is not read; that is Pongs alone.
    let rest = untold.iter().all(|told| matches!(told, Told::Pong(_)));
    hold!(in_order && rest, "a_sound_transport_ends_in_order", history, untold);
}

/// When nothing moves any more there is a later moment at which something will: no end is asked again and again for nothing.
#[track_caller]
pub(crate) fn steps_make_progress(now: Duration, next: Option<Duration>) {
    hold!(next.is_some_and(|next| next > now), "steps_make_progress", now, next);
}

/// §7.1.1: a connection comes to its end, whatever the peer does: the application closes, and that has a deadline.
#[track_caller]
pub(crate) fn it_ends_in_time(now: Duration, end: Duration) {
    hold!(now <= end, "it_ends_in_time", now, end);
}
