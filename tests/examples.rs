//! Runs the examples as programs: what their documentation says is what they do.
//!
//! `cargo test` builds them first; `cargo test --test examples` alone takes them as they were built last.
#![cfg(feature = "std")]

#[cfg(feature = "rustls")]
mod common_tls;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rfc6455::net::{self, Connect, ReadEvent, WebSocket};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::Message;

/// A test that waits longer for one thing has failed.
const LIMIT: Duration = Duration::from_secs(20);

/// The same server with threads and with tasks.
const ECHOS: &[&str] =
    if cfg!(feature = "tokio") { &["echo_server", "tokio_echo"] } else { &["echo_server"] };
const CHATS: &[&str] = if cfg!(feature = "tokio") { &["chat", "tokio_chat"] } else { &["chat"] };

mod programs {
    use super::*;

    /// `cargo test` builds the examples beside the tests.
    pub(crate) fn example(name: &str) -> Command {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
        let path = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        assert!(path.exists(), "{} is missing; `cargo build --examples` makes it", path.display());
        Command::new(path)
    }

    /// A server that runs until this is dropped.
    pub(crate) struct Server {
        child: Child,
        pub(crate) address: String,
        log: Receiver<String>,
    }

    impl Server {
        pub(crate) fn start(name: &str, flags: &[&str]) -> Self {
            let mut command = example(name);
            command.arg("127.0.0.1:0").args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let said = lines(child.stdout.take().unwrap());
            let log = lines(child.stderr.take().unwrap());
            let mut server = Self { child, address: String::new(), log };
            let ready = said.recv_timeout(LIMIT).unwrap();
            let address = match name {
                "chat" | "tokio_chat" => ready
                    .strip_prefix("chat on http")
                    .and_then(|rest| rest.trim_start_matches('s').strip_prefix("://")?.strip_suffix('/')),
                _ => ready.strip_prefix("listening on "),
            };
            server.address = address.unwrap().to_string();
            server
        }

        /// Waits for a line on the standard error that holds `words`.
        pub(crate) fn logs(&self, words: &str) {
            let deadline = Instant::now() + LIMIT;
            let mut seen = Vec::new();
            while let Ok(line) = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                if line.contains(words) {
                    return;
                }
                seen.push(line);
            }
            panic!("no {words:?} in {seen:#?}");
        }

        #[cfg(unix)]
        pub(crate) fn interrupt(&self) {
            assert!(
                Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success()
            );
        }

        /// Waits until it has ended by itself.
        pub(crate) fn exit_code(mut self) -> Option<i32> {
            let deadline = Instant::now() + LIMIT;
            // It holds the pipe to its log as long as it lives.
            while self.log.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
            assert!(Instant::now() < deadline, "it still runs");
            self.child.wait().unwrap().code()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        receiver
    }

    /// Runs a program to its end with `input` on its standard input.
    pub(crate) fn run(name: &str, words: &[&str], input: &str) -> Output {
        run_in(name, &[], words, input)
    }

    /// The same, with these variables in its environment, and no other that names a proxy.
    pub(crate) fn run_in(name: &str, variables: &[(&str, &str)], words: &[&str], input: &str) -> Output {
        let mut command = example(name);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for of in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
            command.env_remove(of).env_remove(of.to_lowercase());
        }
        let mut child = command.envs(variables.iter().copied()).spawn().unwrap();
        // It may have ended before it read all.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let id = child.id().to_string();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        receiver.recv_timeout(LIMIT).map(Result::unwrap).unwrap_or_else(|_| {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            panic!("{name} did not end in time")
        })
    }

    pub(crate) fn stdout(output: &Output) -> String {
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout.clone()).unwrap()
    }

    /// What a program that failed said.
    pub(crate) fn failure(output: &Output) -> String {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr.clone()).unwrap()
    }
}

use programs::{Server, failure, run, run_in, stdout};

type Socket = WebSocket<TcpStream>;

