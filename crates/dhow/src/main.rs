//! Deploys containers to your own servers over SSH, with no downtime.
//!
//! This binary composes the crates of the workspace: it reads what was typed and where it runs, lets a command
//! do its work, and tells how that went.

mod accessory_files;
mod arguments;
mod bringing;
mod build_host;
mod build_log;
mod build_source;
mod built;
mod called_as;
mod carried_out;
mod commands;
mod deploy_lock;
mod deployment;
mod environment;
mod error_pages;
mod failure;
mod following;
mod held_lock;
mod hooks;
mod image_build;
mod image_room;
mod image_source;
mod invocation;
mod keeping;
mod local_registry;
mod log_file;
mod project;
mod project_secrets;
mod registry_login;
mod reporter;
mod run_version;
mod session;
mod signals;
mod terminal;
mod typed;

use std::{env, process::ExitCode, sync::OnceLock};

use dhow_execute::Announcer;
use tokio_util::sync::CancellationToken;

use crate::{
    arguments::{Arguments, Command},
    called_as::CalledAs,
    environment::Environment,
    failure::{Failure, Kind},
    held_lock::{HeldLock, Taken},
    invocation::Invocation,
    reporter::{Detail, Lines},
    signals::{HANG_UP, Signals},
    terminal::Terminal,
};

fn main() -> ExitCode {
    let typed: Vec<_> = env::args_os().collect();
    let called_as = CalledAs::of(typed.first().map(AsRef::as_ref));
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => {
            Terminal::new(false).failure(
                &Failure::new(Kind::Machine, "this folder cannot be read").because(&error),
            );
            return Kind::Machine.exit_code();
        }
    };
    let Arguments { global, command } = match typed::understood(called_as, typed, &environment) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let terminal = Terminal::new(global.quiet);
    let detail = match (&command, global.verbose) {
        (_, true) => Detail::Everything,
        (command, false) if command.only_looks() => Detail::Warnings,
        _ => Detail::Steps,
    };
    let invocation = Invocation {
        announcer: Announcer::new(Box::new(Lines::new(terminal, detail))),
        interrupt: CancellationToken::new(),
        held_lock: HeldLock::default(),
        log_file: OnceLock::new(),
        pre_connected: OnceLock::new(),
        only_looks: command.only_looks(),
        command: command.words(),
        environment,
        terminal,
        called_as,
        global,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.failure(&Failure::new(Kind::Machine, "starting failed").because(&error));
            return Kind::Machine.exit_code();
        }
    };
    let code = runtime.block_on(run(&invocation, command));
    // What is still under way after a second signal is not waited for.
    runtime.shutdown_background();
    code
}

/// Does the work, while listening for signals: the first one ends it in order, the second one at once.
async fn run(invocation: &Invocation, command: Command) -> ExitCode {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            let failure = Failure::new(Kind::Machine, "signals cannot be received").because(&error);
            invocation.terminal.failure(&failure);
            return Kind::Machine.exit_code();
        }
    };
    let only_looks = command.only_looks();
    let work = commands::run(invocation, command);
    tokio::pin!(work);
    let mut first = None;
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            signal = signals.next() => {
                // A terminal that goes away hangs up twice: its shell does, and then the kernel.
                if first.is_some() && signal == HANG_UP {
                    continue;
                }
                if first.is_some() {
                    invocation.terminal.failure(&given_up(invocation, signal));
                    return Kind::Signal(signal).exit_code();
                }
                first = Some(signal);
                if !only_looks {
                    invocation.terminal.progress(
                        "\nEnding what was started; a second signal ends at once, without cleaning up",
                    );
                }
                invocation.interrupt.cancel();
            }
        }
    };
    if let Some(log) = invocation.log_file.get() {
        let took = invocation.announcer.elapsed();
        log.finish(result.as_ref().copied(), took, invocation);
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(mut failure) => {
            if let (Kind::Signal(_), Some(signal)) = (failure.kind, first) {
                failure.kind = Kind::Signal(signal);
            }
            if !matches!(failure.kind, Kind::OwnCode(_)) {
                // What programs said on hosts is in it word for word.
                failure = failure.redacted(|text| invocation.announcer.redact(text));
                invocation.terminal.failure(&failure);
            }
            invocation.called_as.exit_code(failure.kind)
        }
    }
}

/// The last word after a second signal.
fn given_up(invocation: &Invocation, signal: u8) -> Failure {
    let failure = Failure::new(Kind::Signal(signal), "ended at once, without cleaning up");
    match invocation.held_lock.taken() {
        Some(Taken { place, .. }) => failure
            .hint(format!(
                "the deploy lock on {} may still be held: {}",
                place.host,
                place.how_to_release(invocation)
            ))
            .hint("`dhow details` shows what runs"),
        None => failure,
    }
}
