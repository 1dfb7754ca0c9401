//! The server: HTTP/1.1 with keep-alive and WebSocket on one port, a thread for each connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::counted::{Counted, Traffic};
use crate::feed::{Feed, Seen};
use crate::http::{Http, Request};
use crate::{Failure, PATIENCE, poll, post, sse, websocket};

/// What belongs to one client: what it shall get, and what came from it.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) client: usize,
    pub(crate) feed: Feed,
    uploaded: Mutex<Seen>,
}

impl Account {
    pub(crate) const fn new(client: usize, feed: Feed) -> Self {
        Self { client, feed, uploaded: Mutex::new(Seen::none(client)) }
    }

    pub(crate) fn uploaded(&self) -> MutexGuard<'_, Seen> {
        self.uploaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    acceptor: JoinHandle<()>,
}

#[derive(Default)]
pub(crate) struct Shared {
    accounts: Mutex<Vec<Arc<Account>>>,
    pub(crate) traffic: Traffic,
    /// Connections that were accepted, and those that have ended.
    pub(crate) accepted: AtomicU64,
    ended: AtomicU64,
    is_stopping: AtomicBool,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let theirs = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &theirs));
        Ok(Self { address, shared, acceptor })
    }

    /// Serves these from now on, each under its index.
    pub(crate) fn open(&self, accounts: Vec<Arc<Account>>) {
        *self.shared.accounts() = accounts;
    }

    /// Waits until all connections have ended.
    pub(crate) fn wait_until_idle(&self) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        while self.shared.accepted.load(Ordering::SeqCst) != self.shared.ended.load(Ordering::SeqCst) {
            if Instant::now() > until {
                return Err("a connection of the server does not end".into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    pub(crate) fn stop(self) -> Result<(), Failure> {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        // It wakes up with a connection.
        drop(TcpStream::connect_timeout(&self.address, PATIENCE)?);
        self.acceptor.join().map_err(|_| "the server panicked".into())
    }
}

fn accept(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        for stream in listener.incoming() {
            if shared.is_stopping.load(Ordering::SeqCst) {
                break;
            }
            shared.accepted.fetch_add(1, Ordering::SeqCst);
            scope.spawn(move || {
                if let Err(error) = stream.map_err(Failure::from).and_then(|stream| serve(stream, shared)) {
                    eprintln!("server: {error}");
                }
                shared.ended.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
}

/// Answers requests until the connection ends or becomes something else.
fn serve(stream: TcpStream, shared: &Shared) -> Result<(), Failure> {
    let mut http = Http::new(Counted::new(stream, &shared.traffic)?);
    while let Some(request) = http.request()? {
        let mut path = request.target.split('/').skip(1);
        let kind = path.next().unwrap_or_default();
        let Some(account) = path.next().and_then(|client| shared.account(client)) else {
            http.respond("404 Not Found", "", b"")?;
            continue;
        };
        let from = path.next().and_then(|from| from.parse().ok()).unwrap_or(0);
        let Request { method, body, is_last, upgrade, .. } = request;
        match (method.as_str(), kind, upgrade) {
            ("GET", "poll", None) => poll::answer(&mut http, &account, from, Duration::ZERO)?,
            ("GET", "wait", None) => poll::answer(&mut http, &account, from, PATIENCE / 2)?,
            ("GET", "events", None) => return sse::answer(&mut http, &account),
            ("GET", "events", Some(head)) => return websocket::send(websocket::open(http, &head)?, &account),
            ("POST", "messages", None) => post::answer(&mut http, &body, &account)?,
            ("GET", "messages", Some(head)) => {
                return websocket::take(websocket::open(http, &head)?, &account);
            }
            _ => http.respond("404 Not Found", "", b"")?,
        }
        if is_last {
            break;
        }
    }
    Ok(())
}

impl Shared {
    fn account(&self, number: &str) -> Option<Arc<Account>> {
        self.accounts().get(number.parse::<usize>().ok()?).cloned()
    }

    fn accounts(&self) -> MutexGuard<'_, Vec<Arc<Account>>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
