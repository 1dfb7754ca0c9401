//! What real sockets do seldom: they take a byte at a time, and another thread comes in the midst of a write.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::vec::Vec;
use std::{format, vec};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use super::super::buffer::WriteBuffer;
use super::super::socket::sealed;
use super::super::sync::Instant;
use super::super::{Socket, TlsStream};

#[derive(Default)]
struct Mock {
    input: Mutex<VecDeque<u8>>,
    output: Mutex<Vec<u8>>,
    /// As many bytes are taken at once; 0 for all.
    at_once: Mutex<usize>,
    /// Nothing is taken after so many bytes more.
    room: Mutex<Option<usize>>,
    timeout: Mutex<Option<Duration>>,
    /// The timeout of each write.
    timeouts: Mutex<Vec<Option<Duration>>>,
    shut: Mutex<Option<Shutdown>>,
    /// Called in the next write.
    meanwhile: Mutex<Option<alloc::boxed::Box<dyn FnOnce() + Send>>>,
}

/// The socket, which the test has too.
#[derive(Clone, Default)]
struct Shared(Arc<Mock>);

impl std::ops::Deref for Shared {
    type Target = Mock;

    fn deref(&self) -> &Mock {
        &self.0
    }
}

impl sealed::Sealed for Shared {}

impl Socket for Shared {
    fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(None)
    }
    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }
    fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(*self.timeout.lock().unwrap())
    }
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        *self.timeout.lock().unwrap() = timeout;
        Ok(())
    }
    fn set_no_delay(&self) -> io::Result<()> {
        Ok(())
    }
    fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        *self.shut.lock().unwrap() = Some(how);
        Ok(())
    }
}

impl Read for &Shared {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut input = self.input.lock().unwrap();
        if input.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { input.read(to) }
    }
}

impl Write for &Shared {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        if let Some(act) = self.meanwhile.lock().unwrap().take() {
            act();
        }
        self.timeouts.lock().unwrap().push(*self.timeout.lock().unwrap());
        let at_once = *self.at_once.lock().unwrap();
        let mut len = if at_once == 0 { from.len() } else { from.len().min(at_once) };
        if let Some(room) = &mut *self.room.lock().unwrap() {
            len = len.min(*room);
            *room -= len;
            if len == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
        }
        self.output.lock().unwrap().extend_from_slice(&from[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server's stream, its socket, and the client, after the handshake.
fn pair() -> (Arc<TlsStream<Shared>>, Shared, ClientConnection) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone());
    let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = server.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();

    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(client.into(), name).unwrap();
    let mock = Shared::default();
    let server = TlsStream::new(ServerConnection::new(server.into()).unwrap(), mock.clone());
    while client.is_handshaking() || server.connection().is_handshaking() {
        give(&mut client, &mock);
        let _ = (&server).read(&mut [0; 4096]);
        (&server).flush().unwrap();
        take(&mut client, &mock);
    }
    mock.timeouts.lock().unwrap().clear();
    (Arc::new(server), mock, client)
}

fn give(client: &mut ClientConnection, mock: &Mock) {
    while client.wants_write() {
        client.write_tls(&mut *mock.input.lock().unwrap()).unwrap();
    }
}

/// What the client gets of what was written.
fn take(client: &mut ClientConnection, mock: &Mock) -> Vec<u8> {
    let output = std::mem::take(&mut *mock.output.lock().unwrap());
    let mut rest = &output[..];
    let mut all = Vec::new();
    while !rest.is_empty() {
        client.read_tls(&mut rest).unwrap();
        let _ = client.process_new_packets();
        let _ = client.reader().read_to_end(&mut all);
    }
    all
}

fn forged() -> &'static [u8] {
    b"\x17\x03\x03\x00\x20an application's record, forged!"
}

#[test]
fn a_write_that_is_cut_short_gives_way_to_look_at_the_time() {
    let (server, mock, mut client) = pair();
    let mut stream = &*server;
    *mock.at_once.lock().unwrap() = 1;
    assert_eq!(stream.write(b"abc").unwrap(), 3, "it is taken, and waits");
    let waiting = server.unwritten();
    assert!(waiting > 3);
    assert_eq!(stream.write(b"def").unwrap_err().kind(), ErrorKind::Interrupted);
    assert_eq!(stream.flush().unwrap_err().kind(), ErrorKind::Interrupted);
    assert_eq!(server.unwritten(), waiting - 2);
    // What drives it looks at the time then.
    let mut buffer = WriteBuffer::default();
    buffer.bytes.extend_from_slice(b"def");
    let error = buffer.flush_until(Some(Instant::now()), &mut stream).unwrap_err();
    assert_eq!((error.kind(), buffer.waiting()), (ErrorKind::TimedOut, 3));
    let mut flushing = WriteBuffer::default();
    let error = flushing.flush_until(Some(Instant::now()), &mut stream).unwrap_err();
    assert_eq!((error.kind(), server.unwritten()), (ErrorKind::TimedOut, waiting - 4));
    buffer.flush(&mut stream).unwrap();
    assert_eq!((server.unwritten(), take(&mut client, &mock)), (0, b"abcdef".to_vec()));
}

