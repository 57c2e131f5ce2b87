//! Where the engine is, and how it is reached: a socket here, TCP with or without TLS, or through `ssh`.
//!
//! Read from the variables that the docker command reads: `DOCKER_HOST`, `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`.

use std::{
    env,
    path::{Path, PathBuf},
};

use bollard::{API_DEFAULT_VERSION, Docker, errors::Error};

use crate::sandbox::engine::EngineError;

/// Where there is no other word.
const USUAL: &str = "unix:///var/run/docker.sock";

/// How long the engine has for an answer, in seconds.
const PATIENCE: u64 = 120;

/// What TLS needs, as the docker command names the files.
const CERTIFICATES: &[(&str, &str)] = &[
    ("ca.pem", "the authority that vouches for the engine"),
    ("cert.pem", "this server's own certificate"),
    ("key.pem", "the key of this server's certificate"),
];

/// An engine's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    /// The directory of certificates, where the connection shall be TLS.
    tls: Option<PathBuf>,
}

impl Address {
    pub(super) fn from_env() -> Self {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let certificates = || {
            let home = || Path::new(&set("HOME").unwrap_or_default()).join(".docker");
            set("DOCKER_CERT_PATH").map_or_else(home, PathBuf::from)
        };
        Self::new(set("DOCKER_HOST"), set("DOCKER_TLS_VERIFY").map(|_| certificates()))
    }

    fn new(host: Option<String>, certificates: Option<PathBuf>) -> Self {
        let host = host.unwrap_or_else(|| USUAL.into());
        let over_tcp = host.starts_with("tcp://") || host.starts_with("https://");
        Self { host, tls: certificates.filter(|_| over_tcp) }
    }

    /// As a person is told of it.
    pub(super) fn shown(&self) -> &str {
        self.host.strip_prefix("unix://").unwrap_or(&self.host)
    }

    /// Whether it is a socket on this machine.
    pub(super) fn is_socket(&self) -> bool {
        self.host.starts_with("unix://")
    }

    /// That what TLS needs can be read.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let Some(directory) = &self.tls else { return Ok(()) };
        for (name, what) in CERTIFICATES {
            let path = directory.join(name);
            if let Err(error) = std::fs::read(&path) {
                return Err(EngineError::Unavailable {
                    what: format!("{} ({what}) can't be read: {error}.", path.display()),
                    remedy: "Put ca.pem, cert.pem and key.pem into one directory and name it in DOCKER_CERT_PATH."
                        .into(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn connect(&self) -> Result<Docker, Error> {
        match &self.tls {
            Some(directory) => Docker::connect_with_ssl(
                &self.host,
                &directory.join("key.pem"),
                &directory.join("cert.pem"),
                &directory.join("ca.pem"),
                PATIENCE,
                API_DEFAULT_VERSION,
            ),
            // Not by the library's own reading of the variables, which takes an empty one for a yes.
            None if self.host.starts_with("tcp://") || self.host.starts_with("http://") => {
                Docker::connect_with_http(&self.host, PATIENCE, API_DEFAULT_VERSION)
            }
            None => Docker::connect_with_host(&self.host),
        }
    }

    /// What is wrong with a connection of this kind, and what to do, given what its error says.
    pub(super) fn trouble(&self, said: &str, status: Option<u16>) -> Option<(String, String)> {
        let place = self.shown();
        if self.host.starts_with("ssh://") {
            let account = self.host.trim_start_matches("ssh://");
            return Some((
                format!("The Docker engine at {place} can't be reached through ssh: {said}."),
                format!(
                    "Try it by hand, as the account that runs Belay: ssh {account} docker version. It must ask for no \
                     password: give that account a key, and accept the host's key once."
                ),
            ));
        }
        if let Some(directory) = &self.tls {
            let directory = directory.display();
            if said.contains("invalid peer certificate") {
                return Some((
                    format!(
                        "The Docker engine at {place} shows a certificate that {directory}/ca.pem does not vouch for: {said}."
                    ),
                    "Take the engine's ca.pem, and write the address as its certificate names it.".into(),
                ));
            }
            if said.contains("received fatal alert") {
                return Some((
                    format!(
                        "The Docker engine at {place} does not accept the certificate {directory}/cert.pem: {said}."
                    ),
                    "Have it signed by the authority that the engine was started with (--tlscacert).".into(),
                ));
            }
            if said.contains("InvalidContentType") || said.contains("corrupt message") {
                return Some((
                    format!("The Docker engine at {place} does not speak TLS."),
                    "Start it with --tlsverify, or unset DOCKER_TLS_VERIFY.".into(),
                ));
            }
        } else if status == Some(400) && said.contains("HTTPS") {
            return Some((
                format!("The Docker engine at {place} speaks TLS only."),
                "Set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the directory of ca.pem, cert.pem and key.pem."
                    .into(),
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, tls: bool) -> Address {
        Address::new(Some(host.into()), tls.then(|| "/certs".into()))
    }

    #[test]
    fn tls_is_for_tcp_alone() {
        assert_eq!(at("tcp://box:2376", true).tls, Some("/certs".into()));
        assert_eq!(at("unix:///run/docker.sock", true).tls, None);
        assert_eq!(at("ssh://me@box", true).tls, None);
        assert_eq!(Address::new(None, None).shown(), "/var/run/docker.sock");
    }

    #[test]
    fn a_missing_certificate_is_named() {
        let error = at("tcp://box:2376", true).check().unwrap_err().to_string();
        assert!(error.contains("/certs/ca.pem") && error.contains("DOCKER_CERT_PATH"), "{error}");
        assert!(at("tcp://box:2375", false).check().is_ok());
    }

    #[test]
    fn trouble_is_told_by_its_kind() {
        let told = |address: Address, said: &str, status| address.trouble(said, status).map(|(what, _)| what);
        let tls = || at("tcp://box:2376", true);
        assert!(told(tls(), "invalid peer certificate: UnknownIssuer", None).unwrap().contains("does not vouch"));
        assert!(told(tls(), "received fatal alert: CertificateRequired", None).unwrap().contains("/certs/cert.pem"));
        assert!(told(tls(), "connection refused", None).is_none());
        let plain = at("tcp://box:2376", false);
        let said = "Client sent an HTTP request to an HTTPS server.";
        assert!(told(plain, said, Some(400)).unwrap().contains("TLS only"));
        let ssh = at("ssh://me@box", false).trouble("permission denied", None).unwrap();
        assert!(ssh.0.contains("through ssh") && ssh.1.contains("ssh me@box docker version"), "{ssh:?}");
    }
}
