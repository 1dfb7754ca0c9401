//! What the two sides say to each other inside the TLS handshake: names (RFC 6066 §3) and protocols (RFC 7301).

use std::io::Read;
use std::sync::Arc;
use std::thread;

use crate::common_net::*;
use crate::common_tls::{self, Authority};
use rfc6455::net::rustls::{self, AlertDescription, ClientConfig, Connection, ServerConfig};
use rfc6455::net::{Connect, Error, Incoming, TlsStream};
use rfc6455::session::Config;

/// The protocol, and the name that the client asks for.
type Seen = (Option<Vec<u8>>, Option<String>);

/// What the server sees, or why not, and what the client is told.
fn negotiate(
    host: &'static str,
    client_protocols: &'static [&'static str],
    server_protocols: &'static [&'static str],
) -> (Result<Seen, Error>, Option<Error>) {
    watched(move || {
        let list = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>();
        let authority = Authority::new();
        let mut client: ClientConfig = common_tls::client(&authority);
        client.alpn_protocols = list(client_protocols);
        let mut server: ServerConfig = authority.vouch_for(&["localhost", "127.0.0.1"]).server();
        server.alpn_protocols = list(server_protocols);
        let (client_end, server_end) = tcp();
        let serving = thread::spawn(move || {
            let socket = Incoming::tls(server_end, Arc::new(server), Config::default()).unwrap().accept()?;
            let connection = socket.stream().tls().unwrap().connection();
            let Connection::Server(tls) = &*connection else { panic!("it is a server") };
            Ok((tls.alpn_protocol().map(<[u8]>::to_vec), tls.server_name().map(ToOwned::to_owned)))
        });
        let connect = Connect::new(&format!("wss://{host}/")).unwrap().tls(Arc::new(client));
        let opened = connect.over_tcp(client_end).unwrap().finish();
        (serving.join().unwrap(), opened.err())
    })
}

#[test]
fn a_client_asks_for_its_host_and_for_http_1_1() {
    let (seen, _) = negotiate("localhost", &[], &["h2", "http/1.1"]);
    assert_eq!(seen.unwrap(), (Some(b"http/1.1".to_vec()), Some("localhost".into())));
}

#[test]
fn an_address_is_not_sent_as_a_name() {
    let (seen, _) = negotiate("127.0.0.1", &[], &["http/1.1"]);
    assert_eq!(seen.unwrap(), (Some(b"http/1.1".to_vec()), None));
}

#[test]
fn a_server_without_protocols_takes_any_client() {
    let (seen, _) = negotiate("localhost", &[], &[]);
    assert_eq!(seen.unwrap().0, None);
}

#[test]
fn protocols_that_were_named_are_left_as_they_are() {
    let (seen, _) = negotiate("localhost", &["websocket", "http/1.1"], &["websocket"]);
    assert_eq!(seen.unwrap().0, Some(b"websocket".to_vec()));
}

#[test]
fn a_client_of_http_2_alone_is_told_so() {
    let (refused, told) = negotiate("localhost", &["h2"], &["http/1.1"]);
    assert!(matches!(refused, Err(Error::Tls(rustls::Error::NoApplicationProtocol))), "{refused:?}");
    let alert = rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol);
    assert!(matches!(&told, Some(Error::Tls(error)) if *error == alert), "{told:?}");
}

#[test]
fn a_session_is_resumed_where_the_configuration_is_used_again() {
    watched(|| {
        let (client_tls, server_tls) = common_tls::configs();
        let connect = Connect::new("wss://localhost/").unwrap().tls(client_tls);
        for round in 0..2 {
            let (client, server) = tcp();
            let server_tls = Arc::clone(&server_tls);
            let serving = thread::spawn(move || {
                let mut socket =
                    Incoming::tls(server, server_tls, Config::default()).unwrap().accept().unwrap();
                socket.send("hello").unwrap();
                socket
            });
            let mut socket = connect.over_tcp(client).unwrap().finish().unwrap();
            socket.read(&mut rfc6455::Message::new()).unwrap();
            let kind = socket.stream().tls().unwrap().connection().handshake_kind();
            let is_resumed = kind == Some(rustls::HandshakeKind::Resumed);
            assert_eq!(is_resumed, round == 1, "{kind:?}");
            serving.join().unwrap();
        }
    });
}

#[test]
fn it_is_shown_and_sent() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<TlsStream>();
    let (client, server) = common_tls::over(tcp(), Default::default());
    for socket in [client, server] {
        let shown = format!("{:?}", socket.stream());
        assert!(shown.starts_with("Tls(TlsStream { socket: TcpStream {"), "{shown}");
    }
}

/// What TLS has kept until its handshake is done goes out with it, however much that is.
#[test]
fn a_request_that_is_larger_than_the_buffers_goes_out() {
    const LEN: usize = 400 << 10;
    let (client_tls, server_tls) = common_tls::configs();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let tcp = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.set_send_buffer_size(8 << 10)?;
        socket.connect(address).await?.into_std()
    });
    let (tcp, server) = (tcp.unwrap(), listener.accept().unwrap().0);
    tcp.set_nonblocking(false).unwrap();
    let serving = thread::spawn(move || {
        let mut raw = common_tls::raw_server(server, server_tls);
        while raw.conn.is_handshaking() {
            raw.conn.complete_io(&mut raw.sock).unwrap();
        }
        // Longer than a read tries to write.
        thread::sleep(50 * MILLI);
        // From then on there is no pause.
        raw.sock.set_read_timeout(Some(SECOND)).unwrap();
        raw.read_exact(&mut vec![0; LEN]).unwrap();
    });
    let connect = Connect::new("wss://localhost/").unwrap().tls(client_tls);
    let connect = connect.header("X-Large", &"x".repeat(LEN)).unwrap();
    assert!(matches!(connect.over_tcp(tcp).unwrap().finish(), Err(Error::HandshakeCut)));
    serving.join().unwrap();
}
