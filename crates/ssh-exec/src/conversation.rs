//! One script on a channel: the text goes out, steps, lines and an ending come back, and then the channel is free for
//! the next one.
//!
//! Everything here is the same for a host behind ssh and for a shell on this machine; they differ in where
//! the three streams come from.

use std::{collections::VecDeque, io, pin::Pin, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Ending, ScriptEvent, ScriptReport, StepNumber, StepReport, Stream,
    marked::{Mark, MarkedStream, Piece, StepOutput},
    render::Nonce,
};

/// How many lines of what a host printed instead of running the script are handed on.
const LINES_SAID: usize = 5;

/// The three streams of a shell that was just started, or that waits for its next script.
#[derive(Debug)]
pub(crate) struct Channel<In, Out, Err> {
    pub(crate) stdin: In,
    pub(crate) stdout: Out,
    pub(crate) stderr: Err,
}

/// Why there is no report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Both streams ended before the script did.
    Ended {
        step: Option<StepNumber>,
        /// Whether the script had begun.
        begun: bool,
        said: Vec<String>,
    },
    /// Nothing came for this long.
    Silent {
        step: Option<StepNumber>,
        after: Duration,
    },
    /// The streams contradict each other.
    OutOfOrder { step: Option<StepNumber> },
}

type Sending<In> = Pin<Box<dyn Future<Output = io::Result<In>> + Send>>;

/// Sends the text and follows the script to its end. The channel comes back when the shell behind it waits for
/// another script: it does not once its input was closed.
pub(crate) async fn converse<In, Out, Err>(
    channel: Channel<In, Out, Err>,
    text: Vec<u8>,
    nonce: &Nonce,
    silence_limit: Option<Duration>,
    interrupt: &CancellationToken,
    watch: impl FnMut(ScriptEvent) + Send,
) -> Result<(ScriptReport, Option<Channel<In, Out, Err>>), Broken>
where
    In: AsyncWrite + Unpin + Send + 'static,
    Out: AsyncRead + Unpin + Send,
    Err: AsyncRead + Unpin + Send,
{
    let mut script = Following::new(nonce, watch);
    let Channel {
        stdin,
        mut stdout,
        mut stderr,
    } = channel;
    let mut sending: Option<Sending<In>> = Some(Box::pin(send(stdin, text)));
    // Holding the input open is what keeps the script going.
    let mut held_open: Option<In> = None;
    let mut interrupted = false;
    let mut last_heard = Instant::now();
    let (mut out, mut err) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let (mut out_ended, mut err_ended) = (false, false);
    loop {
        let silence = silence_limit.map(|limit| last_heard + limit);
        tokio::select! {
            sent = async { sending.as_mut().expect("guarded by the condition").await }, if sending.is_some() => {
                sending = None;
                held_open = sent.ok();
            }
            () = interrupt.cancelled(), if !interrupted => {
                interrupted = true;
                sending = None;
                held_open = None;
            }
            read = stdout.read(&mut out), if !out_ended => {
                last_heard = Instant::now();
                out_ended = script.take(Stream::Stdout, &out, read)?;
            }
            read = stderr.read(&mut err), if !err_ended => {
                last_heard = Instant::now();
                err_ended = script.take(Stream::Stderr, &err, read)?;
            }
            () = until(silence), if silence.is_some() => {
                return Err(Broken::Silent {
                    step: script.running(),
                    after: silence_limit.unwrap_or_default(),
                });
            }
        }
        if let Some(ending) = script.ending {
            let rest = held_open.map(|stdin| Channel {
                stdin,
                stdout,
                stderr,
            });
            return Ok((script.into_report(ending), rest));
        }
        if out_ended && err_ended {
            if interrupted && !script.begun {
                // The text was cut short on its way, so the host ran nothing.
                return Ok((script.into_report(Ending::Interrupted), None));
            }
            return Err(script.ended());
        }
    }
}

