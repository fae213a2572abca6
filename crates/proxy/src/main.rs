//! `dhow-proxy`, which answers to the name `kamal-proxy` as well: the server and its commands.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use dhow_proxy::command_line::{self, Command, RunFlags};
use dhow_proxy::control::{self, Reply, Request};
use dhow_proxy::environment::Environment;
use dhow_proxy::list;
use dhow_proxy::log::{Level, Log, LogWriter, with_causes};
use dhow_proxy::server::{self, Settings};
use dhow_proxy::worker::ClientLimits;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// How long requests may take after a signal to end (kamal-proxy §12).
const CLOSING_TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match carry_out(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody reads, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "Error: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let command = command_line::parse(arguments)?;
    let environment = Environment::of_this_process();
    match command {
        Command::Print(text) => print(&text),
        Command::Run(flags) => run(&flags, &environment),
        Command::Ask(request) => ask(&environment.socket_path(), &request).map(|_| ()),
        Command::List { json } => show(&environment.socket_path(), json),
    }
}

fn print(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

fn ask(socket: &Path, request: &Request) -> Result<Reply, Box<dyn Error>> {
    Ok(runtime()?.block_on(control::call(socket, request))?)
}

fn show(socket: &Path, as_json: bool) -> Result<(), Box<dyn Error>> {
    let Reply::Services(services) = ask(socket, &Request::List)? else {
        return Err("the server did not answer with its services".into());
    };
    if as_json {
        return print(&format!("{}\n", serde_json::to_string_pretty(&services)?));
    }
    print(&list::table(&services))
}

fn run(flags: &RunFlags, environment: &Environment) -> Result<(), Box<dyn Error>> {
    if flags.http3 {
        return Err("HTTP/3 is not supported yet by dhow-proxy".into());
    }
    let settings = Settings {
        http_port: flags.http_port.or(environment.http_port).unwrap_or(80),
        https_port: flags.https_port.or(environment.https_port).unwrap_or(443),
        socket: environment.socket_path(),
        data_directory: environment.data_directory(),
        fallback_directory: environment.temporary(),
        limits: ClientLimits {
            header_timeout: flags.client_timeout,
            closing_timeout: CLOSING_TIMEOUT,
        },
    };
    let debug = flags.debug.or(environment.debug).unwrap_or(false);
    let writer = LogWriter::start(std::io::stdout(), debug);
    warn_of_gaps(flags, environment, &writer.log());
    let outcome = serve(settings, writer.log());
    writer.finish();
    outcome
}

fn warn_of_gaps(flags: &RunFlags, environment: &Environment, log: &Log) {
    let metrics_port = flags
        .metrics_port
        .or(environment.metrics_port)
        .filter(|&port| port != 0);
    if let Some(port) = metrics_port {
        let fields = [("metrics_port", json!(port))];
        log.event(
            Level::Warn,
            "Metrics are not supported yet, the port stays closed",
            &fields,
        );
    }
}

fn serve(settings: Settings, log: Log) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let ending = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        Ok(server::run(settings, log, ending).await?)
    });
    // A name look-up of a health check may still block; nobody waits for its outcome.
    runtime.shutdown_background();
    served
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