#[test]
fn what_a_reader_owes_is_written_by_the_one_who_is_writing() {
    let (server, mock, mut client) = pair();
    mock.input.lock().unwrap().extend(forged());
    let reader = server.clone();
    *mock.meanwhile.lock().unwrap() = Some(alloc::boxed::Box::new(move || {
        // Another thread would do this just now; it must not wait.
        let error = (&*reader).read(&mut [0; 100]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }));
    assert_eq!((&*server).write(b"abc").unwrap(), 3);
    let output = std::mem::take(&mut *mock.output.lock().unwrap());
    let mut rest = &output[..];
    client.read_tls(&mut rest).unwrap();
    let told = client.process_new_packets();
    assert!(matches!(told, Err(rustls::Error::AlertReceived(_))), "{told:?}");
    let mut all = Vec::new();
    let _ = client.reader().read_to_end(&mut all);
    assert_eq!(all, b"abc");
}

#[test]
fn what_a_reader_owes_it_writes_briefly_and_later_if_it_must() {
    let (server, mock, mut client) = pair();
    *mock.timeout.lock().unwrap() = Some(Duration::from_secs(30));
    *mock.room.lock().unwrap() = Some(3);
    mock.input.lock().unwrap().extend(forged());
    for _ in 0..3 {
        let error = (&*server).read(&mut [0; 100]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
    let timeouts = mock.timeouts.lock().unwrap().clone();
    assert_eq!(timeouts.len(), 3, "each read tries it again");
    assert!(timeouts.iter().all(|timeout| timeout.unwrap() <= Duration::from_millis(5)), "{timeouts:?}");
    assert_eq!(*mock.timeout.lock().unwrap(), Some(Duration::from_secs(30)));
    *mock.room.lock().unwrap() = None;
    (&*server).flush().unwrap();
    take(&mut client, &mock);
    assert!(matches!(client.process_new_packets(), Err(rustls::Error::AlertReceived(_))));
}

#[test]
fn nothing_follows_close_notify_and_it_can_be_tried_again() {
    let (server, mock, mut client) = pair();
    *mock.room.lock().unwrap() = Some(5);
    let blocked = server.shut_down(Shutdown::Write).unwrap_err();
    assert_eq!((blocked.kind(), *mock.shut.lock().unwrap()), (ErrorKind::WouldBlock, None));
    *mock.room.lock().unwrap() = None;
    server.shut_down(Shutdown::Write).unwrap();
    assert_eq!(*mock.shut.lock().unwrap(), Some(Shutdown::Write));
    assert_eq!((&*server).write(b"more").unwrap_err().kind(), ErrorKind::BrokenPipe);
    take(&mut client, &mock);
    assert_eq!(client.reader().read(&mut [0; 10]).unwrap(), 0, "one close_notify, in order");
    assert!(mock.output.lock().unwrap().is_empty());
}

#[test]
fn who_cuts_waits_for_nothing() {
    let (server, mock, _) = pair();
    *mock.timeout.lock().unwrap() = Some(Duration::from_secs(30));
    *mock.room.lock().unwrap() = Some(0);
    server.cut().unwrap();
    assert_eq!(*mock.shut.lock().unwrap(), Some(Shutdown::Write));
    assert!(mock.timeouts.lock().unwrap().iter().all(|timeout| *timeout <= Some(Duration::from_millis(5))));

    // Nor for a thread that is stuck in a write.
    let (server, mock, _) = pair();
    let (cutter, seen) = (server.clone(), mock.clone());
    *mock.meanwhile.lock().unwrap() = Some(alloc::boxed::Box::new(move || {
        cutter.cut().unwrap();
        assert_eq!(*seen.shut.lock().unwrap(), Some(Shutdown::Write));
    }));
    assert_eq!((&*server).write(b"abc").unwrap(), 3);
}

#[test]
fn each_cut_of_a_record_is_no_record_yet() {
    let (server, mock, mut client) = pair();
    client.writer().write_all(b"a message").unwrap();
    let mut record = VecDeque::new();
    client.write_tls(&mut record).unwrap();
    let mut to = [0; 100];
    while let Some(byte) = record.pop_front() {
        mock.input.lock().unwrap().push_back(byte);
        match (&*server).read(&mut to) {
            Ok(len) => assert_eq!((&to[..len], record.is_empty()), (&b"a message"[..], true)),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted),
        }
    }
    assert_eq!((&*server).read(&mut to).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_reader_of_a_byte_at_a_time_gets_all() {
    let (server, mock, mut client) = pair();
    let sent: Vec<u8> = (0..60_000_u32).flat_map(u32::to_be_bytes).take(60_000).collect();
    client.set_buffer_limit(None);
    client.writer().write_all(&sent).unwrap();
    give(&mut client, &mock);
    let mut all = Vec::new();
    for size in [1, 3, 70_000].into_iter().cycle() {
        let mut to = vec![0; size];
        match (&*server).read(&mut to) {
            Ok(len) => all.extend_from_slice(&to[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}"),
        }
        if all.len() == sent.len() {
            break;
        }
    }
    assert!(all == sent);
}

#[test]
fn slices_are_records_in_order() {
    let (server, mock, mut client) = pair();
    let slices = [io::IoSlice::new(b"head "), io::IoSlice::new(&[]), io::IoSlice::new(b"and body")];
    assert_eq!((&*server).write_vectored(&slices).unwrap(), 13);
    assert_eq!(mock.timeouts.lock().unwrap().len(), 1, "one write");
    assert_eq!(take(&mut client, &mock), b"head and body");
    assert_eq!((&*server).write(&[]).unwrap(), 0);
    let large = vec![1; 100_000];
    let taken = (&*server).write_vectored(&[io::IoSlice::new(b"x"), io::IoSlice::new(&large)]).unwrap();
    assert_eq!(taken, super::writing::CHUNK);
    assert_eq!(take(&mut client, &mock).len(), taken);
    assert!(format!("{server:?}").starts_with("TlsStream"));
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a mock")
    }
}