fn dial(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn open(connect: &Connect, address: &str) -> Result<Socket, net::Error> {
    connect.over(dial(address))?.finish()
}

fn connect(address: &str, path: &str) -> Socket {
    open(&Connect::new(&format!("ws://{address}{path}")).unwrap(), address).unwrap()
}

fn read(socket: &mut Socket) -> Message {
    let mut message = Message::new();
    assert!(socket.read(&mut message).unwrap(), "closed: {:?}", socket.close_status());
    message
}

fn text(socket: &mut Socket) -> String {
    read(socket).as_text().expect("text").to_string()
}

/// Reads to the end, whatever still comes.
fn end_of(socket: &mut Socket) -> (u16, String) {
    let mut message = Message::new();
    while socket.read(&mut message).unwrap() {}
    (socket.close_status().unwrap().to_u16(), socket.close_reason().to_string())
}

fn status_of(refused: Result<Socket, net::Error>) -> u16 {
    match refused {
        Err(net::Error::Refused(response)) => response.status(),
        other => panic!("{other:?}"),
    }
}

fn http(address: &str, request: &str) -> String {
    let mut stream = dial(address);
    write!(stream, "{request}\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A server for as many connections as `serve` is called for, in a thread.
fn serve_here(connections: usize, serve: impl Fn(usize, Socket) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for number in 0..connections {
            serve(number, net::accept(listener.accept().unwrap().0).unwrap());
        }
    });
    address
}

mod echo {
    use super::*;

    fn url(server: &Server) -> String {
        format!("ws://{}/", server.address)
    }

    #[test]
    fn client_and_server_agree() {
        for name in ECHOS {
            let server = Server::start(name, &["--subprotocol", "b", "--subprotocol", "a"]);
            let said = stdout(&run(
                "echo_client",
                &[&url(&server), "30", "--subprotocol", "a", "--subprotocol", "b"],
                "",
            ));
            assert!(said.starts_with("30 messages, ") && said.contains("30 pings came back"), "{said}");
            assert!(said.ends_with("subprotocol: b\n"), "{said}");
            let said = stdout(&run("echo_client", &[&url(&server), "0", "--header", "X-Trace: 7"], ""));
            assert!(said.starts_with("0 messages, ") && said.ends_with("subprotocol: none\n"), "{said}");
        }
    }

    #[test]
    fn client_tells_what_is_wrong() {
        for name in ECHOS {
            let address = serve_here(2, |number, mut socket| {
                let mut message = Message::new();
                match number {
                    0 => {
                        while socket.read(&mut message).is_ok_and(|more| more) {
                            let _ = socket.send("not that");
                        }
                    }
                    _ => drop(socket.close(CloseCode::new(4321).unwrap(), "told to, κόσμε \u{1b}[2J")),
                }
            });
            let url = format!("ws://{address}/");
            let said = failure(&run("echo_client", &[&url], ""));
            assert!(said.contains("message 0, ") && said.contains("the echo is Text of 8 bytes"), "{said}");
            let said = failure(&run("echo_client", &[&url], ""));
            assert!(said.contains("the server closed with 4321 told to, κόσμε \\u{1b}[2J"), "{said}");

            let guarded = Server::start(name, &["--auth", "user:secret"]);
            let said = failure(&run("echo_client", &[&self::url(&guarded)], ""));
            assert!(said.contains("401"), "{said}");
            let header = "Authorization: Basic dXNlcjpzZWNyZXQ=";
            stdout(&run("echo_client", &[&self::url(&guarded), "3", "--header", header], ""));

            failure(&run("echo_client", &["http://127.0.0.1/"], ""));
            failure(&run("echo_client", &[&url, "--unknown", "flag"], ""));
            failure(&run("echo_client", &[], ""));
        }
    }

    #[test]
    fn client_ends_whatever_the_server_leaves_undone() {
        for name in ECHOS {
            let silent = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = silent.local_addr().unwrap().to_string();
            assert_eq!(
                end_of_client(&address, &["1", "--handshake-timeout", "0.1"]),
                "the opening handshake was not finished in time"
            );

            // It reads and echoes nothing, or does not even answer the Close.
            let address = serve_here(3, |number, mut socket| match number {
                0 | 1 => while socket.read(&mut Message::new()).is_ok_and(|more| more) {},
                _ => drop(std::io::copy(&mut socket.into_parts().stream, &mut std::io::sink())),
            });
            let said = end_of_client(&address, &["1", "--idle-timeout", "0.1"]);
            assert!(said.starts_with("message 0, ") && said.contains("within the idle timeout"), "{said}");
            let said = end_of_client(&address, &["1", "--time-limit", "0.1"]);
            assert!(said.starts_with("not done after 100ms: message 0, "), "{said}");
            let said = end_of_client(&address, &["0", "--close-timeout", "0.1"]);
            assert!(said.contains("the peer did not answer our close in time"), "{said}");

            let server = Server::start(name, &[]);
            let said = end_of_client(&server.address, &["4", "--max-message", "124"]);
            assert!(said.starts_with("message 3, ") && said.contains("over the limit of 124"), "{said}");
            stdout(&run(
                "echo_client",
                &[&url(&server), "4", "--max-message", "125", "--write-timeout", "9", "--time-limit", "9"],
                "",
            ));
        }
    }

    fn end_of_client(address: &str, words: &[&str]) -> String {
        let url = format!("ws://{address}/");
        let said = failure(&run("echo_client", &[&[url.as_str()], words].concat(), ""));
        said.strip_prefix("echo_client: ").unwrap().trim_end().to_string()
    }

    #[test]
    fn server_asks_for_the_password() {
        for name in ECHOS {
            let server = Server::start(name, &["--auth", "user:secret"]);
            let basic = |credentials: &str| {
                let connect = Connect::new(&url(&server)).unwrap();
                open(&connect.header("Authorization", credentials).unwrap(), &server.address)
            };
            for wrong in [
                "Basic dXNlcjp3cm9uZw==",
                "Basic dXNlcjpzZWNyZX",
                "Basic",
                "Basic ",
                "Bearer dXNlcjpzZWNyZXQ=",
            ] {
                assert_eq!(status_of(basic(wrong)), 401, "{wrong}");
            }
            server.logs("401");
            for right in ["Basic dXNlcjpzZWNyZXQ=", "basic  dXNlcjpzZWNyZXQ="] {
                let mut socket = basic(right).unwrap();
                socket.send("x").unwrap();
                assert_eq!(text(&mut socket), "x");
            }
            let answer = http(&server.address, "GET / HTTP/1.1");
            assert!(
                answer.starts_with("HTTP/1.1 401 ") && answer.contains("WWW-Authenticate: Basic realm="),
                "{answer}"
            );
        }
    }

    #[test]
    fn server_looks_at_the_origin() {
        for name in ECHOS {
            let server =
                Server::start(name, &["--origin", "http://a.example", "--origin", "http://b.example"]);
            let from = |origin: &str| {
                open(&Connect::new(&url(&server)).unwrap().origin(origin).unwrap(), &server.address)
            };
            assert!(from("http://a.example").is_ok() && from("http://b.example").is_ok());
            assert_eq!(status_of(from("http://c.example")), 403);
            server.logs("Origin");
            connect(&server.address, "/");
            let any = Server::start(name, &[]);
            assert!(
                open(&Connect::new(&url(&any)).unwrap().origin("http://c.example").unwrap(), &any.address)
                    .is_ok()
            );
        }
    }

    #[test]
    fn server_serves_browsers_a_page() {
        for name in ECHOS {
            let server = Server::start(name, &[]);
            let answer = http(&server.address, "GET /anything HTTP/1.1");
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("echo server"), "{answer}");
            let answer = http(&server.address, "POST / HTTP/1.1");
            assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
            let answer = http(&server.address, "no HTTP");
            assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        }
    }

    #[test]
    fn server_bounds_messages_and_frames() {
        for name in ECHOS {
            let server = Server::start(name, &["--max-message", "100", "--max-frame", "64"]);
            let mut socket = connect(&server.address, "/");
            socket.start(&[1; 64]).unwrap();
            socket.finish(&[1; 36]).unwrap();
            assert_eq!(read(&mut socket).len(), 100);
            socket.send(&[1; 65]).unwrap();
            assert_eq!(end_of(&mut socket).0, 1009);

            let mut socket = connect(&server.address, "/");
            socket.start(&[1; 64]).unwrap();
            socket.finish(&[1; 37]).unwrap();
            assert_eq!(end_of(&mut socket).0, 1009);
            server.logs("last received");
        }
    }

    #[test]
    fn server_bounds_connections() {
        for name in ECHOS {
            let server = Server::start(name, &["--max-connections", "1"]);
            let mut first = connect(&server.address, "/");
            let again = || open(&Connect::new(&url(&server)).unwrap(), &server.address);
            assert_eq!(status_of(again()), 503);
            first.send("still there").unwrap();
            assert_eq!(text(&mut first), "still there");
            first.close(CloseCode::NORMAL, "").unwrap();
            let deadline = Instant::now() + LIMIT;
            while again().is_err() {
                assert!(Instant::now() < deadline, "the place is not given back");
            }
        }
    }

    #[test]
    fn server_does_not_wait_for_a_dripping_request() {
        for name in ECHOS {
            let server = Server::start(name, &["--handshake-timeout", "0.3"]);
            let mut stream = dial(&server.address);
            let begun = Instant::now();
            // The reads that time out are the pauses.
            stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            let request = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ".bytes().chain(std::iter::repeat(b'x'));
            let mut answer = [0; 12];
            for byte in request {
                let _ = stream.write_all(&[byte]);
                match stream.read_exact(&mut answer) {
                    Ok(()) => break,
                    Err(_) => assert!(begun.elapsed() < LIMIT, "it still waits"),
                }
            }
            assert_eq!(&answer, b"HTTP/1.1 408");
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
            server.logs("in time");
        }
    }

    #[test]
    fn server_hangs_up_on_the_silent_and_keeps_who_answers() {
        for name in ECHOS {
            let flags = ["--ping-interval", "0.1", "--ping-timeout", "0.3"];
            let server = Server::start(name, &flags);
            let mut silent = connect(&server.address, "/").into_parts().stream;
            let mut heard = Vec::new();
            silent.read_to_end(&mut heard).unwrap();
            let (ping, close) = heard.split_at(10);
            assert_eq!((ping[0], ping[1]), (0x89, 8), "a Ping with a payload of its own");
            assert_eq!((close[0], &close[2..4]), (0x88, &1011_u16.to_be_bytes()[..]));
            server.logs("pong");

            let patient = Server::start(name, &["--ping-interval", "0.1", "--ping-timeout", "20"]);
            let mut alive = connect(&patient.address, "/");
            let mut message = Message::new();
            for _ in 0..3 {
                assert!(matches!(alive.read_event(&mut message), Ok(ReadEvent::Ping(_))));
            }
            alive.send("here").unwrap();
            assert_eq!(text(&mut alive), "here");
        }
    }

    #[test]
    fn server_gives_a_client_up_that_takes_nothing() {
        for name in ECHOS {
            let server = Server::start(name, &["--write-timeout", "0.2"]);
            let stream = connect(&server.address, "/").into_parts().stream;
            stream.set_write_timeout(Some(LIMIT)).unwrap();
            // A masked text of a thousand bytes, whose mask changes nothing.
            let frame = [&b"\x81\xfe\x03\xe8\0\0\0\0"[..], &[b'x'; 1000]].concat().repeat(100);
            let error = loop {
                if let Err(error) = (&stream).write_all(&frame) {
                    break error;
                }
            };
            assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        }
    }

    #[test]
    fn server_answers_what_is_pipelined() {
        for name in ECHOS {
            let server = Server::start(name, &[]);
            let mut socket = connect(&server.address, "/");
            for number in 0..1000 {
                socket.queue(&format!("message {number}")).unwrap();
            }
            for number in 0..1000 {
                assert_eq!(text(&mut socket), format!("message {number}"));
            }
            let status = socket.close(CloseCode::new(4001).unwrap(), "bye").unwrap();
            assert_eq!(status.to_u16(), 4001);
        }
    }

    #[test]
    fn server_refuses_flags_it_does_not_know() {
        for words in
            [["--unknown", "1"], ["--max-message", "many"], ["--ping-interval", "-1"], ["--auth", ""]]
        {
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            failure(&run("echo_server", &words, ""));
        }
    }
}

