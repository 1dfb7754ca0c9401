//! A client on hyper 1, for those who have its connector, proxies or TLS already.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rfc6455::handshake::{Answer, ClientRequest, Uri, os_nonce};
use rfc6455::protocol::{MaskKeys, Role};
use rfc6455::session::Config;
use rfc6455::tokio::WebSocket;
use tokio::net::TcpStream;

use crate::Error;

/// Opens a WebSocket.
pub async fn connect(url: &http::Uri) -> Result<WebSocket<TokioIo<Upgraded>>, Error> {
    let uri = Uri::try_from(url)?;
    let stream = TcpStream::connect((uri.host(), uri.port())).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());

    let (request, handshake) = ClientRequest::new(&uri).start_http(os_nonce()?)?;
    let response = sender.send_request(request.map(|()| Empty::<Bytes>::new())).await?;
    match handshake.check_http(&response)? {
        Answer::Open(opened) => {
            // A message that came right behind the head is in it.
            let stream = TokioIo::new(hyper::upgrade::on(response).await?);
            let role = Role::Client(MaskKeys::from_os()?);
            let socket = WebSocket::new(stream, role, Config::default(), Vec::new());
            Ok(match opened.subprotocol() {
                Some(name) => socket.with_subprotocol(name),
                None => socket,
            })
        }
        Answer::Refused(refusal) => {
            let body = response.into_body().collect().await?.to_bytes();
            Err(format!("{}: {}", refusal.status(), String::from_utf8_lossy(&body).trim_end()).into())
        }
    }
}
