//! A registry that has every image: what a tag names follows from its name alone. It speaks TLS, as registries do.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::ExitCode,
    sync::{Arc, Mutex},
    thread,
};

use rcgen::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use crate::engine::identifier;

/// What was asked for by tag, so that it is known by digest too.
static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// The digest under which the registry keeps what a tag names.
pub fn digest(repository: &str, tag: &str) -> String {
    format!("sha256:{}", identifier(&manifest(repository, tag)))
}

/// The manifest of an image of one small layer.
fn manifest(repository: &str, tag: &str) -> String {
    let part = |kind: &str, size: u32| {
        let media = format!("application/vnd.oci.image.{kind}");
        json!({"mediaType": media, "digest": format!("sha256:{}", identifier(&format!("{kind} {repository}:{tag}"))), "size": size})
    };
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": part("config.v1+json", 500),
        "layers": [part("layer.v1.tar+gzip", 1000)],
    });
    manifest.to_string()
}

/// Serves on an address until it is killed. Whoever trusts the certificate that is written to the file first trusts it.
pub fn serve(words: &[String]) -> ExitCode {
    let [address, file] = words else {
        eprintln!("registry ADDRESS:PORT CERTIFICATE-FILE");
        return ExitCode::from(2);
    };
    let address: SocketAddr = address.parse().expect("an address and a port");
    let listener = TcpListener::bind(address).expect("the registry's port is free");
    let tls = Arc::new(identify(address, file));
    for stream in listener.incoming().flatten() {
        let tls = Arc::clone(&tls);
        thread::spawn(move || answer_all(stream, tls));
    }
    ExitCode::SUCCESS
}

/// A new identity for an address; its certificate is whole when the file is there.
fn identify(address: SocketAddr, file: &str) -> ServerConfig {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([address.ip().to_string()]).expect("it can be made");
    let unfinished = format!("{file}.new");
    std::fs::write(&unfinished, cert.pem()).expect("the folder is ours");
    std::fs::rename(unfinished, file).expect("the folder is ours");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config =
        ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_no_client_auth();
    config
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("they belong together")
}

/// Answers one request after the other until the other side leaves.
fn answer_all(stream: TcpStream, tls: Arc<ServerConfig>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(tls).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut body)?;
        let mut words = first.split(' ');
        let (method, path) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let stream = reader.get_mut();
        stream.write_all(answer(method, path).as_bytes())?;
        stream.flush()?;
    }
}

fn answer(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/v2/").trim_end_matches('/');
    let reply = |status: &str, more: &str, length: usize, body: &str| {
        format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\n\r\n{body}")
    };
    let Some((repository, reference)) = path.rsplit_once("/manifests/") else {
        let is_root = path.is_empty() || path == "/v2";
        return reply(if is_root { "200 OK" } else { "404 Not Found" }, "", 0, "");
    };
    if method == "PUT" {
        let place = format!("Location: /v2/{path}\r\n");
        return reply("201 Created", &place, 0, "");
    }
    let mut known = KNOWN.lock().expect("nobody panics with it");
    if !reference.starts_with("sha256:") {
        let body = manifest(repository, reference);
        known.insert(format!("sha256:{}", identifier(&body)), body);
    }
    let wanted = if reference.starts_with("sha256:") {
        reference.to_owned()
    } else {
        digest(repository, reference)
    };
    let Some(body) = known.get(&wanted) else {
        return reply("404 Not Found", "", 0, "");
    };
    let about = format!(
        "Content-Type: application/vnd.oci.image.manifest.v1+json\r\nDocker-Content-Digest: {wanted}\r\n"
    );
    let sent = if method == "HEAD" { "" } else { body };
    reply("200 OK", &about, body.len(), sent)
}
