//! Upgraded connections (WebSockets): bytes both ways until a side ends or a drain cuts them.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

use crate::flight::Flight;
use crate::request_log::RequestRecord;

/// Joins the two sides of an upgraded connection. The request is logged when the connection ends.
pub async fn join(client: OnUpgrade, target: OnUpgrade, flight: Flight, mut record: RequestRecord) {
    let passing = async {
        let (Ok(client), Ok(target)) = tokio::join!(client, target) else {
            return;
        };
        let (mut client, mut target) = (TokioIo::new(client), TokioIo::new(target));
        // A broken connection is a usual end for a WebSocket; the log line tells its length.
        if let Ok((_, to_client)) = copy_bidirectional(&mut client, &mut target).await {
            record.bytes_sent = to_client;
        }
    };
    tokio::select! {
        () = passing => {}
        () = flight.cut_upgraded() => {}
    }
}
