//! Whom a client trusts, and what it is told when it does not: each is an error by which a program can tell it.

use std::sync::Arc;
use std::thread;

use crate::common_net::*;
use crate::common_tls::{self, Authority, Identity};
use rfc6455::net::rustls::{
    self, AlertDescription, CertificateError, ClientConfig, ServerConfig, server::WebPkiClientVerifier,
};
use rfc6455::net::{Connect, Error, Incoming, Stream, WebSocket};
use rfc6455::session::Config;

type Opened = Result<WebSocket<Stream>, Error>;

/// What comes of it on both sides.
fn open(host: &str, client: ClientConfig, server: ServerConfig) -> (Opened, Opened) {
    let url = format!("wss://{host}/");
    watched(move || {
        let (client_end, server_end) = tcp();
        let serving = thread::spawn(move || {
            Incoming::tls(server_end, Arc::new(server), Config::default()).unwrap().accept()
        });
        let connect = Connect::new(&url).unwrap().tls(Arc::new(client));
        let client = connect.over_tcp(client_end).unwrap().finish();
        (client, serving.join().unwrap())
    })
}

/// Why a client refuses this server.
fn refused(host: &str, trusted: &Authority, server: &Identity) -> CertificateError {
    let (client, server) = open(host, common_tls::client(trusted), server.server());
    // The server is told, too.
    assert!(matches!(server, Err(Error::Tls(rustls::Error::AlertReceived(_)))), "{server:?}");
    match client {
        Err(Error::Tls(rustls::Error::InvalidCertificate(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_for_another_name_is_refused() {
    let authority = Authority::new();
    let error = refused("localhost", &authority, &authority.vouch_for(&["example.com"]));
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
}

#[test]
fn one_that_has_expired_is_refused() {
    let authority = Authority::new();
    let error = refused("localhost", &authority, &authority.vouched_for("localhost"));
    assert!(matches!(error, CertificateError::ExpiredContext { .. }), "{error:?}");
}

#[test]
fn one_of_an_unknown_authority_is_refused() {
    let error = refused("localhost", &Authority::new(), &Authority::new().vouch_for(&["localhost"]));
    assert!(matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature), "{error:?}");
}

#[test]
fn an_address_is_a_name() {
    let authority = Authority::new();
    let identity = authority.vouch_for(&["127.0.0.1", "::1"]);
    for host in ["127.0.0.1", "[::1]"] {
        let (client, server) = open(host, common_tls::client(&authority), identity.server());
        client.unwrap();
        server.unwrap();
    }
    let error = refused("127.0.0.2", &authority, &identity);
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
}

#[test]
fn a_client_may_have_a_certificate_too() {
    let (authority, users) = (Authority::new(), Authority::new());
    let server = || {
        let identity = authority.vouch_for(&["localhost"]);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(users.roots()), common_tls::provider());
        let builder = ServerConfig::builder_with_provider(common_tls::provider());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_client_cert_verifier(verifier.build().unwrap());
        builder.with_single_cert(identity.chain(), identity.key()).unwrap()
    };
    let ada = users.vouch_for(&["ada.example"]);
    let builder = ClientConfig::builder_with_provider(common_tls::provider());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(authority.roots());
    let client = builder.with_client_auth_cert(ada.chain(), ada.key()).unwrap();
    let (client, opened) = open("localhost", client, server());
    client.unwrap();
    let opened = opened.unwrap();
    let seen = opened.stream().tls().unwrap().connection().peer_certificates().unwrap().to_vec();
    assert_eq!(seen, ada.chain());

    let (nameless, opened) = open("localhost", common_tls::client(&authority), server());
    let told = Error::Tls(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)).to_string();
    assert_eq!(nameless.unwrap_err().to_string(), told);
    assert!(matches!(opened, Err(Error::Tls(rustls::Error::NoCertificatesPresented))), "{opened:?}");
}

#[test]
fn a_host_that_no_certificate_can_be_for() {
    let connect = Connect::new("wss://a..b/").unwrap().tls(common_tls::client(&Authority::new()).into());
    let error = connect.over_tcp(tcp().0).unwrap_err();
    assert!(matches!(error, Error::Uri(_)), "{error:?}");
}

/// The default of a process, so there is one test of it.
#[test]
fn without_choices_a_client_says_what_it_lacks_and_then_trusts_what_the_features_say() {
    let open = || Connect::new("wss://localhost/").unwrap().over_tcp(tcp().0);
    let error = open().unwrap_err();
    assert!(matches!(error, Error::CryptoMissing), "{error:?}");
    assert!(error.to_string().contains("install_default()"), "{error}");
    rustls::crypto::ring::default_provider().install_default().unwrap();
    if cfg!(feature = "webpki-roots") {
        let (client, server) = tcp();
        let serving = thread::spawn(move || {
            let identity = Authority::new().vouch_for(&["localhost"]);
            Incoming::tls(server, Arc::new(identity.server()), Config::default()).unwrap().accept()
        });
        let refused = Connect::new("wss://localhost/").unwrap().over_tcp(client).unwrap().finish();
        assert!(matches!(refused, Err(Error::Tls(rustls::Error::InvalidCertificate(_)))), "{refused:?}");
        serving.join().unwrap().unwrap_err();
    } else if !cfg!(feature = "native-roots") {
        let error = open().unwrap_err();
        assert!(matches!(error, Error::RootsMissing), "{error:?}");
        assert!(error.to_string().contains("\"native-roots\" or \"webpki-roots\""), "{error}");
    }
}