#[cfg(feature = "deflate")]
mod compression {
    use super::*;
    use rfc6455::deflate::Deflate;
    use rfc6455::handshake::OriginPolicy;
    use rfc6455::net::Incoming;
    use rfc6455::session::Config;

    const FLAGS: [&str; 5] = ["--window-bits", "10", "--no-context-takeover", "--level", "1"];

    fn config() -> Config {
        let mut config = Config::default();
        config.deflate = Some(Deflate::default());
        config
    }

    /// The value of this header of a head, or of an answer that is none.
    fn extensions(head: &str) -> Option<&str> {
        head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: "))
    }

    /// What the server answers to this offer.
    fn answer_to(offer: &str, flags: &[&str]) -> Option<String> {
        let server = Server::start("echo_server", flags);
        let mut stream = BufReader::new(dial(&server.address));
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \
             dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: {offer}\r\n\r\n",
            server.address
        );
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut head).unwrap(), 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        extensions(&head).map(String::from)
    }

    /// What the client offers, and the first byte behind its request; what `echo_client` sends first is empty.
    fn first_words(program: &'static str, flags: &[&str]) -> (Option<String>, Option<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let (sender, heard) = mpsc::channel();
        thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            stream.set_read_timeout(Some(LIMIT)).unwrap();
            let mut incoming = Incoming::new(stream, config());
            let request = incoming.request().unwrap();
            let offer = request.headers().get("Sec-WebSocket-Extensions").map(String::from);
            let upgrade = incoming.upgrade(&OriginPolicy::Any).unwrap();
            let stream = incoming.open(&upgrade.accept()).unwrap().into_parts().stream;
            if program == "autobahn_client" {
                // It waits for the server to begin.
                stream.shutdown(Shutdown::Write).unwrap();
            }
            let mut first = Vec::new();
            stream.take(1).read_to_end(&mut first).unwrap();
            sender.send((offer, first.pop())).unwrap();
        });
        let words: Vec<&str> = [url.as_str()].iter().chain(flags).copied().collect();
        failure(&run(program, &words, ""));
        heard.recv_timeout(LIMIT).unwrap()
    }

    #[test]
    fn client_and_server_agree_with_any_flags() {
        for flags in [&[][..], &["--deflate"], &FLAGS[..2], &FLAGS[2..3], &FLAGS] {
            let server = Server::start("echo_server", flags);
            let url = format!("ws://{}/", server.address);
            for flags in [&[][..], &["--deflate"], &FLAGS[..2], &FLAGS[2..3], &FLAGS] {
                let words: Vec<&str> = [url.as_str(), "11"].iter().chain(flags).copied().collect();
                let said = stdout(&run("echo_client", &words, ""));
                assert!(said.starts_with("11 messages, "), "{said}");
            }
        }
    }

    #[test]
    fn server_answers_as_its_flags_say() {
        let offer = "permessage-deflate; client_max_window_bits";
        let answer = |flags: &[&str]| answer_to(offer, flags);
        assert_eq!(answer(&[]), None);
        assert_eq!(answer(&["--deflate"]).as_deref(), Some("permessage-deflate"));
        assert_eq!(answer(&["--level", "9"]).as_deref(), Some("permessage-deflate"));
        let takeover = "server_no_context_takeover; client_no_context_takeover";
        let bits = "server_max_window_bits=10; client_max_window_bits=10";
        assert_eq!(answer(&FLAGS[2..3]), Some(format!("permessage-deflate; {takeover}")));
        assert_eq!(answer(&FLAGS[..2]), Some(format!("permessage-deflate; {bits}")));
        assert_eq!(answer(&FLAGS), Some(format!("permessage-deflate; {takeover}; {bits}")));
        for (flags, params) in [
            (&["--outgoing-window-bits", "8"][..], "server_max_window_bits=8"),
            (&["--incoming-window-bits", "9"], "client_max_window_bits=9"),
            (&["--no-outgoing-takeover"], "server_no_context_takeover"),
            (&["--no-incoming-takeover"], "client_no_context_takeover"),
        ] {
            assert_eq!(answer(flags), Some(format!("permessage-deflate; {params}")));
        }
        // A client that cannot be asked to keep to a window.
        assert_eq!(answer_to("permessage-deflate", &FLAGS[..2]), None);
    }

    #[test]
    fn client_offers_as_its_flags_say_and_compresses_even_nothing() {
        let (text, compressed) = (0x81, 0xc1);
        assert_eq!(first_words("echo_client", &[]), (None, Some(text)));
        let offers = |flags: &[&str], offer: &str| {
            assert_eq!(
                first_words("echo_client", flags),
                (Some(format!("permessage-deflate; {offer}")), Some(compressed))
            );
        };
        let takeover = "server_no_context_takeover; client_no_context_takeover";
        let bits = "server_max_window_bits=10; client_max_window_bits=10";
        offers(&["--deflate"], "client_max_window_bits");
        offers(&FLAGS[2..3], &format!("{takeover}; client_max_window_bits"));
        offers(&FLAGS[..2], bits);
        offers(&FLAGS, &format!("{takeover}; {bits}"));
        offers(&["--outgoing-window-bits", "8"], "client_max_window_bits=8");
        offers(&["--incoming-window-bits", "9"], "server_max_window_bits=9; client_max_window_bits");
        offers(&["--no-outgoing-takeover"], "client_no_context_takeover; client_max_window_bits");
        offers(&["--no-incoming-takeover"], "server_no_context_takeover; client_max_window_bits");
    }

    #[test]
    fn server_compresses_every_message_and_as_much_as_it_is_told() {
        let header_of_echo = |flags: &[&str], message: &str| {
            let server = Server::start("echo_server", flags);
            let url = format!("ws://{}/", server.address);
            let mut socket = open(&Connect::new(&url).unwrap().config(config()), &server.address).unwrap();
            socket.send(message).unwrap();
            let mut header = [0; 2];
            socket.into_parts().stream.read_exact(&mut header).unwrap();
            header
        };
        assert_eq!(header_of_echo(&["--deflate"], ""), [0xc1, 1]);
        assert_eq!(header_of_echo(&["--threshold", "3"], "123")[0], 0xc1);
        assert_eq!(header_of_echo(&["--threshold", "4", "--deflate"], "123"), [0x81, 3]);
        let message = "a".repeat(100);
        let [stored, shortened] = ["0", "9"].map(|level| header_of_echo(&["--level", level], &message)[1]);
        assert!(stored > 100 && shortened < 20, "{stored}, {shortened}");
    }

    /// One of the fuzzing servers counts on these words.
    #[test]
    fn autobahn_client_offers_what_all_cases_can_use() {
        let (offer, _) = first_words("autobahn_client", &["--deflate"]);
        let expected = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
        assert_eq!(offer.as_deref(), Some(expected));
        assert_eq!(first_words("autobahn_client", &[]).0, None);
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for program in ["echo_server", "echo_client", "autobahn_client"] {
            for (flags, why) in [
                (&["--window-bits", "7"][..], "8 to 15"),
                (&["--window-bits", "x"], "8 to 15"),
                (&["--level", "10"], "0 to 9"),
                (&["--level"], "0 to 9"),
            ] {
                let words: Vec<&str> = ["ws://127.0.0.1:1/"].iter().chain(flags).copied().collect();
                let said = failure(&run(program, &words, ""));
                assert!(said.contains(flags[0]) && said.contains(why), "{said}");
            }
        }
    }
}

