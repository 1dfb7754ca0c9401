//! An extractor for axum 0.8: copy this file. It needs `axum` 0.8, `http` 1, `hyper` 1, `hyper-util` with `tokio`, `tokio`, and
//! `rfc6455` with `http` and `tokio`.
//!
//! ```no_run
//! use axum::{Router, response::Response, routing::get};
//! use rfc6455::session::Message;
//! use stacks::axum_extractor::WebSocketUpgrade;
//!
//! async fn echo(upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.open(|mut socket| async move {
//!         let mut message = Message::new();
//!         while socket.read(&mut message).await? {
//!             socket.send(&message).await?;
//!         }
//!         Ok(())
//!     })
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:9001").await?;
//! axum::serve(listener, Router::new().route("/", get(echo))).await
//! # }
//! ```

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use rfc6455::handshake::{Accept, HttpResponse, OriginPolicy, Request, RequestError, Upgrade};
use rfc6455::protocol::Role;
use rfc6455::session::Config;
use rfc6455::tokio::WebSocket;

/// Whatever may go wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A request that opens a WebSocket. Others are refused with the fitting status; those of pages of other hosts with 403.
pub struct WebSocketUpgrade {
    /// What to answer: choose a subprotocol, or set a cookie, before [`open`](Self::open).
    pub accept: Accept,
    /// Limits, keepalive and deadlines. (Its compression is not looked at here.)
    pub config: Config,
    upgraded: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let accept = check(parts).map_err(|fault| refused(&fault.response()))?;
        // It is hyper that puts it there.
        let upgraded = parts.extensions.remove::<OnUpgrade>();
        let upgraded = upgraded.ok_or_else(|| refused(&HttpResponse::service_unavailable()))?;
        Ok(Self { accept, config: Config::default(), upgraded })
    }
}

impl WebSocketUpgrade {
    /// Answers with 101, and has `talk` go on in a task of its own.
    pub fn open<T>(self, talk: impl FnOnce(WebSocket<TokioIo<Upgraded>>) -> T + Send + 'static) -> Response
    where
        T: Future<Output = Result<(), Error>> + Send,
    {
        let Ok(answer) = http::Response::try_from(&self.accept) else {
            return refused(&HttpResponse::bad_request());
        };
        let subprotocol = self.accept.chosen_subprotocol().map(String::from);
        tokio::spawn(async move {
            let talked = async {
                let stream = TokioIo::new(self.upgraded.await?);
                let mut socket = WebSocket::new(stream, Role::Server, self.config, Vec::new());
                if let Some(name) = subprotocol {
                    socket = socket.with_subprotocol(name);
                }
                talk(socket).await
            };
            if let Err(error) = talked.await {
                eprintln!("{error}");
            }
        });
        answer.map(|()| Body::empty())
    }
}

fn check(parts: &Parts) -> Result<Accept, RequestError> {
    let request = Request::try_from(parts)?;
    OriginPolicy::SameHost.check(&request)?;
    Ok(Upgrade::from_request(&request)?.accept())
}

fn refused(response: &HttpResponse) -> Response {
    http::Response::try_from(response).unwrap_or_default().map(Body::from)
}
