//! A client and a server in one thread, without a socket: the output of one is the input of the other.
//!
//! ```text
//! cargo run --example sans_io
//! ```
//!
//! For those who bring their own I/O: an event loop, an async runtime, a simulation, a microcontroller. In
//! this crate nothing below `net` reads, writes, waits or looks at a clock. You own the buffers, and give
//! time and bytes as arguments.
//!
//! First the opening handshake, then a conversation, then the closing handshake. [`hand_over`] is the whole
//! of the I/O.

use std::error::Error;
use std::time::Duration;

use rfc6455::handshake::{Answer, ClientRequest, HeadLimits, OriginPolicy, ServerHandshake, Upgrade, Uri};
use rfc6455::protocol::{CloseCode, MaskKeys, Role, Transport};
use rfc6455::session::{Config, Keepalive, Message, Received, Session};

fn main() -> Result<(), Box<dyn Error>> {
    open()?;
    let mut wires = Wires::default();
    let (mut client, mut server) = sessions()?;

    println!("\nA message, and its echo");
    client.send("Hello", &mut wires.to_server)?;
    hand_over(&mut client, &mut server, &mut wires, Duration::from_secs(1))?;

    println!("\nA message in fragments, with a Ping in between");
    client.start("Gr", &mut wires.to_server)?;
    client.ping(b"alive?", &mut wires.to_server)?;
    client.finish("üße", &mut wires.to_server)?;
    hand_over(&mut client, &mut server, &mut wires, Duration::from_secs(2))?;

    // A loop of yours would sleep until then, or until bytes come.
    let deadline = server.deadline().ok_or("the server has a keepalive")?;
    println!("\nNothing comes for long: at {deadline:?} the server has something to do");
    server.tick(deadline, &mut wires.to_client)?;
    hand_over(&mut client, &mut server, &mut wires, deadline)?;

    println!("\nThe end");
    client.start_close(CloseCode::NORMAL, "bye", deadline, &mut wires.to_server)?;
    hand_over(&mut client, &mut server, &mut wires, deadline)?;
    // §7.1.1: the server hangs up first.
    println!("  the client's transport: {:?}, the server's: {:?}", client.transport(), server.transport());
    assert_eq!((client.transport(), server.transport()), (Transport::AwaitPeer, Transport::HangUp));
    Ok(())
}

/// The opening handshake (§4).
fn open() -> Result<(), Box<dyn Error>> {
    println!("The opening handshake");
    let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
    let uri = Uri::parse("ws://example.com/chat")?;
    let request = ClientRequest::new(&uri).origin("http://example.com")?.subprotocol("greetings.v1")?;
    let mut client = request.start_with_os_nonce(&mut to_server)?;
    show_head("client", &to_server);

    let mut server = ServerHandshake::new(HeadLimits::default());
    let mut input = &to_server[..];
    // `None` would mean that the head is not whole yet: give it the next bytes.
    let request = server.receive(&mut input)?.ok_or("more bytes")?;
    let upgrade = Upgrade::from_request(&request)?;
    OriginPolicy::SameHost.check(&request)?;
    upgrade.accept().first_subprotocol_of(&["greetings.v1"]).write(&mut to_client);
    show_head("server", &to_client);

    let mut input = &to_client[..];
    match client.receive(&mut input)?.ok_or("more bytes")? {
        Answer::Open(response) => println!("  open; subprotocol: {:?}", response.subprotocol()),
        Answer::Refused(response) => return Err(format!("refused with {}", response.status()).into()),
    }
    // What is left of `input` belongs to the connection.
    assert!(input.is_empty());
    Ok(())
}

fn sessions() -> Result<(Session, Session), Box<dyn Error>> {
    // A moment is the time since some moment of yours.
    let now = Duration::ZERO;
    let client = Session::new(Role::Client(MaskKeys::from_os()?), &Config::default(), now);
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(Duration::from_secs(20), Duration::from_secs(10)));
    Ok((client, Session::new(Role::Server, &config, now)))
}

/// Bytes on their way.
#[derive(Default)]
struct Wires {
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

/// Carries the bytes from one side to the other and back, until both are quiet. The server echoes.
///
/// With a real peer an error of `receive` is no reason to stop writing: the output then ends with the Close
/// that tells it why.
fn hand_over(
    client: &mut Session,
    server: &mut Session,
    wires: &mut Wires,
    now: Duration,
) -> Result<(), Box<dyn Error>> {
    let Wires { to_server, to_client } = wires;
    let mut message = Message::new();
    while !(to_server.is_empty() && to_client.is_empty()) {
        show_bytes("client -> server", to_server);
        let mut input = &mut to_server[..];
        while let Some(received) = server.receive(&mut input, &mut message, now, to_client)? {
            show("server", &received, &message);
            if let Received::Message = received {
                server.send(&message, to_client)?;
            }
        }
        // `None` says that all of the input was taken.
        to_server.clear();

        show_bytes("client <- server", to_client);
        let mut input = &mut to_client[..];
        while let Some(received) = client.receive(&mut input, &mut message, now, to_server)? {
            show("client", &received, &message);
        }
        to_client.clear();
    }
    Ok(())
}

fn show_head(who: &str, head: &[u8]) {
    for line in String::from_utf8_lossy(head).lines() {
        println!("  {who}: {line}");
    }
}

fn show_bytes(way: &str, bytes: &[u8]) {
    if !bytes.is_empty() {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("  {way}: {}", hex.join(" "));
    }
}

fn show(who: &str, received: &Received<'_>, message: &Message) {
    match received {
        Received::Message => println!("  {who} got {message:?}"),
        other => println!("  {who} got {other:?}"),
    }
}