#[cfg(not(feature = "deflate"))]
mod compression {
    use super::*;

    #[test]
    fn flags_are_refused_by_a_build_without_it() {
        for program in ["echo_server", "echo_client", "autobahn_client"] {
            for flag in ["--deflate", "--window-bits", "--no-context-takeover", "--level"] {
                let said = failure(&run(program, &["ws://127.0.0.1:1/", flag], ""));
                assert!(said.contains(flag) && said.contains("--features deflate"), "{said}");
            }
        }
    }
}

#[cfg(feature = "rustls")]
mod tls {
    use super::*;
    use crate::common_tls::{self, Authority};
    use std::path::PathBuf;
    use std::sync::Arc;

    /// An authority, and in files it and who is 127.0.0.1.
    struct Files {
        authority: Authority,
        ca: String,
        certificate: String,
        key: String,
        folder: PathBuf,
    }

    impl Files {
        fn new(name: &str) -> Self {
            let authority = Authority::new();
            let identity = authority.vouch_for(&["127.0.0.1"]);
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}"));
            std::fs::create_dir_all(&folder).unwrap();
            let file = |name: &str, text: String| {
                let path = folder.join(name);
                std::fs::write(&path, text).unwrap();
                path.to_str().unwrap().to_owned()
            };
            Self {
                ca: file("ca.pem", authority.pem()),
                certificate: file("certificate.pem", identity.certificate.pem()),
                key: file("key.pem", identity.key.serialize_pem()),
                authority,
                folder,
            }
        }

