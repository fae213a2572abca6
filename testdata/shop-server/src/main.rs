//! The sample app: a small web server whose answers tell what was deployed.
//!
//! - `/up`: 200 once started, unless `SHOP_BROKEN` is set; then 503 for ever;
//! - `/version`: the file `/version` of the image, as it was when the image was built;
//! - `/env/NAME`: the variable, or 404;
//! - `/host`: the container's host name;
//! - `/slow/MILLISECONDS`: answers after that time;
//! - anything else: a page with the release, `KAMAL_VERSION` and the path.
//!
//! With `SHOP_REFUSES_TO_START` set it prints why and exits with code 3.
//! On TERM it lets running requests end, then exits. `SHOP_PORT` (80) is where it listens.
//! `shop-server ROLE`, with any word, serves nothing and waits for TERM: a role without a proxy.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::ExitCode,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

fn main() -> ExitCode {
    if let Ok(reason) = env::var("SHOP_REFUSES_TO_START") {
        eprintln!("shop refuses to start: {reason}");
        return ExitCode::from(3);
    }
    let running = Running::default();
    let role = env::args().nth(1);
    println!(
        "shop starts as {} with version {}",
        role.as_deref().unwrap_or("web"),
        baked_version()
    );
    if role.is_none() {
        let listener = match TcpListener::bind(("0.0.0.0", port())) {
            Ok(listener) => listener,
            Err(error) => {
                eprintln!("cannot listen on port {}: {error}", port());
                return ExitCode::FAILURE;
            }
        };
        let running = running.clone();
        thread::spawn(move || serve(&listener, &running));
    }
    let mut signals = Signals::new([SIGTERM, SIGINT]).expect("TERM and INT may be handled");
    signals.forever().next();
    running.wait_for_none();
    println!("shop stops");
    ExitCode::SUCCESS
}

fn port() -> u16 {
    env::var("SHOP_PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(80)
}

fn baked_version() -> String {
    fs::read_to_string("/version").map_or_else(|_| "unknown".into(), |text| text.trim().into())
}

/// How many requests are being answered.
#[derive(Clone, Default)]
struct Running(Arc<(Mutex<usize>, Condvar)>);

impl Running {
    fn change(&self, by: isize) {
        let mut count = self.0.0.lock().expect("nobody panics while counting");
        *count = count.saturating_add_signed(by);
        self.0.1.notify_all();
    }

    fn wait_for_none(&self) {
        let count = self.0.0.lock().expect("nobody panics while counting");
        drop(self.0.1.wait_while(count, |count| *count > 0));
    }
}

fn serve(listener: &TcpListener, running: &Running) {
    for connection in listener.incoming().flatten() {
        let running = running.clone();
        thread::spawn(move || {
            // A client that goes away is no news.
            let _ = converse(&connection, &running);
        });
    }
}

/// Answers the requests of one connection until the client closes it.
fn converse(connection: &TcpStream, running: &Running) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some(request) = read_request(&mut reader)? {
        running.change(1);
        let written = answer(connection, &request);
        running.change(-1);
        written?;
        if request.last {
            break;
        }
    }
    Ok(())
}

struct Request {
    method: String,
    path: String,
    last: bool,
}

fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_string();
    let path = words.next().unwrap_or("/").to_string();
    let mut last = words.next() == Some("HTTP/1.0");
    let mut body = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 {
            return Ok(None);
        }
        let header = header.trim().to_ascii_lowercase();
        match header
            .split_once(':')
            .map(|(name, value)| (name, value.trim()))
        {
            None if header.is_empty() => break,
            Some(("connection", "close")) => last = true,
            Some(("content-length", length)) => body = length.parse().unwrap_or(0),
            _ => {}
        }
    }
    io::copy(&mut reader.by_ref().take(body), &mut io::sink())?;
    Ok(Some(Request { method, path, last }))
}

fn answer(mut connection: &TcpStream, request: &Request) -> io::Result<()> {
    let (status, body) = reply(&request.path);
    println!("{} {} {}", request.method, request.path, &status[..3]);
    let ending = if request.last {
        "connection: close\r\n"
    } else {
        ""
    };
    let length = body.len();
    let shown = if request.method == "HEAD" { "" } else { &body };
    // One write, so that a proxy never sees half an answer because this app was slow.
    let message = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n{ending}\r\n{shown}"
    );
    connection.write_all(message.as_bytes())
}

fn reply(path: &str) -> (&'static str, String) {
    const OK: &str = "200 OK";
    let missing = || ("404 Not Found", "no such thing\n".to_string());
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["up"] if env::var_os("SHOP_BROKEN").is_some() => {
            ("503 Service Unavailable", "broken\n".into())
        }
        ["up"] => (OK, "up\n".into()),
        ["version"] => (OK, format!("{}\n", baked_version())),
        ["host"] => (OK, fs::read_to_string("/etc/hostname").unwrap_or_default()),
        ["env", name] => {
            env::var(name).map_or_else(|_| missing(), |value| (OK, format!("{value}\n")))
        }
        ["slow", milliseconds] => {
            // To take its time is what this path is for: tests see whether such a request outlives a deploy.
            thread::sleep(Duration::from_millis(milliseconds.parse().unwrap_or(0)));
            (OK, "at last\n".into())
        }
        _ => {
            let release = env::var("KAMAL_VERSION").unwrap_or_else(|_| "none".into());
            (
                OK,
                format!(
                    "shop {}\nKAMAL_VERSION {release}\npath {path}\n",
                    baked_version()
                ),
            )
        }
    }
}
