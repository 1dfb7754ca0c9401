//! RFC 1928: asking a SOCKS5 proxy for a tunnel, with user name and password (RFC 1929).
//!
//! Each answer says with its first bytes how long it is, and never more is taken than it has.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::proxy::Credentials;
use super::proxy_error::{ProxyError, SocksReply};
use super::tunnel::Opened;
use crate::handshake::Uri;

/// §3: the version of the protocol.
const VERSION: u8 = 5;
/// RFC 1929 §2: the version of the subnegotiation.
const AUTHENTICATION_VERSION: u8 = 1;
/// §3: methods of authentication.
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NO_METHOD: u8 = 0xFF;
/// §4: the command.
const CONNECT: u8 = 1;
/// §5: types of addresses.
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// An answer of a SOCKS5 proxy is awaited.
#[derive(Clone, Debug)]
pub(super) struct Socks5 {
    user: Option<Credentials>,
    /// What asks for the connection, when it is time to.
    request: Vec<u8>,
    awaited: Answer,
    /// What has come of the answer.
    come: Vec<u8>,
}

/// The answers, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// §3: the method of authentication that the proxy has chosen.
    Method,
    /// RFC 1929 §2: whether it takes user name and password.
    Authentication,
    /// §6: whether it has connected.
    Reply,
}

impl Socks5 {
    /// Appends the greeting to `out`.
    pub(super) fn start(user: Option<&Credentials>, to: &Uri, out: &mut Vec<u8>) -> Result<Self, ProxyError> {
        let request = request(to)?;
        // §3: which methods the client knows.
        out.extend_from_slice(match user {
            None => &[VERSION, 1, NO_AUTHENTICATION],
            Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
        });
        Ok(Self { user: user.cloned(), request, awaited: Answer::Method, come: Vec::new() })
    }

    pub(super) fn receive(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Opened>, ProxyError> {
        loop {
            let missing = self.awaited.missing(&self.come)?;
            if missing == 0 {
                let code = self.come.get(1).copied().unwrap_or_default();
                self.come.clear();
                match self.awaited {
                    Answer::Method => self.authenticate(code, out)?,
                    Answer::Authentication => self.ask(out),
                    Answer::Reply => return Ok(Some(Opened::new())),
                }
                continue;
            }
            if input.is_empty() {
                return Ok(None);
            }
            let (taken, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
            self.come.extend_from_slice(taken);
            *input = rest;
        }
    }

    /// §3: goes on as the method says that the proxy has chosen.
    fn authenticate(&mut self, method: u8, out: &mut Vec<u8>) -> Result<(), ProxyError> {
        match (method, &self.user) {
            (NO_AUTHENTICATION, _) => self.ask(out),
            (USER_AND_PASSWORD, Some(Credentials { user, password })) => {
                out.push(AUTHENTICATION_VERSION);
                push_with_len(out, user);
                push_with_len(out, password);
                self.awaited = Answer::Authentication;
            }
            (NO_METHOD, _) => return Err(ProxyError::SocksNoMethod),
            (method, _) => return Err(ProxyError::SocksMethod(method)),
        }
        Ok(())
    }

    fn ask(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.request);
        self.awaited = Answer::Reply;
    }
}

impl Answer {
    /// How many bytes are still to come behind these, as far as they tell; a fault at the byte that shows it.
    fn missing(self, come: &[u8]) -> Result<usize, ProxyError> {
        let version = if self == Self::Authentication { AUTHENTICATION_VERSION } else { VERSION };
        match (self, come) {
            (_, [found, ..]) if *found != version => Err(ProxyError::SocksVersion(*found)),
            (_, [] | [_]) => Ok(1),
            (Self::Method, _) | (Self::Authentication, [_, 0, ..]) => Ok(0),
            (Self::Authentication, _) => Err(ProxyError::SocksAuthentication),
            (Self::Reply, [_, code, ..]) if *code != 0 => Err(ProxyError::SocksReply(SocksReply::new(*code))),
            // §6: the address to which the proxy is bound, which tells nothing to us. The third byte is reserved.
            (Self::Reply, [_, _, _, IPV4, bound @ ..]) => Ok(6_usize.saturating_sub(bound.len())),
            (Self::Reply, [_, _, _, IPV6, bound @ ..]) => Ok(18_usize.saturating_sub(bound.len())),
            (Self::Reply, [_, _, _, NAME, len, bound @ ..]) => {
                Ok(usize::from(*len).saturating_add(2).saturating_sub(bound.len()))
            }
            (Self::Reply, [_, _] | [_, _, _] | [_, _, _, NAME]) => Ok(1),
            (Self::Reply, [_, _, _, kind, ..]) => Err(ProxyError::SocksAddressType(*kind)),
        }
    }
}

/// §4: the request to connect. A name is sent as it is: the proxy resolves it.
fn request(to: &Uri) -> Result<Vec<u8>, ProxyError> {
    let mut request = Vec::from([VERSION, CONNECT, 0]);
    let host = to.host();
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        request.push(IPV4);
        request.extend_from_slice(&address.octets());
    } else if let Ok(address) = host.parse::<Ipv6Addr>() {
        request.push(IPV6);
        request.extend_from_slice(&address.octets());
    } else if host.len() <= 255 {
        request.push(NAME);
        push_with_len(&mut request, host.as_bytes());
    } else {
        return Err(ProxyError::NameTooLong);
    }
    request.extend_from_slice(&to.port().to_be_bytes());
    Ok(request)
}

/// Appends `bytes`, of which there are no more than 255, behind their number.
fn push_with_len(out: &mut Vec<u8>, bytes: &[u8]) {
    debug_assert!(bytes.len() <= 255, "it was checked when it came in");
    out.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(bytes);
}
