//! Many connections on one thread: sessions in memory, each visited for one message, which it echoes.

use std::hint::black_box;
use std::time::Duration;

use rfc6455::protocol::{Connection, Role};
use rfc6455::session::{Config, Message, Received, Session};

use super::common::{client, consume};
use super::{Law, Measured, Work, digits, heap, sizes};

pub(crate) fn laws() -> Vec<Law> {
    let law = |name, work| Law { name, unit: "connection", sizes: sizes(1, 100_000, 10), work };
    vec![
        law("connections in turn, each echoes 64 bytes", |count| visits((0..count).collect())),
        law("connections in random order, each echoes 64 bytes", |count| visits(shuffled(count))),
    ]
}

fn session() -> Session {
    Session::new(Role::Server, &Config::default(), Duration::ZERO)
}

/// A message of so many bytes from a client.
fn message(len: usize) -> Vec<u8> {
    let mut frame = Vec::new();
    let mut peer = Session::new(client(), &Config::default(), Duration::ZERO);
    peer.send(&vec![b'x'; len], &mut frame).expect("the message is sent");
    frame
}

/// All numbers below `count` in an order that is the same each time (Fisher and Yates; the numbers are Knuth's MMIX).
fn shuffled(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = 1_u64;
    for last in (1..count).rev() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (random >> 33) as usize % (last + 1));
    }
    order
}

/// One buffer, one message and one output serve all sessions of the thread.
fn visits(order: Vec<usize>) -> Work {
    let mut sessions: Vec<Session> = order.iter().map(|_| session()).collect();
    let frame = message(64);
    let (mut message, mut out, mut scratch) = (Message::new(), Vec::new(), [0; 256]);
    Box::new(move || {
        for number in &order {
            let session = &mut sessions[*number];
            let mut input = &mut scratch[..frame.len()];
            input.copy_from_slice(black_box(&frame));
            echo(session, &mut input, &mut message, &mut out);
            consume(&out);
            out.clear();
        }
    })
}

fn echo(session: &mut Session, input: &mut &mut [u8], message: &mut Message, out: &mut Vec<u8>) {
    while let Some(received) =
        session.receive(input, message, Duration::ZERO, out).expect("the stream is right")
    {
        if received == Received::Message {
            session.send(&*message, out).expect("the message is sent");
        }
    }
}

/// What a session keeps on the heap when `frame` has come in a read of its own.
fn kept(mut frame: Vec<u8>) -> isize {
    let mut session = session();
    let ((), kept) =
        heap::kept(|| echo(&mut session, &mut &mut frame[..], &mut Message::new(), &mut Vec::new()));
    kept
}

/// Each number of connections, if both orders were measured, and what a session takes of the memory.
pub(crate) fn print(laws: &[Measured]) {
    let [in_turn, random] = laws else { return };
    let size = size_of::<Session>();
    println!(
        "\n| connections | their state | ns per message, in turn | in random order |\n|---:|---:|---:|---:|"
    );
    for ((count, in_turn), (_, random)) in in_turn.costs.iter().zip(&random.costs) {
        let state = digits((count * size) as f64 / 1024.0);
        println!("| {count} | {state} KiB | {} | {} |", digits(*in_turn), digits(*random));
    }
    let mut part = message(200);
    part.truncate(106);
    println!(
        "\nA `Session` has {size} bytes, a `Connection` {}. On the heap it has {} after a whole message, and {} with 98 \
         bytes of a message of 200.",
        size_of::<Connection>(),
        kept(message(200)),
        kept(part)
    );
}
