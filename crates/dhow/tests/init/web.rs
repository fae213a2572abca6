//! A server that gives prepared answers and remembers what it was asked.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread::JoinHandle,
};

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: &'static str,
    body: String,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self {
            status: "200 OK",
            body: body.into(),
        }
    }

    pub(crate) fn refusal(status: &'static str) -> Self {
        Self {
            status,
            body: String::new(),
        }
    }
}

/// Gives its answers in their order, one per connection, and then none.
pub(crate) struct Web {
    port: u16,
    requests: JoinHandle<Vec<String>>,
}

impl Web {
    pub(crate) fn serve(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serve = move || {
            let answer = |answer: Answer| {
                let (connection, _) = listener.accept().unwrap();
                exchange(connection, &answer)
            };
            answers.into_iter().map(answer).collect()
        };
        Self {
            port,
            requests: std::thread::spawn(serve),
        }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What was asked, head and body, after the last answer.
    pub(crate) fn requests(self) -> Vec<String> {
        self.requests.join().unwrap()
    }
}

fn exchange(mut connection: TcpStream, answer: &Answer) -> String {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        reader.read_line(&mut request).unwrap();
    }
    let length = request
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let Answer { status, body: text } = answer;
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    connection.write_all((head + text).as_bytes()).unwrap();
    request + &String::from_utf8(body).unwrap()
}
