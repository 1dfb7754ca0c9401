//! A server on tiny_http, in threads: it hands over a stream that gives first what came glued to the request.

use ::tiny_http::{Header, Response, Server};
use rfc6455::handshake::{Accept, HttpResponse, OriginPolicy, Request, RequestError, Upgrade};
use rfc6455::net::WebSocket;
use rfc6455::protocol::Role;
use rfc6455::session::{Config, Message};

use crate::Error;

/// Echoes, for ever.
pub fn serve(server: &Server) {
    for request in server.incoming_requests() {
        std::thread::spawn(move || {
            if let Err(error) = answer(request) {
                eprintln!("{error}");
            }
        });
    }
}

fn answer(request: ::tiny_http::Request) -> Result<(), Error> {
    let accept = match check(&request) {
        Ok(accept) => accept,
        Err(fault) => return refuse(request, &fault.response()),
    };
    // It writes `Upgrade` and `Connection` itself.
    let mut response = Response::empty(101);
    for header in headers(http::Response::try_from(&accept)?.headers()) {
        response.add_header(header?);
    }
    let stream = request.upgrade("websocket", response);
    // The socket below is not to be had, so deadlines are kept only when something comes.
    let mut socket = WebSocket::new(stream, Role::Server, Config::default(), Vec::new());
    let mut message = Message::new();
    while socket.read(&mut message)? {
        socket.send(&message)?;
    }
    Ok(())
}

fn check(request: &::tiny_http::Request) -> Result<Accept, RequestError> {
    let fields =
        request.headers().iter().map(|header| (header.field.as_str().as_str(), header.value.as_str()));
    let request = Request::from_fields(request.method().as_str(), request.url(), fields)?;
    OriginPolicy::SameHost.check(&request)?;
    Ok(Upgrade::from_request(&request)?.accept())
}

fn refuse(request: ::tiny_http::Request, refusal: &HttpResponse) -> Result<(), Error> {
    let (head, body) = http::Response::try_from(refusal)?.into_parts();
    let mut response = Response::from_data(body).with_status_code(head.status.as_u16());
    for header in headers(&head.headers) {
        response.add_header(header?);
    }
    Ok(request.respond(response)?)
}

fn headers(map: &http::HeaderMap) -> impl Iterator<Item = Result<Header, Error>> {
    map.iter().map(|(name, value)| {
        Header::from_bytes(name.as_str(), value.as_bytes())
            .map_err(|()| Error::from("a header that is not ASCII"))
    })
}
