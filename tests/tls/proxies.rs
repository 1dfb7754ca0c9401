//! `wss` through proxies, and redirects between `ws` and `wss`: RFC 6455 §4.1.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::common_net::*;
use crate::common_tls::{configs, raw_server};
use crate::proxy_servers::*;
use rfc6455::dial::{Proxy, RedirectError};
use rfc6455::net::rustls::ServerConfig;
use rfc6455::net::{Connect, Error, Incoming};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Message};

/// Echoes one message to one client that comes over TLS.
fn echo_once(listener: TcpListener, tls: Arc<ServerConfig>) -> JoinHandle<()> {
    thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        let mut socket = Incoming::tls(stream, tls, Config::default()).unwrap().accept().unwrap();
        let mut message = Message::new();
        while socket.read(&mut message).unwrap() {
            socket.send(&message).unwrap();
        }
    })
}

fn converse(connect: &Connect) {
    let mut socket = connect.open().unwrap();
    socket.send("Hello").unwrap();
    let mut message = Message::new();
    assert!(socket.read(&mut message).unwrap());
    assert_eq!(message.as_text(), Some("Hello"));
    socket.close(CloseCode::NORMAL, "").unwrap();
}

#[test]
fn tls_goes_through_the_tunnel_of_either_kind_of_proxy() {
    watched(|| {
        for scheme in ["http", "socks5h"] {
            let (client, server) = configs();
            let (listener, address) = listener();
            let echoing = echo_once(listener, server);
            let (proxy, target) = match scheme {
                "http" => {
                    let (proxy, proxying) = http_proxy(address);
                    (proxy, thread::spawn(|| proxying.join().unwrap().lines().next().unwrap().to_owned()))
                }
                _ => {
                    let (proxy, proxying) = socks_proxy(address);
                    let target = || String::from_utf8_lossy(&proxying.join().unwrap().target).into_owned();
                    (proxy, thread::spawn(target))
                }
            };
            let proxy = Proxy::parse(&format!("{scheme}://{proxy}")).unwrap();
            converse(&Connect::new("wss://localhost:4433/").unwrap().tls(client).proxy(proxy));
            echoing.join().unwrap();
            assert!(target.join().unwrap().contains("localhost"));
        }
    });
}

/// A server without TLS that redirects one client.
fn redirecting(location: String) -> (SocketAddr, JoinHandle<()>) {
    serve(move |mut stream| {
        read_head(&mut stream);
        write(&mut stream, format!("HTTP/1.1 301 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));
        hang_up(stream);
    })
}

#[test]
fn from_ws_to_wss_is_followed() {
    watched(|| {
        let (client, server) = configs();
        let (listener, address) = listener();
        let echoing = echo_once(listener, server);
        let (first, redirecting) = redirecting(format!("https://localhost:{}/", address.port()));
        converse(&Connect::new(&format!("ws://{first}/")).unwrap().tls(client).redirects(1));
        redirecting.join().unwrap();
        echoing.join().unwrap();
    });
}

#[test]
fn from_wss_to_ws_is_not() {
    watched(|| {
        let (client, server) = configs();
        let (target, address) = listener();
        let (first, redirecting) = serve(move |stream| {
            let mut tls = raw_server(stream, server);
            let head = format!("HTTP/1.1 307 x\r\nLocation: http://{address}/\r\nContent-Length: 0\r\n\r\n");
            tls.write_all(head.as_bytes()).unwrap();
            tls.conn.send_close_notify();
            tls.flush().unwrap();
            hang_up(tls.sock);
        });
        let url = format!("wss://localhost:{}/", first.port());
        let result = Connect::new(&url).unwrap().tls(client).redirects(5).open();
        assert!(matches!(result, Err(Error::Redirect(RedirectError::Downgrade))), "{result:?}");
        redirecting.join().unwrap();
        target.set_nonblocking(true).unwrap();
        assert!(target.accept().is_err(), "no one has connected");
    });
}
