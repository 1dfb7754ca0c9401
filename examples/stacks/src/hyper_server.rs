//! A server on hyper 1, which parses the request, sends the answer, and hands over the connection.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use rfc6455::handshake::{Accept, OriginPolicy, Request, RequestError, Upgrade};
use rfc6455::protocol::Role;
use rfc6455::session::Config;
use rfc6455::tokio::WebSocket;
use tokio::net::TcpListener;

use crate::{Error, echo};

/// Echoes, for ever.
pub async fn serve(listener: TcpListener) -> Result<(), Error> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            // Without this, what `upgrade::on` gives would never be ready.
            if let Err(error) = connection.with_upgrades().await {
                eprintln!("hyper: {error}");
            }
        });
    }
}

async fn answer(mut request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, http::Error> {
    match check(&request) {
        Ok(accept) => {
            tokio::spawn(talk(hyper::upgrade::on(&mut request)));
            Ok(http::Response::try_from(&accept)?.map(|()| Full::default()))
        }
        Err(fault) => Ok(http::Response::try_from(&fault.response())?.map(Full::from)),
    }
}

/// Holds the request against the rules; the server chooses nothing of what the client offers.
pub fn check<B>(request: &http::Request<B>) -> Result<Accept, RequestError> {
    let request = Request::try_from(request)?;
    OriginPolicy::SameHost.check(&request)?;
    Ok(Upgrade::from_request(&request)?.accept())
}

async fn talk(upgraded: OnUpgrade) {
    let talked = async {
        // It gives what came glued to the request before what comes now.
        let stream = TokioIo::new(upgraded.await?);
        echo(WebSocket::new(stream, Role::Server, Config::default(), Vec::new())).await
    };
    if let Err(error) = talked.await {
        eprintln!("{error}");
    }
}
