//! What is public can be sent to another thread and looked at from many: part of the API, and easily lost.

use rfc6455::{dial, frame, handshake, protocol, session};

const fn is_send_and_sync<T: Send + Sync>() {}

const fn is_error<T: std::error::Error + Clone + Send + Sync + 'static>() {}

const _: () = {
    is_send_and_sync::<frame::FrameHeader>();
    is_send_and_sync::<frame::EncodedHeader>();
    is_send_and_sync::<frame::Mask>();
    is_send_and_sync::<protocol::Connection>();
    is_send_and_sync::<protocol::Receiver>();
    is_send_and_sync::<protocol::Sender>();
    is_send_and_sync::<protocol::MaskKeys>();
    is_send_and_sync::<protocol::Event<'_, &mut [u8]>>();
    is_send_and_sync::<protocol::Data<'_>>();
    is_send_and_sync::<protocol::Utf8Stream>();
    is_send_and_sync::<handshake::ServerHandshake>();
    is_send_and_sync::<handshake::Request>();
    is_send_and_sync::<handshake::Upgrade>();
    is_send_and_sync::<handshake::Accept>();
    is_send_and_sync::<handshake::OriginPolicy>();
    is_send_and_sync::<handshake::HttpResponse>();
    is_send_and_sync::<handshake::Uri>();
    is_send_and_sync::<handshake::ClientRequest>();
    is_send_and_sync::<handshake::ClientHandshake>();
    is_send_and_sync::<handshake::Answer>();
    is_send_and_sync::<dial::Proxy>();
    is_send_and_sync::<dial::ProxyRules>();
    is_send_and_sync::<dial::Tunnel>();
    is_send_and_sync::<dial::Redirects>();
    is_send_and_sync::<dial::Redirect>();
    is_send_and_sync::<dial::Backoff>();
    is_send_and_sync::<session::Session>();
    is_send_and_sync::<session::Message>();
    is_send_and_sync::<session::PreparedMessage>();
    is_send_and_sync::<session::Config>();
    is_send_and_sync::<session::HandshakeTimer>();
};

#[cfg(feature = "deflate")]
const _: () = {
    use rfc6455::deflate;

    is_send_and_sync::<deflate::Deflate>();
    is_send_and_sync::<deflate::Agreement>();
    is_send_and_sync::<deflate::Compressor>();
    is_send_and_sync::<deflate::Decompressor>();
    is_send_and_sync::<deflate::Pool>();
    is_error::<deflate::AnswerError>();
    is_error::<deflate::InvalidData>();
};

const _: () = {
    is_error::<rfc6455::EntropyError>();
    is_error::<frame::HeaderError>();
    is_error::<frame::ReservedOpcode>();
    is_error::<protocol::ProtocolError>();
    is_error::<protocol::SendError>();
    is_error::<protocol::Truncated>();
    is_error::<protocol::InvalidCloseCode>();
    is_error::<protocol::InvalidUtf8>();
    is_error::<handshake::HeadError>();
    is_error::<handshake::RequestError>();
    is_error::<handshake::ResponseError>();
    is_error::<handshake::BuildError>();
    is_error::<handshake::UriError>();
    is_error::<dial::ProxyUrlError>();
    is_error::<dial::ProxyError>();
    is_error::<dial::EnvironmentError>();
    is_error::<dial::RedirectError>();
    is_error::<session::SessionError>();
    is_error::<session::Deadline>();
};

#[cfg(feature = "std")]
mod net {
    use std::net::TcpStream;

    use rfc6455::{dial, net};

    use super::is_send_and_sync;

    const _: () = {
        is_send_and_sync::<dial::Gate>();
        is_send_and_sync::<dial::Turn>();
        is_send_and_sync::<dial::Pass>();
        is_send_and_sync::<net::WebSocket<TcpStream>>();
        is_send_and_sync::<net::Reader<TcpStream>>();
        is_send_and_sync::<net::Writer<TcpStream>>();
        is_send_and_sync::<net::Parts<TcpStream>>();
        is_send_and_sync::<net::Incoming<TcpStream>>();
        is_send_and_sync::<net::Connect>();
        is_send_and_sync::<net::Connecting<TcpStream>>();
        is_send_and_sync::<net::Error>();
        is_send_and_sync::<net::Stream>();
        #[cfg(feature = "rustls")]
        is_send_and_sync::<net::TlsStream>();
    };
}

#[cfg(feature = "tokio")]
mod of_tokio {
    use rfc6455::handshake::{Accept, HttpResponse, OriginPolicy};
    use rfc6455::tokio::{Incoming, Reader, WebSocket, Writer};
    use rfc6455::{CloseCode, Connect, Message, PreparedMessage};
    use tokio::net::TcpStream;

    use super::is_send_and_sync;

    const _: () = {
        is_send_and_sync::<WebSocket<TcpStream>>();
        is_send_and_sync::<Reader<TcpStream>>();
        is_send_and_sync::<Writer<TcpStream>>();
        is_send_and_sync::<Incoming<TcpStream>>();
    };

    fn is_send(_: impl Send) {}

    /// Never called: that it compiles is the test. A task moves between threads while it waits for any of these.
    #[expect(dead_code, reason = "it is there to be compiled")]
    fn futures_can_be_sent(
        connect: &Connect,
        stream: fn() -> TcpStream,
        incoming: fn() -> Incoming<TcpStream>,
        socket: &mut WebSocket<TcpStream>,
        (reader, writer): (&mut Reader<TcpStream>, &mut Writer<TcpStream>),
        accept: &Accept,
        message: &mut Message,
    ) {
        is_send(rfc6455::tokio::connect("ws://localhost/"));
        is_send(rfc6455::tokio::open(connect));
        is_send(rfc6455::tokio::over(connect, stream()));
        is_send(rfc6455::tokio::accept(stream()));
        is_send(incoming().accept());
        is_send(incoming().open(accept));
        is_send(incoming().request());
        is_send(incoming().upgrade(&OriginPolicy::SameHost));
        is_send(incoming().respond(&HttpResponse::not_found()));
        is_send(socket.read(message));
        is_send(socket.read_event(message));
        is_send(socket.read_part(message));
        is_send(socket.send("text"));
        is_send(socket.queue(&*message));
        is_send(socket.send_prepared(&PreparedMessage::new("text")));
        is_send(socket.start_close(CloseCode::NORMAL, ""));
        is_send(socket.close(CloseCode::NORMAL, ""));
        is_send(reader.read(message));
        is_send(reader.read_event(message));
        is_send(writer.send("text"));
        is_send(writer.flush());
        is_send(writer.close(CloseCode::NORMAL, ""));
    }
}