        fn serve(&self, name: &str) -> Server {
            Server::start(name, &["--tls", &self.certificate, &self.key])
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn echo_client_and_server_agree() {
        let files = Files::new("echo");
        let server = files.serve("echo_server");
        let url = format!("wss://{}/", server.address);
        let said = stdout(&run("echo_client", &[&url, "30", "--ca", &files.ca], ""));
        assert!(said.starts_with("30 messages, ") && said.contains("30 pings came back"), "{said}");
        let said = failure(&run("echo_client", &[&url, "1", "--ca", &files.certificate], ""));
        assert!(said.contains("TLS: invalid peer certificate"), "{said}");
        let said = failure(&run("echo_client", &[&url.replace("wss", "ws"), "1"], ""));
        assert!(!said.is_empty());
        server.logs("the peer does not speak TLS");
        let said = failure(&run("echo_client", &[&url, "1", "--ca", "/nowhere/ca.pem"], ""));
        assert!(said.contains("/nowhere/ca.pem: "), "{said}");
        let said =
            failure(&run("echo_server", &["127.0.0.1:0", "--tls", &files.certificate, "/nowhere"], ""));
        assert!(said.contains("/nowhere: "), "{said}");
        failure(&run("echo_server", &["127.0.0.1:0", "--tls", &files.certificate], ""));
    }

    #[test]
    fn cat_talks() {
        let files = Files::new("cat");
        let server = files.serve("echo_server");
        let url = format!("wss://{}/", server.address);
        assert_eq!(stdout(&run("cat", &[&url, "--ca", &files.ca], "Grüße\n")), "Grüße\nclosed: 1000\n");
        failure(&run("cat", &[&url, "--ca"], ""));
    }

    #[cfg(all(feature = "native-roots", unix, not(target_vendor = "apple")))]
    #[test]
    fn cat_trusts_whom_the_system_trusts() {
        let files = Files::new("system");
        let server = files.serve("echo_server");
        let cat = |authorities: &str| {
            let mut command = programs::example("cat");
            command.arg(format!("wss://{}/", server.address)).stdin(Stdio::null());
            // Where a system's are can be said by this.
            command.env("SSL_CERT_FILE", authorities).env_remove("SSL_CERT_DIR").output().unwrap()
        };
        assert_eq!(stdout(&cat(&files.ca)), "closed: 1000\n");
        let other = Files::new("other");
        let said = failure(&cat(&other.ca));
        assert!(said.contains("TLS: invalid peer certificate"), "{said}");
    }

    #[test]
    fn chat_serves_its_page_and_talks() {
        let files = Files::new("chat");
        let server = files.serve("chat");
        let tls: Arc<_> = common_tls::client(&files.authority).into();
        let connect = Connect::new(&format!("wss://{}/ws", server.address)).unwrap();
        let origin = format!("https://{}", server.address);
        let connect = connect.origin(&origin).unwrap().tls(Arc::clone(&tls));
        let mut ada = connect.open().unwrap();
        ada.send("join\tAda").unwrap();
        let mut message = Message::new();
        assert!(ada.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("welcome\tAda"));

        let name = net::rustls::pki_types::ServerName::try_from("127.0.0.1").unwrap();
        let tls = net::rustls::ClientConnection::new(tls, name).unwrap();
        let mut raw = net::rustls::StreamOwned::new(tls, dial(&server.address));
        write!(raw, "GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
        let mut page = String::new();
        raw.read_to_string(&mut page).unwrap();
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("</html>"), "{page}");
    }

    #[test]
    fn autobahn_client_goes_by_wss() {
        let files = Files::new("autobahn");
        let identity = files.authority.vouch_for(&["127.0.0.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::new(identity.server());
        thread::spawn(move || {
            for _ in 0..2 {
                let mut socket = net::accept_tls(listener.accept().unwrap().0, Arc::clone(&server)).unwrap();
                let _ = socket.send("0").and_then(|()| socket.close(CloseCode::NORMAL, ""));
            }
        });
        let said = run("autobahn_client", &[&format!("wss://{address}"), "--ca", &files.ca], "");
        assert!(said.status.success(), "{said:?}");
    }
}

#[cfg(not(feature = "rustls"))]
mod tls {
    use super::*;

    #[test]
    fn flags_are_refused_by_a_build_without_it() {
        for (program, flag) in
            [("echo_server", "--tls"), ("chat", "--tls"), ("echo_client", "--ca"), ("cat", "--ca")]
        {
            let said = failure(&run(program, &["ws://127.0.0.1:1/", flag, "file"], ""));
            assert!(said.contains(flag) && said.contains("--features rustls"), "{said}");
        }
        let said = failure(&run("cat", &["wss://127.0.0.1:1/"], ""));
        assert!(said.contains("feature \"rustls\""), "{said}");
    }
}

mod chat {
    use super::*;

    /// Opens a connection as the page does, and joins.
    fn join(address: &str, name: &str) -> Socket {
        let mut socket = connect(address, "/ws");
        socket.send(&format!("join\t{name}")).unwrap();
        socket
    }

    /// A message without its time, which has to be later than those before.
    fn said(message: &str) -> String {
        let fields: Vec<&str> = message.split('\t').collect();
        match fields.as_slice() {
            [verb @ ("said" | "joined" | "left"), time, rest @ ..] => {
                assert!(time.parse::<u64>().unwrap() > 1_700_000_000_000);
                format!("{verb} {}", rest.join("\t"))
            }
            fields => fields.join(" "),
        }
    }

    fn expect(socket: &mut Socket, messages: &[&str]) {
        for message in messages {
            assert_eq!(said(&text(socket)), *message);
        }
    }

    /// Reads until this comes, and gives what came before.
    fn until(socket: &mut Socket, last: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let message = said(&text(socket));
            if message == last {
                return before;
            }
            before.push(message);
        }
    }

    fn file(header: &str, bytes: &[u8]) -> Vec<u8> {
        let len = u16::try_from(header.len()).unwrap();
        [&len.to_be_bytes(), header.as_bytes(), bytes].concat()
    }

    #[test]
    fn two_talk_and_a_late_comer_reads_it() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let mut ada = join(&server.address, "Ada");
            expect(&mut ada, &["welcome Ada", "joined Ada", "live", "here Ada"]);
            let mut lin = join(&server.address, "  Lin\u{7}\u{202e} ");
            expect(&mut lin, &["welcome Lin", "joined Ada", "joined Lin", "live", "here Ada Lin"]);
            expect(&mut ada, &["joined Lin", "here Ada Lin"]);

            ada.send("say\tGrüße,\n\tLin").unwrap();
            lin.send(&file("image/png\tview.png", b"\x89PNG")).unwrap();
            for socket in [&mut ada, &mut lin] {
                let mut came = [read(socket), read(socket)];
                came.sort_by_key(|message| message.as_text().is_none());
                assert_eq!(said(came[0].as_text().unwrap()), "said Ada\tGrüße,\n\tLin");
                assert_file(&came[1]);
            }

            let mut late = join(&server.address, "Ada");
            let history: Vec<Message> = (0..8).map(|_| read(&mut late)).collect();
            let texts: Vec<String> = history.iter().filter_map(Message::as_text).map(said).collect();
            let (mut expected, greeting) = (texts.clone(), "said Ada\tGrüße,\n\tLin");
            expected.retain(|text| text != greeting);
            assert_eq!(
                expected,
                ["welcome Ada 2", "joined Ada", "joined Lin", "joined Ada 2", "live", "here Ada Lin Ada 2"]
            );
            assert!(texts.iter().any(|text| text == greeting));
            assert_file(history.iter().find(|message| message.as_text().is_none()).unwrap());

            lin.close(CloseCode::NORMAL, "").unwrap();
            expect(&mut late, &["left Lin", "here Ada Ada 2"]);
            drop(ada);
            expect(&mut late, &["left Ada", "here Ada 2"]);
            let mut nameless = join(&server.address, " \n");
            expect(&mut nameless, &["welcome guest 2"]);
            let long = "x".repeat(100);
            expect(&mut join(&server.address, &long), &[&format!("welcome {}", &long[..32])]);
        }
    }

