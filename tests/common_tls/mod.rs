//! Certificates that are made in the test, and what rustls needs around them.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rfc6455::net::rustls::{
    self, ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use rfc6455::net::{Connect, Incoming, Stream, WebSocket};
use rfc6455::session::Config;

/// An authority, and whom it vouches for.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub struct Identity {
    pub certificate: rcgen::Certificate,
    pub key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "an authority for tests");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for these names or addresses.
    pub fn vouch_for(&self, names: &[&str]) -> Identity {
        self.sign(CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap())
    }

    /// One that has expired.
    pub fn vouched_for(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }
}

impl Identity {
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.der().clone()]
    }

    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    /// A server that is this.
    pub fn server(&self) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let mut config =
            builder.unwrap().with_no_client_auth().with_single_cert(self.chain(), self.key()).unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }
}

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A client that trusts this authority alone.
pub fn client(authority: &Authority) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    builder.unwrap().with_root_certificates(authority.roots()).with_no_client_auth()
}

/// Both configurations, for `localhost`; new ones, so that no session is resumed.
pub fn configs() -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let authority = Authority::new();
    let server = authority.vouch_for(&["localhost"]).server();
    (Arc::new(client(&authority)), Arc::new(server))
}

pub type TlsSocket = WebSocket<Stream>;

/// A client and a server over TLS on this pair of sockets, after the opening handshake.
pub fn over((client, server): (TcpStream, TcpStream), configs: (Config, Config)) -> (TlsSocket, TlsSocket) {
    let (client_tls, server_tls) = self::configs();
    let accepting = thread::spawn(move || Incoming::tls(server, server_tls, configs.1).unwrap().accept());
    let connect = Connect::new("wss://localhost/").unwrap().config(configs.0).tls(client_tls);
    let client = connect.over_tcp(client).unwrap().finish().expect("it is accepted");
    (client, accepting.join().expect("no panic").expect("it is a good request"))
}

/// rustls on its own, as a peer that does what a test says.
pub type Raw<C> = rustls::StreamOwned<C, TcpStream>;

pub fn raw_client(tcp: TcpStream, config: Arc<ClientConfig>) -> Raw<ClientConnection> {
    let name = ServerName::try_from("localhost").unwrap();
    rustls::StreamOwned::new(ClientConnection::new(config, name).unwrap(), tcp)
}

pub fn raw_server(tcp: TcpStream, config: Arc<ServerConfig>) -> Raw<ServerConnection> {
    rustls::StreamOwned::new(ServerConnection::new(config).unwrap(), tcp)
}
