//! Redirects over real servers: RFC 6455 §4.1, RFC 9110 §15.4.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use crate::common_net::*;
use crate::proxy_servers::http_proxy;
use rfc6455::dial::{Proxy, ProxyRules, RedirectError};
use rfc6455::net::{Connect, Error};

/// A server that answers each request in turn as `answers` say, where `None` accepts it; gives the heads.
fn server(answers: Vec<Option<String>>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let (listener, address) = listener();
    let serving = thread::spawn(move || {
        let answer = |answer: Option<String>| {
            let (mut stream, _) = listener.accept().unwrap();
            let head = read_head(&mut stream);
            write(&mut stream, answer.unwrap_or_else(|| answer_to(&head)));
            hang_up(stream);
            head
        };
        answers.into_iter().map(answer).collect()
    });
    (address, serving)
}

fn redirect(status: u16, location: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\nbody"))
}

/// A connection to be, with something that lets somebody in.
fn to(address: SocketAddr) -> Connect {
    let connect = Connect::new(&format!("ws://{address}/old/feed")).unwrap();
    connect.header("Cookie", "id=7").unwrap().header("X-Trace", "9").unwrap()
}

fn line<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn a_chain_is_followed_with_a_key_of_its_own_for_each_and_cookies_stay_behind() {
    watched(|| {
        let (second, second_serving) = server(vec![redirect(307, "v2?x=1"), None]);
        let (first, first_serving) =
            server(vec![redirect(301, "../new"), redirect(308, &format!("http://{second}/feeds/v1"))]);
        to(first).redirects(3).open().unwrap();
        let heads = [first_serving.join().unwrap(), second_serving.join().unwrap()].concat();
        let starts: Vec<_> = heads.iter().map(|head| head.lines().next().unwrap()).collect();
        let resources = ["/old/feed", "/new", "/feeds/v1", "/feeds/v2?x=1"];
        assert_eq!(starts, resources.map(|resource| format!("GET {resource} HTTP/1.1")));
        let hosts: Vec<_> = heads.iter().map(|head| line(head, "Host").unwrap()).collect();
        assert_eq!(hosts, [first, first, second, second].map(|address| address.to_string()));
        let cookies: Vec<_> = heads.iter().map(|head| line(head, "Cookie")).collect();
        assert_eq!(cookies, [Some("id=7"), Some("id=7"), None, None]);
        assert!(heads.iter().all(|head| line(head, "X-Trace") == Some("9")));
        let keys: BTreeSet<_> = heads.iter().map(|head| line(head, "Sec-WebSocket-Key").unwrap()).collect();
        assert_eq!(keys.len(), 4);
    });
}

#[test]
fn cookies_that_were_left_behind_do_not_come_back() {
    watched(|| {
        // The first server cannot know the port of the second before that is there, nor the other way round.
        let (first, address) = listener();
        let (second, second_serving) = server(vec![redirect(302, &format!("ws://{address}/back"))]);
        let first_serving = thread::spawn(move || {
            let mut answers = [redirect(302, &format!("ws://{second}/")), None].into_iter();
            let mut answer = || {
                let (mut stream, _) = first.accept().unwrap();
                let head = read_head(&mut stream);
                write(&mut stream, answers.next().flatten().unwrap_or_else(|| answer_to(&head)));
                hang_up(stream);
                line(&head, "Cookie").map(ToString::to_string)
            };
            [answer(), answer()]
        });
        to(address).redirects(2).open().unwrap();
        second_serving.join().unwrap();
        assert_eq!(first_serving.join().unwrap(), [Some("id=7".to_string()), None]);
    });
}

#[test]
fn none_is_followed_unasked() {
    watched(|| {
        let (address, serving) = server(vec![redirect(302, "/new")]);
        let Err(Error::Refused(answer)) = to(address).open() else { panic!("it was redirected") };
        assert_eq!((answer.status(), answer.headers().get("Location")), (302, Some("/new")));
        assert_eq!(answer.body(), b"body");
        serving.join().unwrap();
    });
}

#[test]
fn circles_end_at_the_limit() {
    watched(|| {
        let (address, serving) = server(vec![redirect(302, "/old/feed"); 3]);
        let result = to(address).redirects(2).open();
        assert!(matches!(result, Err(Error::Redirect(RedirectError::TooMany(2)))), "{result:?}");
        assert_eq!(serving.join().unwrap().len(), 3);
    });
}

#[test]
fn another_refusal_at_the_end_of_a_chain_is_told_as_such() {
    watched(|| {
        let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_string();
        let (address, serving) = server(vec![redirect(302, "/new"), Some(busy)]);
        let Err(Error::Refused(answer)) = to(address).redirects(5).open() else { panic!("it was refused") };
        assert_eq!(answer.status(), 503);
        serving.join().unwrap();
    });
}

#[test]
fn where_no_websocket_can_be_is_not_followed() {
    watched(|| {
        for (location, fault) in [
            ("ftp://h/", RedirectError::Scheme),
            ("", RedirectError::TooMany(1)),
            ("/new", RedirectError::TooMany(1)),
        ] {
            let (address, serving) = server(vec![redirect(302, "/x"), redirect(302, location)]);
            let Err(Error::Redirect(found)) = to(address).redirects(1).open() else { panic!("{location}") };
            assert_eq!(found, fault);
            assert_eq!(Error::from(found).to_string(), fault.to_string());
            serving.join().unwrap();
        }
    });
}

#[test]
fn which_proxy_there_is_is_asked_for_each_connection() {
    watched(|| {
        let (second, second_serving) = server(vec![None]);
        let (first, first_serving) = server(vec![redirect(302, &format!("http://{second}/"))]);
        let (proxy, proxying) = http_proxy(first);
        let rules = ProxyRules::from_lookup(|name| match name {
            "http_proxy" => Some(proxy.to_string()),
            "no_proxy" => Some("127.0.0.0/8".to_string()),
            _ => None,
        });
        let connect = Connect::new("ws://here.invalid/").unwrap().proxy_rules(rules.unwrap());
        drop(connect.redirects(1).open().unwrap());
        assert!(proxying.join().unwrap().starts_with("CONNECT here.invalid:80 "));
        first_serving.join().unwrap();
        second_serving.join().unwrap();
    });
}

#[test]
fn each_connection_goes_through_the_proxy() {
    watched(|| {
        let (second, second_serving) = server(vec![None]);
        let (first, first_serving) = server(vec![redirect(302, "http://elsewhere.invalid/")]);
        // Each proxy takes one connection, so they are behind one address.
        let (proxy, proxying) = {
            let (listener, address) = listener();
            let proxying = thread::spawn(move || {
                [first, second].map(|server| {
                    let (mut client, _) = listener.accept().unwrap();
                    let (next, forwarding) = http_proxy(server);
                    let mut onward = raw_client(next);
                    let head = read_head(&mut client);
                    write(&mut onward, &head);
                    crate::proxy_servers::forward(client, onward);
                    forwarding.join().unwrap();
                    head
                })
            });
            (address, proxying)
        };
        let proxy = Proxy::parse(&format!("http://{proxy}")).unwrap();
        let socket = Connect::new("ws://here.invalid/").unwrap().proxy(proxy).redirects(1).open().unwrap();
        drop(socket);
        let targets = proxying.join().unwrap().map(|head| head.lines().next().unwrap().to_string());
        assert_eq!(targets, ["CONNECT here.invalid:80 HTTP/1.1", "CONNECT elsewhere.invalid:80 HTTP/1.1"]);
        first_serving.join().unwrap();
        second_serving.join().unwrap();
    });
}