    fn assert_file(message: &Message) {
        let (len, rest) = message.as_bytes().split_first_chunk().unwrap();
        let (header, bytes) = rest.split_at(usize::from(u16::from_be_bytes(*len)));
        let header: Vec<&str> = str::from_utf8(header).unwrap().split('\t').collect();
        assert!(header[0].parse::<u64>().is_ok());
        assert_eq!((&header[1..], bytes), (&["Lin", "image/png", "view.png"][..], &b"\x89PNG"[..]));
    }

    #[test]
    fn between_history_and_live_nothing_is_lost_or_doubled() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let mut talker = join(&server.address, "talker");
            until(&mut talker, "here talker");
            thread::scope(|scope| {
                for number in 0..90 {
                    talker.send(&format!("say\t{number}")).unwrap();
                    if number % 10 == 0 {
                        let address = &server.address;
                        scope.spawn(move || {
                            let mut late = join(address, "late");
                            let all = until(&mut late, "said talker\t89");
                            let seen = all.iter().filter_map(|message| message.strip_prefix("said talker\t"));
                            let seen: Vec<u32> = seen.map(|number| number.parse().unwrap()).collect();
                            assert!(seen.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{seen:?}");
                            assert_eq!(seen.last(), Some(&88));
                            assert_eq!(all.iter().filter(|message| *message == "live").count(), 1);
                        });
                    }
                }
            });
            until(&mut talker, "said talker\t89");
        }
    }

    #[test]
    fn a_slow_reader_is_out_and_the_others_go_on() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let mut talker = join(&server.address, "talker");
            until(&mut talker, "here talker");
            let mut slow = join(&server.address, "slow");
            until(&mut talker, "here talker slow");

            let large = file("application/octet-stream\tlarge", &vec![7; (4 << 20) - 100]);
            for round in 0.. {
                assert!(round < 20, "the slow one is still in");
                talker.send(&large).unwrap();
                if let Message::Text(text) = read(&mut talker) {
                    assert_eq!(said(&text), "left slow");
                    break;
                }
            }
            let before = until(&mut talker, "here talker");
            assert!(before.is_empty(), "{before:?}");
            talker.send("say\tstill here").unwrap();
            let mut message = Message::new();
            while message.as_text().map(said).as_deref() != Some("said talker\tstill here") {
                message = read(&mut talker);
            }
            // What was on its way still comes, and then the reason.
            assert_eq!(end_of(&mut slow), (1013, String::from("you read too slowly")));
        }
    }

    #[test]
    fn nonsense_is_answered_with_an_error_or_a_close() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let mut socket = join(&server.address, "x");
            until(&mut socket, "here x");
            socket.send("").unwrap();
            socket.send("join\tanother").unwrap();
            socket.send("say\t").unwrap();
            socket.send(&format!("say\t{}", "x".repeat((256 << 10) + 1))).unwrap();
            for bytes in
                [&b""[..], b"\0", b"\0\x05a\tb", b"\0\x01a", b"\0\x02\tb", b"\0\x03a\t\n", b"\0\x03\xff\tb"]
            {
                socket.send(bytes).unwrap();
            }
            for _ in 0..11 {
                let answer = text(&mut socket);
                assert!(answer.starts_with("error\t"), "{answer}");
            }
            socket.send("say\tstill here").unwrap();
            expect(&mut socket, &["said x\tstill here"]);

            let mut impolite = connect(&server.address, "/ws");
            impolite.send("say\thello").unwrap();
            assert_eq!(end_of(&mut impolite), (1008, String::from("join first")));
            socket.send(&vec![0; (4 << 20) + 1]).unwrap();
            assert_eq!(end_of(&mut socket).0, 1009);
        }
    }

    #[test]
    fn nobody_sees_one_come_and_go_who_is_being_sent_away() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let mut impolite = connect(&server.address, "/ws");
            impolite.send("say\thello").unwrap();
            impolite.send("join\tghost").unwrap();
            // The answer to the server's Close comes behind these, so that all is over when the server hangs up.
            assert_eq!(end_of(&mut impolite).0, 1008);
            let mut ada = join(&server.address, "\u{61c}Ada");
            expect(&mut ada, &["welcome Ada", "joined Ada", "live", "here Ada"]);
        }
    }

    #[test]
    fn the_page_and_the_talk_share_a_port() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let page = http(&server.address, "GET / HTTP/1.1");
            assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("</html>"), "{page}");
            assert!(http(&server.address, "GET /favicon.ico HTTP/1.1").starts_with("HTTP/1.1 404 "));
            assert!(http(&server.address, "GET /ws HTTP/1.1").starts_with("HTTP/1.1 426 "));

            let url = format!("ws://{}/ws", server.address);
            let from =
                |origin: &str| open(&Connect::new(&url).unwrap().origin(origin).unwrap(), &server.address);
            assert_eq!(status_of(from("http://elsewhere.example")), 403);
            assert_eq!(status_of(from("null")), 403);
            assert!(from(&format!("http://{}", server.address)).is_ok());
        }
    }

    #[test]
    #[cfg(feature = "tokio")]
    fn rooms_do_not_hear_each_other() {
        let server = Server::start("tokio_chat", &[]);
        let enter = |path: &str, name: &str| {
            let mut socket = connect(&server.address, path);
            socket.send(&format!("join\t{name}")).unwrap();
            until(&mut socket, &format!("here {name}"));
            socket
        };
        let (mut ada, mut lin) = (enter("/room/garden/ws", "Ada"), enter("/room/kitchen/ws", "Lin"));
        ada.send("say\tin the garden").unwrap();
        expect(&mut ada, &["said Ada\tin the garden"]);
        lin.send("say\tin the kitchen").unwrap();
        expect(&mut lin, &["said Lin\tin the kitchen"]);
        // When nobody is left in it, it is forgotten with all that was said.
        ada.close(CloseCode::NORMAL, "").unwrap();
        let is_forgotten = |_| {
            let mut late = connect(&server.address, "/room/garden/ws");
            late.send("join\tlate").unwrap();
            let is_empty = until(&mut late, "live").len() == 2;
            // Not only dropped: then the next one might come before this one is seen to go, and so on for ever.
            late.close(CloseCode::NORMAL, "").unwrap();
            is_empty
        };
        assert!((0..100).any(is_forgotten));
        for (path, status) in [
            ("/room/garden/", "200"),
            ("/room/no%20name/", "404"),
            ("/room/garden", "404"),
            ("/room//", "404"),
        ] {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
            stream.write_all(request.as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_interrupt_closes_every_connection() {
        for name in CHATS {
            let server = Server::start(name, &[]);
            let mut joined = join(&server.address, "x");
            until(&mut joined, "here x");
            let mut nameless = connect(&server.address, "/ws");
            // The server has taken it in when it answers.
            nameless.ping(b"there?").unwrap();
            assert!(matches!(nameless.read_event(&mut Message::new()), Ok(ReadEvent::Pong(b"there?"))));
            server.interrupt();
            for socket in [&mut joined, &mut nameless] {
                assert_eq!(end_of(socket), (1001, String::from("the server is going away")));
            }
            assert_eq!(server.exit_code(), Some(0));
        }
    }
}

#[path = "examples/event_loop.rs"]
mod event_loop;

mod terminal {
    use super::*;

    #[test]
    fn cat_sends_lines_and_prints_messages() {
        let server = Server::start("echo_server", &[]);
        let url = format!("ws://{}/", server.address);
        let input = "Grüße\n/ping x\n/close 77\nred \x1b[31m\n/close 4000 bye\nnever sent\n";
        let output = run("cat", &[&url], input);
        let said = stdout(&output);
        assert!(said.starts_with("Grüße\npong: x\nred \u{fffd}[31m\nclosed: 4000"), "{said}");
        assert_eq!(said.lines().count(), 4);
        assert!(String::from_utf8_lossy(&output.stderr).contains("77 must not stand in a close frame"));
        assert_eq!(stdout(&run("cat", &[&url], "last words")), "last words\nclosed: 1000\n");
        assert_eq!(stdout(&run("cat", &[&url], "")), "closed: 1000\n");
    }

    #[test]
    fn cat_shows_bytes_and_why_the_server_closed() {
        let address = serve_here(2, |number, mut socket| match number {
            0 => {
                socket.send(&[0xab; 40]).unwrap();
                socket.send(b"\x01\x02").unwrap();
                socket.close(CloseCode::GOING_AWAY, "maintenance").unwrap();
            }
            _ => {
                // Ends the stream, and reads what still comes: to drop it would be a reset now and then.
                let mut stream = socket.into_parts().stream;
                stream.shutdown(Shutdown::Write).unwrap();
                std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
            }
        });
        let said = stdout(&run("cat", &[&format!("ws://{address}/")], "x\n"));
        let expected =
            format!("40 bytes: {}..\n2 bytes: 01 02\nclosed: 1001 maintenance\n", "ab ".repeat(32));
        assert_eq!(said, expected);
        let said = failure(&run("cat", &[&format!("ws://{address}/")], "x\n"));
        assert!(said.contains("without a close frame"), "{said}");
    }

    #[test]
    fn sans_io_runs_from_handshake_to_close() {
        let said = stdout(&run("sans_io", &[], ""));
        let mut rest = said.as_str();
        for line in [
            "client: Sec-WebSocket-Version: 13",
            "server: HTTP/1.1 101 Switching Protocols",
            "open; subprotocol: Some(\"greetings.v1\")",
            "client -> server: 81 85 ",
            "server got Text(\"Hello\")",
            "client <- server: 81 05 48 65 6c 6c 6f\n",
            "server got Text(\"Grüße\")",
            "client <- server: 89 08 ",
            "client -> server: 8a 88 ",
            "server got Close(Some(CloseFrame { code: CloseCode(1000), reason: \"bye\" }))",
            "the client's transport: AwaitPeer, the server's: HangUp",
        ] {
            rest = rest.split_once(line).unwrap_or_else(|| panic!("no {line:?} in {rest}")).1;
        }
    }
}

mod routes {
    use super::*;

    /// A proxy for `count` connections, which all lead to `server`.
    fn proxy(count: usize, server: &str) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = server.to_string();
        let serve = move |_| {
            let mut client = listener.accept().unwrap().0;
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut lines = Vec::new();
            while lines.last().is_none_or(|line: &String| !line.is_empty()) {
                lines.push(reader.by_ref().lines().next().unwrap().unwrap());
            }
            let mut server = TcpStream::connect(&server).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let mut back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut back.0, &mut back.1);
                back.1.shutdown(Shutdown::Write)
            });
            let _ = std::io::copy(&mut reader, &mut server);
            let _ = server.shutdown(Shutdown::Write);
            lines.remove(0)
        };
        (address, thread::spawn(move || (0..count).map(serve).collect()))
    }

    #[test]
    fn programs_connect_through_a_proxy_that_is_named_or_in_the_environment() {
        let server = Server::start("echo_server", &[]);
        let (address, proxying) = proxy(3, &server.address);
        let (url, proxy) = ("ws://name.invalid/", &format!("http://u:p@{address}"));
        let said = stdout(&run("echo_client", &["--proxy", proxy, url, "3"], ""));
        assert!(said.starts_with("3 messages, "), "{said}");
        assert_eq!(stdout(&run("cat", &["--proxy", proxy, url], "hello")), "hello\nclosed: 1000\n");
        let variables = [("http_proxy", proxy.as_str()), ("NO_PROXY", "127.0.0.1")];
        let said = stdout(&run_in("cat", &variables, &["--proxy", "env", url], "hello"));
        assert_eq!(said, "hello\nclosed: 1000\n");
        assert_eq!(proxying.join().unwrap(), ["CONNECT name.invalid:80 HTTP/1.1"; 3]);
        // And around it: it is not there any more.
        let url = format!("ws://{}/", server.address);
        assert_eq!(stdout(&run_in("cat", &variables, &["--proxy", "env", &url], "")), "closed: 1000\n");
        assert_eq!(stdout(&run_in("cat", &variables[..1], &[&url], "")), "closed: 1000\n");
        failure(&run_in("cat", &variables[..1], &["--proxy", "env", &url], ""));
        let said = failure(&run_in("cat", &[("ALL_PROXY", "https://h")], &["--proxy", "env", &url], ""));
        assert!(said.contains("the environment variable ALL_PROXY: "), "{said}");
        assert!(failure(&run("cat", &["--proxy", "ftp://h", &url], "")).contains("does not start with"));
        assert!(failure(&run("cat", &["--proxy", &url], "")).contains("usage"));
    }

    #[test]
    fn programs_follow_redirects_if_they_are_told_to() {
        let server = Server::start("echo_server", &[]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let location = format!("http://{}/", server.address);
        let redirecting = thread::spawn(move || {
            for _ in 0..3 {
                let mut stream = listener.accept().unwrap().0;
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).unwrap();
                let head = format!("HTTP/1.1 307 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).unwrap();
            }
        });
        assert_eq!(stdout(&run("cat", &["--redirects", "1", &url], "hello")), "hello\nclosed: 1000\n");
        let said = stdout(&run("echo_client", &["--redirects", "2", &url, "1"], ""));
        assert!(said.starts_with("1 messages, "), "{said}");
        assert!(failure(&run("cat", &[&url], "")).contains("answered 307"));
        redirecting.join().unwrap();
    }
}

