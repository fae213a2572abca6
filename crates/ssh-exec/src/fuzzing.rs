//! The way in for fuzz targets; no other build has it.

use tokio_util::sync::CancellationToken;

use crate::{
    conversation::{Channel, converse},
    render::Nonce,
};

/// Follows a script whose host sends these bytes on its two streams. Every `stand_in` among them becomes the word
/// that marks the steps, as a host would send it that has read the script and means ill.
pub fn follow(stdout: &[u8], stderr: &[u8], stand_in: u8) {
    let nonce = Nonce::new(&mut fastrand::Rng::with_seed(0));
    let sent = |stream: &[u8]| -> Vec<u8> {
        let word = nonce.as_str().as_bytes();
        let parts: Vec<&[u8]> = stream.split(|byte| *byte == stand_in).collect();
        parts.join(word)
    };
    let (stdout, stderr) = (sent(stdout), sent(stderr));
    let channel = Channel {
        stdin: tokio::io::sink(),
        stdout: stdout.as_slice(),
        stderr: stderr.as_slice(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without input and output needs nothing");
    let interrupt = CancellationToken::new();
    let following = converse(channel, Vec::new(), &nonce, None, &interrupt, drop);
    drop(runtime.block_on(following));
}
