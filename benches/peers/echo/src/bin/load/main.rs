//! The load: connections that send masked binary messages and wait for the same to come back.
//!
//! ```text
//! load PORT echo CONNECTIONS IN_FLIGHT BYTES BATCHES WARM_UP [raw]
//! load PORT idle CONNECTIONS [raw]
//! ```
//!
//! From a `raw` server frames come back as they were sent, masked.
//!
//! Both tell "ready" on standard output, then wait for a line on standard input: `echo` before the batches that count, after
//! which it tells "done"; `idle`, when all connections are open and each has had one echo, before it ends. So the caller
//! can look at the server at these moments.
//!
//! It has one thread and must not hold up any server: frames are encoded before, all with the same masking key; a batch is
//! one write of as many frames as may be in flight, and one read of the answers to all of them, whose length is known. That
//! is as few calls to the system as the raw servers make, and nothing else. The connections take turns: while the answers of
//! one are waited for, the server has the batches of all others.

mod peer;

use std::io::{self, BufRead as _};
use std::process::exit;

use peer::{Exchange, Peer};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let raw = words.pop_if(|last| *last == "raw").is_some();
    let result = match words.as_slice() {
        [port, "echo", numbers @ ..] => echo(port, numbers, raw),
        [port, "idle", connections] => idle(port, connections, raw),
        _ => Err("see the start of its source for what it takes".into()),
    };
    if let Err(error) = result {
        eprintln!("load: {error}");
        exit(1);
    }
}

fn echo(port: &str, numbers: &[&str], raw: bool) -> echo::Result {
    let numbers: Vec<usize> = numbers.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
    let &[connections, in_flight, bytes, batches, warm_up] = numbers.as_slice() else {
        return Err("echo takes five numbers".into());
    };
    let mut exchange = Exchange::new(in_flight, bytes, raw);
    let mut peers = (0..connections).map(|_| Peer::open(port)).collect::<Result<Vec<_>, _>>()?;
    exchange.check(&mut peers)?;
    run(&mut peers, &mut exchange, warm_up)?;
    tell_and_wait("ready")?;
    run(&mut peers, &mut exchange, batches)?;
    tell_and_wait("done")?;
    // Had any answer been longer than it should be, its rest would be read now.
    Ok(exchange.check(&mut peers)?)
}

/// Each connection exchanges so many batches.
fn run(peers: &mut [Peer], exchange: &mut Exchange, batches: usize) -> echo::Result {
    for peer in &mut *peers {
        peer.send(exchange)?;
    }
    for _ in 1..batches {
        for peer in &mut *peers {
            peer.receive(exchange)?;
            peer.send(exchange)?;
        }
    }
    for peer in peers {
        peer.receive(exchange)?;
    }
    Ok(())
}

fn idle(port: &str, connections: &str, raw: bool) -> echo::Result {
    let mut exchange = Exchange::new(1, 64, raw);
    let mut peers = Vec::new();
    for _ in 0..connections.parse()? {
        peers.push(Peer::open(port)?);
        exchange.check(peers.last_mut().map_or(&mut [], std::slice::from_mut))?;
    }
    tell_and_wait("ready")
}

fn tell_and_wait(word: &str) -> echo::Result {
    println!("{word}");
    io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}