mod transports {
    use super::*;

    #[test]
    fn each_transport_carries_every_message() {
        let said = stdout(&run("transports", &["--quick"], ""));
        for (transport, count) in
            [("polling", 12), ("long polling", 4), ("Server-Sent", 4), ("POST", 4), ("WebSocket", 6)]
        {
            assert_eq!(said.lines().filter(|line| line.starts_with(transport)).count(), count, "{said}");
        }
        assert!(failure(&run("transports", &["--slow"], "")).contains("no flag --slow"));
    }
}

mod autobahn {
    use super::*;

    /// What the fuzzing server does, with two cases: one in order, and one in which a rule is broken.
    #[test]
    fn client_runs_all_cases_and_asks_for_the_reports() {
        let (sender, results) = mpsc::channel();
        let address = serve_here(4, move |number, mut socket| match number {
            0 => {
                socket.send("2").unwrap();
                socket.close(CloseCode::NORMAL, "").unwrap();
            }
            1 => {
                socket.send("echo me").unwrap();
                let echo = text(&mut socket);
                sender.send((echo, socket.close(CloseCode::NORMAL, "").unwrap())).unwrap();
            }
            2 => {
                let mut stream = socket.into_parts().stream;
                // A frame with a reserved bit.
                stream.write_all(&[0xc1, 0]).unwrap();
                let mut heard = Vec::new();
                stream.read_to_end(&mut heard).unwrap();
                assert_eq!(heard[0], 0x88);
            }
            // The end of the stream without a Close.
            _ => drop(socket),
        });
        let said = stdout(&run("autobahn_client", &[&format!("ws://{address}/")], ""));
        assert_eq!(said, ".x 2 of 2\n");
        let result = results.recv_timeout(LIMIT).unwrap();
        assert_eq!(result, (String::from("echo me"), CloseStatus::Code(CloseCode::NORMAL)));
    }
}
