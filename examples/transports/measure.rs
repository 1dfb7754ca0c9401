//! One measurement: clients of one kind, a load, and what came of it.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crate::counted::{Counted, Traffic};
use crate::feed::{Feed, Seen};
use crate::load::{self, Load};
use crate::server::{Account, Server};
use crate::{Failure, PATIENCE, cpu, poll, post, sse, websocket};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    /// A poll in each interval.
    Poll(Connections, Duration),
    LongPoll,
    Sse,
    Post(Connections),
    WebSocket,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Connections {
    /// A new one for each request.
    New,
    /// One for all.
    Kept,
}

impl Connections {
    /// What the client says about it in each request.
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::New => "Connection: close\r\n",
            Self::Kept => "",
        }
    }
}

/// What a transport needs to know of its client.
pub(crate) struct Client {
    pub(crate) number: usize,
    /// From 0 to less than 1: the part of an interval after which this client makes its first poll.
    pub(crate) phase: f64,
    address: SocketAddr,
    traffic: Traffic,
}

impl Client {
    pub(crate) fn connect(&self) -> io::Result<Counted> {
        Counted::new(TcpStream::connect_timeout(&self.address, PATIENCE)?, &self.traffic)
    }
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) transport: Transport,
    pub(crate) load: Load,
    pub(crate) clients: usize,
    pub(crate) messages: usize,
    /// Bytes from the clients to the server, and the other way.
    pub(crate) up: u64,
    pub(crate) down: u64,
    pub(crate) connections: u64,
    pub(crate) time: Duration,
    /// Processor time of the server, with the making of the messages.
    pub(crate) cpu: Option<Duration>,
    /// From the event to the client, in order of size; none of other loads.
    pub(crate) latencies: Vec<Duration>,
}

/// What one client did.
struct Report {
    count: usize,
    latencies: Vec<Duration>,
    cpu: Option<Duration>,
}

pub(crate) fn run(
    server: &Server,
    transport: Transport,
    load: Load,
    clients: usize,
) -> Result<Outcome, Failure> {
    let feed = || if let Load::Paced { .. } = load { Feed::default() } else { Feed::endless() };
    let accounts: Vec<_> = (0..clients).map(|number| Arc::new(Account::new(number, feed()))).collect();
    server.open(accounts.clone());

    let (begin, before, traffic) = (Instant::now(), Totals::of(server), Traffic::default());
    let reports = play_all(server.address, &traffic, &accounts, transport, load)?;
    let time = begin.elapsed();
    server.wait_until_idle()?;
    let total = Totals::of(server).since(&before);

    let (up, down) = (total.received, total.sent);
    if (up, down) != (traffic.sent(), traffic.received()) {
        return Err(format!("the server counted {up} and {down} bytes, the clients {traffic:?}").into());
    }
    let messages = reports.iter().map(|report| report.count).sum();
    let uploaded: usize = accounts.iter().map(|account| account.uploaded().count()).sum();
    if let Load::Upload(_) = load
        && uploaded != messages
    {
        return Err(format!("{messages} messages were sent, and {uploaded} arrived").into());
    }
    let of_clients = reports.iter().map(|report| report.cpu).sum::<Option<Duration>>();
    let cpu = total.cpu.zip(of_clients).and_then(|(total, clients)| total.checked_sub(clients));
    let mut latencies: Vec<Duration> = reports.into_iter().flat_map(|report| report.latencies).collect();
    latencies.sort();
    Ok(Outcome {
        transport,
        load,
        clients,
        messages,
        up,
        down,
        connections: total.connections,
        time,
        cpu,
        latencies,
    })
}

/// All clients, a thread each, until the last of them has seen the end of its feed.
fn play_all(
    address: SocketAddr,
    traffic: &Traffic,
    accounts: &[Arc<Account>],
    transport: Transport,
    load: Load,
) -> Result<Vec<Report>, Failure> {
    thread::scope(|scope| {
        let mut clients = Vec::new();
        for (number, account) in accounts.iter().enumerate() {
            let phase = number as f64 / accounts.len() as f64;
            let client = Client { number, phase, address, traffic: traffic.clone() };
            clients.push(scope.spawn(move || play(&client, transport, load, account)));
        }
        match load {
            Load::Flood(time) => thread::sleep(time),
            Load::Upload(_) => {}
            Load::Paced { mean, time } => load::emit(accounts, mean, time),
        }
        accounts.iter().for_each(|account| account.feed.end());
        clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked")?).collect()
    })
}

/// A client from its first connection to the end of its last.
fn play(client: &Client, transport: Transport, load: Load, account: &Account) -> Result<Report, Failure> {
    let before = cpu::of_thread();
    let mut seen = Seen::none(client.number);
    let mut sent = 0;
    match (transport, load) {
        (Transport::Post(connections), Load::Upload(time)) => {
            sent = post::upload(client, connections, Instant::now() + time)?;
        }
        (Transport::WebSocket, Load::Upload(time)) => {
            sent = websocket::upload(client, Instant::now() + time)?;
        }
        (Transport::Poll(connections, interval), _) => {
            seen = poll::receive(client, "poll", connections, interval)?;
        }
        (Transport::LongPoll, _) => {
            seen = poll::receive(client, "wait", Connections::Kept, Duration::ZERO)?;
        }
        (Transport::Sse, _) => seen = sse::receive(client)?,
        (Transport::WebSocket, _) => seen = websocket::receive(client)?,
        (Transport::Post(_), _) => return Err("POST carries nothing to the client".into()),
    }
    let emitted = account.feed.emitted();
    if let Load::Paced { .. } = load
        && emitted.len() != seen.count()
    {
        return Err(format!("{} events were emitted, and {} came", emitted.len(), seen.count()).into());
    }
    let latencies = seen.times.iter().zip(&emitted).map(|(came, emitted)| came.duration_since(*emitted));
    let cpu = cpu::of_thread().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Report { count: seen.count() + sent, latencies: latencies.collect(), cpu })
}

/// What was counted so far.
struct Totals {
    sent: u64,
    received: u64,
    connections: u64,
    /// Of all threads but this one.
    cpu: Option<Duration>,
}

impl Totals {
    fn of(server: &Server) -> Self {
        let traffic = &server.shared.traffic;
        Self {
            sent: traffic.sent(),
            received: traffic.received(),
            connections: server.shared.accepted.load(Ordering::SeqCst),
            cpu: cpu::of_process().zip(cpu::of_thread()).map(|(all, this)| all.saturating_sub(this)),
        }
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            sent: self.sent - before.sent,
            received: self.received - before.received,
            connections: self.connections - before.connections,
            cpu: self.cpu.zip(before.cpu).map(|(after, before)| after.saturating_sub(before)),
        }
    }
}

impl Display for Transport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poll(connections, Duration::ZERO) => write!(f, "polling, {connections}"),
            Self::Poll(connections, interval) => {
                write!(f, "polling every {} ms, {connections}", interval.as_millis())
            }
            Self::LongPoll => write!(f, "long polling"),
            Self::Sse => write!(f, "Server-Sent Events"),
            Self::Post(connections) => write!(f, "POST, {connections}"),
            Self::WebSocket => write!(f, "WebSocket"),
        }
    }
}

impl Display for Connections {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new connections",
            Self::Kept => "keep-alive",
        })
    }
}
