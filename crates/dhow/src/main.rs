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
mod commands;
mod completing;
mod deploy_lock;
mod deployment;
mod environment;
mod error_pages;
mod event_line;
mod failure;
mod following;
mod held_lock;
mod hooks;
mod image_build;
mod image_room;
mod image_source;
mod invocation;
mod keeping;
mod live;
mod local_registry;
mod log_file;
mod placed_problem;
mod project;
mod project_secrets;
mod registry_login;
mod reporter;
mod run_version;
mod session;
mod signals;
mod telemetry;
mod terminal;
mod typed;
mod workflow;

use std::{env, ffi::OsString, process::ExitCode, sync::OnceLock, time::Instant};

use dhow_execute::Announcer;
use tokio_util::sync::CancellationToken;

use crate::{
    arguments::{Arguments, Command, Global, ReportForm},
    called_as::CalledAs,
    environment::Environment,
    failure::{Failure, Kind},
    held_lock::{HeldLock, Taken},
    invocation::Invocation,
    live::Live,
    reporter::Detail,
    signals::{HANG_UP, Signals},
    terminal::{Manner, Terminal, errors_are_watched, errors_show_colours, is_watched},
    typed::Over,
};

fn main() -> ExitCode {
    let began = Instant::now();
    let typed: Vec<_> = env::args_os().collect();
    let Over {
        terminal,
        exit_code,
    } = outcome(typed, began);
    terminal.finish(exit_code);
    ExitCode::from(exit_code)
}

/// Everything but the last word.
fn outcome(typed: Vec<OsString>, began: Instant) -> Over {
    let called_as = CalledAs::of(typed.first().map(AsRef::as_ref));
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => {
            let terminal = Terminal::new(false, began, Manner::Lines);
            let failure = Failure::new(Kind::Machine, "this folder cannot be read");
            return over(terminal, &failure.because(&error));
        }
    };
    let Arguments { global, command } =
        match typed::understood(called_as, typed, &environment, began) {
            Ok(arguments) => arguments,
            Err(over) => return over,
        };
    let detail = match (&command, global.verbose) {
        (_, true) => Detail::Everything,
        (command, false) if command.only_looks() => Detail::Warnings,
        _ => Detail::Steps,
    };
    let as_kamal = called_as == CalledAs::Kamal && !is_watched();
    let may_redraw = !as_kamal && detail == Detail::Steps && environment.can_redraw();
    let manner = manner(&global, &environment, began, may_redraw);
    let mut terminal = Terminal::new(global.quiet, began, manner);
    if as_kamal {
        terminal = terminal.in_kamals_manner();
    }
    let invocation = Invocation {
        announcer: Announcer::new(reporter::of(&terminal, detail, environment.seed)),
        interrupt: CancellationToken::new(),
        held_lock: HeldLock::default(),
        log_file: OnceLock::new(),
        telemetry: OnceLock::new(),
        pre_connected: OnceLock::new(),
        only_looks: command.only_looks(),
        command: command.words(),
        environment,
        terminal: terminal.clone(),
        called_as,
        global,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::new(Kind::Machine, "starting failed");
            return over(terminal, &failure.because(&error));
        }
    };
    let exit_code = runtime.block_on(run(&invocation, command));
    // What is still under way after a second signal is not waited for.
    runtime.shutdown_background();
    Over {
        terminal,
        exit_code,
    }
}

/// How this run is told: as it was asked for, or else as whoever reads it understands best.
fn manner(global: &Global, environment: &Environment, began: Instant, may_redraw: bool) -> Manner {
    if let Some(ReportForm::Json) = global.report {
        return Manner::Events;
    }
    if let Some(workflow) = environment.workflow() {
        return Manner::Workflow(workflow);
    }
    if may_redraw && !global.quiet && errors_are_watched() {
        return Manner::Live(Live::start(began, errors_show_colours()));
    }
    Manner::Lines
}

/// A run that could not begin.
fn over(terminal: Terminal, failure: &Failure) -> Over {
    let exit_code = failure.kind.code();
    terminal.failure(failure, exit_code);
    Over {
        terminal,
        exit_code,
    }
}

/// Does the work, while listening for signals: the first one ends it in order, the second one at once.
async fn run(invocation: &Invocation, command: Command) -> u8 {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            let failure = Failure::new(Kind::Machine, "signals cannot be received").because(&error);
            let exit_code = failure.kind.code();
            invocation.terminal.failure(&failure, exit_code);
            return exit_code;
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
                    let exit_code = Kind::Signal(signal).code();
                    invocation.terminal.failure(&given_up(invocation, signal), exit_code);
                    return exit_code;
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
    telemetry::finish(invocation, result.as_ref().copied()).await;
    match result {
        Ok(()) => 0,
        Err(mut failure) => {
            if let (Kind::Signal(_), Some(signal)) = (failure.kind, first) {
                failure.kind = Kind::Signal(signal);
            }
            let exit_code = invocation.called_as.exit_code(failure.kind);
            if !matches!(failure.kind, Kind::OwnCode(_)) {
                // What programs said on hosts is in it word for word.
                failure = failure.redacted(|text| invocation.announcer.redact(text));
                invocation.terminal.failure(&failure, exit_code);
            }
            exit_code
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
