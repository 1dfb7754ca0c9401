//! Proxies that forward, each for one connection, over real sockets.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};

use crate::common_net::*;

/// An HTTP proxy that connects to `server`, whatever it is asked for; gives the head of the request.
pub(crate) fn http_proxy(server: SocketAddr) -> (SocketAddr, JoinHandle<String>) {
    serve(move |mut client| {
        let head = read_head(&mut client);
        let server = TcpStream::connect(server).expect("it listens");
        write(&mut client, "HTTP/1.1 200 Connection established\r\nProxy-Agent: a test\r\n\r\n");
        forward(client, server);
        head
    })
}

/// What a client of a SOCKS5 proxy said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SocksRequest {
    pub(crate) methods: Vec<u8>,
    /// User name and password, with the lengths before them.
    pub(crate) credentials: Vec<u8>,
    /// Type, address and port.
    pub(crate) target: Vec<u8>,
}

/// A SOCKS5 proxy that asks for a password when it is offered one, and connects to `server`.
pub(crate) fn socks_proxy(server: SocketAddr) -> (SocketAddr, JoinHandle<SocksRequest>) {
    serve(move |mut client| {
        let mut request = SocksRequest::default();
        let [5, count] = read(&mut client) else { panic!("it is not SOCKS5") };
        request.methods = read_vec(&mut client, count);
        if request.methods.contains(&2) {
            write(&mut client, [5, 2]);
            let [1, len] = read(&mut client) else { panic!("it is not a user name") };
            request.credentials = read_vec(&mut client, len + 1);
            request.credentials.extend(read_vec(&mut client, *request.credentials.last().unwrap()));
            write(&mut client, [1, 0]);
        } else {
            write(&mut client, [5, 0]);
        }
        let [5, 1, 0, kind] = read(&mut client) else { panic!("it is not CONNECT") };
        request.target.push(kind);
        let len = match kind {
            1 => 4,
            4 => 16,
            3 => {
                let [len] = read(&mut client);
                len
            }
            _ => panic!("type {kind}"),
        };
        request.target.extend(read_vec(&mut client, len + 2));
        let server = TcpStream::connect(server).expect("it listens");
        let bound = server.local_addr().unwrap();
        write(
            &mut client,
            [&[5, 0, 0, 1], &Ipv4Addr::LOCALHOST.octets(), &bound.port().to_be_bytes()[..]].concat(),
        );
        forward(client, server);
        request
    })
}

pub(crate) fn read<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).expect("as many bytes come");
    bytes
}

fn read_vec(stream: &mut TcpStream, len: u8) -> Vec<u8> {
    let mut bytes = vec![0; usize::from(len)];
    stream.read_exact(&mut bytes).expect("as many bytes come");
    bytes
}

/// Passes on what each says to the other, until both have hung up.
pub(crate) fn forward(client: TcpStream, server: TcpStream) {
    let pass_on = |mut from: TcpStream, mut to: TcpStream| {
        // How it ends tells nothing: each end may be cut.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = thread::spawn(move || pass_on(from, to));
    pass_on(client, server);
    back.join().unwrap();
}
