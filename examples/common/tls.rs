//! The flags of TLS, which are the same in several programs: `--tls CERT KEY` of a server, `--ca FILE` of a client.
#![allow(dead_code, reason = "a program is a server or a client")]

use std::error::Error;
use std::net::TcpStream;

use rfc6455::net::{self, Connect, Incoming, Stream};
use rfc6455::session::Config;

/// How a server takes its clients: as they come, or by TLS.
#[derive(Clone, Default)]
pub(crate) struct Door {
    #[cfg(feature = "rustls")]
    tls: Option<std::sync::Arc<net::rustls::ServerConfig>>,
}

impl Door {
    pub(crate) fn incoming(&self, tcp: TcpStream, config: Config) -> Result<Incoming<Stream>, net::Error> {
        #[cfg(feature = "rustls")]
        if let Some(tls) = &self.tls {
            return Incoming::tls(tcp, tls.clone(), config);
        }
        Ok(Incoming::new(Stream::from(tcp), config))
    }

    /// The same in a task.
    #[cfg(feature = "tokio")]
    pub(crate) async fn incoming_in_task(
        &self,
        tcp: tokio::net::TcpStream,
        config: Config,
    ) -> Result<rfc6455::tokio::Incoming<rfc6455::tokio::Stream>, net::Error> {
        #[cfg(feature = "tokio-rustls")]
        if let Some(tls) = &self.tls {
            return rfc6455::tokio::Incoming::tls(tcp, tls.clone(), config).await;
        }
        let _ = tcp.set_nodelay(true);
        Ok(rfc6455::tokio::Incoming::new(tcp.into(), config))
    }

    pub(crate) fn is_tls(&self) -> bool {
        #[cfg(feature = "rustls")]
        return self.tls.is_some();
        #[cfg(not(feature = "rustls"))]
        false
    }

    /// Takes the two file names from `words`, of the certificates and of their key, both in PEM.
    #[cfg(feature = "rustls")]
    pub(crate) fn secured(words: &mut impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        use net::rustls::ServerConfig;
        use net::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

        install_cryptography();
        let mut file = || words.next().ok_or("--tls needs two files: the certificates, and the key");
        let (certificates, key) = (file()?, file()?);
        let unreadable = |name: &str, error| format!("{name}: {error}");
        let chain = CertificateDer::pem_file_iter(&certificates)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable(&certificates, error))?;
        let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| unreadable(&key, error))?;
        let mut tls = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
        // A browser would take HTTP/2 else, if it could.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: Some(tls.into()) })
    }

    #[cfg(not(feature = "rustls"))]
    pub(crate) fn secured(_: &mut impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        Err("--tls needs a build with TLS: cargo run --features rustls".into())
    }
}

/// Trusts the authorities in this file, in PEM, and no others.
#[cfg(feature = "rustls")]
pub(crate) fn trust(connect: Connect, file: &str) -> Result<Connect, Box<dyn Error>> {
    use net::rustls::pki_types::{CertificateDer, pem::PemObject};
    use net::rustls::{ClientConfig, RootCertStore};

    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| format!("{file}: {error}"))? {
        roots.add(certificate.map_err(|error| format!("{file}: {error}"))?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(connect.tls(config.into()))
}

#[cfg(not(feature = "rustls"))]
pub(crate) fn trust(_: Connect, _: &str) -> Result<Connect, Box<dyn Error>> {
    Err("--ca needs a build with TLS: cargo run --features rustls (in tasks, tokio-rustls)".into())
}

/// Which cryptography TLS uses is for each program to say, once at its start.
pub(crate) fn install_cryptography() {
    #[cfg(feature = "rustls")]
    let _ = net::rustls::crypto::ring::default_provider().install_default();
}