async fn send<In: AsyncWrite + Unpin>(mut stdin: In, text: Vec<u8>) -> io::Result<In> {
    stdin.write_all(&text).await?;
    stdin.flush().await?;
    Ok(stdin)
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Puts the two streams together again. Each mark comes on both; what lies behind it on one stream waits
/// until it came on the other, so that events are told in the order they happened in.
struct Following<Watch> {
    streams: [Half; 2],
    running: Option<Running>,
    begun: bool,
    reports: Vec<StepReport>,
    ending: Option<Ending>,
    said: VecDeque<String>,
    watch: Watch,
}

/// One of the two streams.
struct Half {
    name: Stream,
    marked: MarkedStream,
    pieces: VecDeque<Piece>,
    /// The mark this stream has reached and the other has not.
    reached: Option<Mark>,
}

struct Running {
    step: StepNumber,
    since: Instant,
    outputs: [StepOutput; 2],
}

impl<Watch: FnMut(ScriptEvent)> Following<Watch> {
    fn new(nonce: &Nonce, watch: Watch) -> Self {
        let half = |name| Half {
            name,
            marked: MarkedStream::new(nonce),
            pieces: VecDeque::new(),
            reached: None,
        };
        Self {
            streams: [half(Stream::Stdout), half(Stream::Stderr)],
            running: None,
            begun: false,
            reports: Vec::new(),
            ending: None,
            said: VecDeque::new(),
            watch,
        }
    }

    fn running(&self) -> Option<StepNumber> {
        self.running.as_ref().map(|running| running.step)
    }

    /// Takes what was read, and says whether the stream has ended. A stream that cannot be read has.
    fn take(
        &mut self,
        stream: Stream,
        buffer: &[u8],
        read: io::Result<usize>,
    ) -> Result<bool, Broken> {
        let length = read.unwrap_or(0);
        let half = &mut self.streams[stream as usize];
        let pieces = half.marked.feed(&buffer[..length]);
        half.pieces.extend(pieces);
        self.settle()?;
        Ok(length == 0)
    }

    /// Goes on as far as both streams allow.
    fn settle(&mut self) -> Result<(), Broken> {
        loop {
            for at in [0, 1] {
                while self.streams[at].reached.is_none()
                    && let Some(piece) = self.streams[at].pieces.pop_front()
                {
                    match piece {
                        Piece::Mark(mark) => self.streams[at].reached = Some(mark),
                        Piece::Line(text) => self.output(at, &text, true),
                        Piece::Part(text) => self.output(at, &text, false),
                    }
                }
            }
            let [Some(one), Some(other)] = [self.streams[0].reached, self.streams[1].reached]
            else {
                return Ok(());
            };
            if one != other || !self.pass(one) {
                return Err(Broken::OutOfOrder {
                    step: self.running(),
                });
            }
            self.streams[0].reached = None;
            self.streams[1].reached = None;
        }
    }

    fn output(&mut self, at: usize, text: &[u8], is_whole: bool) {
        let stream = self.streams[at].name;
        if let Some(Running { step, outputs, .. }) = &mut self.running {
            let (step, watch) = (*step, &mut self.watch);
            outputs[at].add(text, is_whole, |line| {
                watch(ScriptEvent::Output { step, stream, line });
            });
        } else if !self.begun && !text.trim_ascii().is_empty() {
            if self.said.len() == LINES_SAID {
                self.said.pop_front();
            }
            self.said
                .push_back(String::from_utf8_lossy(text.trim_ascii()).into_owned());
        }
    }

    /// Passes a mark that both streams have reached, and says whether it could stand here.
    fn pass(&mut self, mark: Mark) -> bool {
        self.begun = true;
        match (mark, self.running.take()) {
            (Mark::Start(step), None) => {
                (self.watch)(ScriptEvent::StepStarted { step });
                self.running = Some(Running {
                    step,
                    since: Instant::now(),
                    outputs: Default::default(),
                });
                true
            }
            (Mark::End(step, exit_code), Some(running)) if running.step == step => {
                self.finish(running, exit_code);
                true
            }
            (Mark::Done(ending), None) => {
                self.ending = Some(ending);
                true
            }
            (_, running) => {
                self.running = running;
                false
            }
        }
    }

    fn finish(&mut self, running: Running, exit_code: i32) {
        let duration = running.since.elapsed();
        let step = running.step;
        let [stdout, stderr] = running.outputs.map(StepOutput::into_text);
        (self.watch)(ScriptEvent::StepFinished {
            step,
            exit_code,
            duration,
        });
        self.reports.push(StepReport {
            step,
            exit_code,
            stdout,
            stderr,
            duration,
        });
    }

    fn into_report(self, ending: Ending) -> ScriptReport {
        ScriptReport {
            steps: self.reports,
            ending,
        }
    }

    fn ended(self) -> Broken {
        Broken::Ended {
            step: self.running(),
            begun: self.begun,
            said: self.said.into(),
        }
    }
}
