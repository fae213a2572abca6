//! A client that says exactly what it is told to, byte by byte, and reads what comes back.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Nothing in these tests takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection to the proxy.
pub(crate) struct Client(BufReader<TcpStream>);

/// An answer, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Self {
        Self(BufReader::new(
            TcpStream::connect(("127.0.0.1", port)).await.unwrap(),
        ))
    }

    /// Sends text as it is.
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks for a path and keeps the connection.
    pub(crate) async fn get(&mut self, path: &str) -> Option<Answer> {
        self.0
            .get_mut()
            .write_all(request(path).as_bytes())
            .await
            .ok()?;
        self.answer().await
    }

    /// Reads an answer with a known length, or nothing when the connection ends before it is complete.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        let head = self.head().await?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Answer {
            status,
            head,
            body: String::from_utf8(body).unwrap(),
        })
    }

    /// Reads the head of an answer, and gives it in lower case.
    pub(crate) async fn head(&mut self) -> Option<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = tokio::time::timeout(PATIENCE, self.0.read_line(&mut head)).await;
            if read.expect("an answer within a reasonable time").ok()? == 0 {
                return None;
            }
        }
        Some(head.to_ascii_lowercase())
    }

    /// Reads exactly so many bytes.
    pub(crate) async fn read(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        let read = tokio::time::timeout(PATIENCE, self.0.read_exact(&mut bytes)).await;
        read.expect("bytes within a reasonable time").unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Waits for the end of the connection and gives what came before it.
    pub(crate) async fn rest(mut self) -> String {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        // A reset is an end as well.
        let _ = read.expect("an end within a reasonable time");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: app.example.com\r\n\r\n")
}

/// Asks for a path over a connection of its own.
pub(crate) async fn get(port: u16, path: &str) -> Answer {
    Client::connect(port)
        .await
        .get(path)
        .await
        .expect("a complete answer")
}

/// Sends a whole request over a connection of its own.
pub(crate) async fn exchange(port: u16, request: &str) -> Answer {
    let mut client = Client::connect(port).await;
    client.send(request).await;
    client.answer().await.expect("a complete answer")
}
