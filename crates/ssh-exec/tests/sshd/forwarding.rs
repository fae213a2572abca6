//! Ports of a host that lead here.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    num::NonZeroU16,
    os::unix::net::UnixListener,
    thread,
};

use dhow_ssh_exec::{Forward, ForwardFailure, LocalEnd, Transport};

use crate::server::{Server, connect, wait_for};

/// A port that nobody uses now.
fn free_port() -> NonZeroU16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    NonZeroU16::new(listener.local_addr().unwrap().port()).unwrap()
}

/// What comes back from a port of the host, which is this machine here.
fn asked(port: NonZeroU16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port.get()))?;
    stream.write_all(b"who?\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Answers every connection with its name.
fn answering<S: std::io::Read + std::io::Write>(
    mut accept: impl FnMut() -> std::io::Result<S> + Send + 'static,
    name: &'static str,
) {
    thread::spawn(move || {
        while let Ok(mut stream) = accept() {
            let mut question = [0; 5];
            stream.read_exact(&mut question).unwrap();
            stream.write_all(name.as_bytes()).unwrap();
        }
    });
}

#[tokio::test]
async fn a_port_of_the_host_leads_to_a_socket_or_a_port_here_and_then_nowhere() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;

    let socket = server.path("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    answering(move || Ok(listener.accept()?.0), "socket");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = NonZeroU16::new(listener.local_addr().unwrap().port()).unwrap();
    answering(move || Ok(listener.accept()?.0), "port");

    for (to, name) in [
        (LocalEnd::Socket(socket), "socket"),
        (LocalEnd::Port(here), "port"),
    ] {
        let port = free_port();
        let forward = Forward { port, to };
        transport.forward(&host, &forward).await.unwrap();
        assert_eq!(asked(port).unwrap(), name);
        transport.end_forward(&host, &forward).await;
        wait_for("the port's end", || asked(port).is_err()).await;
        // Once more, because a form that is not taken back entirely would still stand.
        transport.forward(&host, &forward).await.unwrap();
        assert_eq!(asked(port).unwrap(), name);
        transport.end_forward(&host, &forward).await;
    }
    assert_eq!(server.count("Accepted publickey"), 1, "{}", server.log());
    transport.close().await;
}

#[tokio::test]
async fn a_port_is_closed_with_the_connection() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let (port, to) = (free_port(), LocalEnd::Port(free_port()));
    let forward = Forward { port, to };
    transport.forward(&host, &forward).await.unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port.get())).is_ok());
    transport.close().await;
    wait_for("the port's end", || {
        TcpStream::connect(("127.0.0.1", port.get())).is_err()
    })
    .await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_from_one_that_is_forbidden() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = NonZeroU16::new(listener.local_addr().unwrap().port()).unwrap();
    let to = LocalEnd::Port(port);
    let error = transport
        .forward(
            &host,
            &Forward {
                port,
                to: to.clone(),
            },
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error.reason, ForwardFailure::Taken { .. }),
        "{error:?}"
    );
    let told = error.to_string();
    let expected =
        format!("Failed to establish port forward on 127.0.0.1: its port {port} is taken");
    assert!(told.starts_with(&expected), "{told}");
    transport.close().await;

    let server = Server::start_with("AllowTcpForwarding no\n");
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let port = free_port();
    let error = transport
        .forward(&host, &Forward { port, to })
        .await
        .unwrap_err();
    assert_eq!(error.reason, ForwardFailure::Forbidden, "{error:?}");
    transport.close().await;
}

#[tokio::test]
async fn a_port_that_another_deploy_has_is_waited_for() {
    let server = Server::start();
    let (one, other) = (server.transport(), server.transport());
    let host = connect(&one, "127.0.0.1").await;
    connect(&other, "127.0.0.1").await;
    let (port, to) = (free_port(), LocalEnd::Port(free_port()));
    let forward = Forward { port, to };
    one.forward(&host, &forward).await.unwrap();
    let waiting = other.forward(&host, &forward);
    tokio::pin!(waiting);
    let refused = || server.count("cannot listen to port") > 0;
    tokio::select! {
        result = &mut waiting => panic!("two have one port: {result:?}"),
        () = wait_for("a refusal", refused) => {}
    }
    one.end_forward(&host, &forward).await;
    waiting.await.unwrap();
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn a_host_that_is_not_connected_forwards_nothing() {
    let server = Server::start();
    let transport = server.transport();
    let (port, to) = (free_port(), LocalEnd::Port(free_port()));
    let forward = Forward { port, to };
    let host = "127.0.0.1".parse().unwrap();
    let error = transport.forward(&host, &forward).await.unwrap_err();
    assert_eq!(error.reason, ForwardFailure::NoConnection);
    transport.end_forward(&host, &forward).await;
}

#[tokio::test]
async fn a_socket_here_leads_to_what_the_host_reaches() {
    let server = Server::start();
    let transport = server.transport();
    let host = connect(&transport, "127.0.0.1").await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = NonZeroU16::new(listener.local_addr().unwrap().port()).unwrap();
    answering(move || Ok(listener.accept()?.0), "there");

    // The name is looked up on the host.
    let reached = transport.reach_through(&host, "localhost", there);
    let socket = reached.await.unwrap();
    let ask = || {
        let mut stream = std::os::unix::net::UnixStream::connect(&socket)?;
        stream.write_all(b"who?\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    assert_eq!(ask().unwrap(), "there");
    // Once more, as another question of the same deploy would.
    let again = transport.reach_through(&host, "localhost", there);
    assert_eq!(again.await.unwrap(), socket);
    assert_eq!(ask().unwrap(), "there");
    transport.close().await;
    wait_for("the socket's end", || ask().is_err()).await;
}
