//! A registry that has every image: what a tag names follows from its name alone.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::ExitCode,
    sync::Mutex,
    thread,
};

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

/// Serves on an address until it is killed.
pub fn serve(words: &[String]) -> ExitCode {
    let address = words.first().map_or("0.0.0.0:5000", String::as_str);
    let listener = TcpListener::bind(address).expect("the registry's port is free");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || answer_all(stream));
    }
    ExitCode::SUCCESS
}

/// Answers one request after the other until the other side leaves.
fn answer_all(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
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
        stream.write_all(answer(method, path).as_bytes())?;
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
