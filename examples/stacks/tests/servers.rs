//! Each server with this library's own client, and with bytes as they are on the wire.

mod common;

use std::net::SocketAddr;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use rfc6455::net::Connect;
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::Message;
use stacks::axum_extractor::WebSocketUpgrade;
use stacks::{Error, hyper_server, tiny_http, to_a_thread};
use tokio::net::TcpListener;

/// Runs the server, and what is to be seen of it in a thread that may block.
fn with_server<T>(serve: impl FnOnce(TcpListener) -> T, check: impl FnOnce(SocketAddr) + Send + 'static)
where
    T: Future<Output = Result<(), Error>> + Send + 'static,
{
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener));
        tokio::task::spawn_blocking(move || check(address)).await.unwrap();
    });
    runtime.shutdown_background();
}

#[test]
fn hyper_hands_over() {
    with_server(hyper_server::serve, common::serves);
}

#[test]
fn hyper_hands_over_to_a_thread() {
    with_server(to_a_thread::serve, common::serves);
}

#[test]
fn axum_extracts() {
    async fn echo(upgrade: WebSocketUpgrade) -> Response {
        upgrade.open(stacks::echo)
    }
    async fn choose(mut upgrade: WebSocketUpgrade) -> Response {
        upgrade.accept = upgrade.accept.first_subprotocol_of(&["v2", "v1"]);
        upgrade.config.limits.message = 1000;
        upgrade.open(|mut socket| async move {
            let chosen = socket.subprotocol().unwrap_or_default().to_owned();
            socket.send(&chosen).await?;
            stacks::echo(socket).await
        })
    }
    let routes = Router::new().route("/", get(echo)).route("/choose", get(choose));
    let serve = |listener| async { Ok(axum::serve(listener, routes).await?) };
    with_server(serve, |address| {
        common::serves(address);
        let url = format!("ws://{address}/choose");
        let connect = Connect::new(&url).unwrap().subprotocol("v1").unwrap().subprotocol("v2").unwrap();
        let mut socket = connect.open().unwrap();
        assert_eq!(socket.subprotocol(), Some("v2"));
        let mut message = Message::new();
        assert!(socket.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("v2"), "the server knows it, too");
        socket.send(&[0; 1001]).unwrap();
        assert!(!socket.read(&mut message).unwrap());
        assert_eq!(socket.close_status(), Some(CloseStatus::Code(CloseCode::MESSAGE_TOO_BIG)));
    });
}

#[test]
fn tiny_http_hands_over() {
    let server = ::tiny_http::Server::http("127.0.0.1:0").unwrap();
    let address = server.server_addr().to_ip().unwrap();
    std::thread::spawn(move || tiny_http::serve(&server));
    common::serves(address);
}
