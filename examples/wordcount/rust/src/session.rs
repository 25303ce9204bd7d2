//! A session of the daemon, from plain generated stubs: commands that count once.

use std::error::Error;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use prost::Message;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::google::rpc;
use crate::polyproc::v1::session_service_client::SessionServiceClient;
use crate::polyproc::v1::{
    ClientProcess, SessionCancelRequest, SessionEndRequest, SessionOpenRequest,
};

/// The session of this process. One task uses it, so every earlier reply has arrived.
pub struct Session {
    pub channel: Channel,
    pub time_to_live: Duration,
    metadata: MetadataMap,
    sequence: u64,
    given_up: u64, // The command that has no answer; 0 for none.
}

impl Session {
    pub async fn open(client: &str) -> Result<Self, Box<dyn Error>> {
        let address = env::var("POLYPROC_ADDRESS")
            .map_err(|_| "Expected the daemon's address in POLYPROC_ADDRESS, but it is not set")?;
        let uri = if address.starts_with("unix:") { address } else { format!("http://{address}") };
        let mut metadata = MetadataMap::new();
        if let Ok(file) = env::var("POLYPROC_TOKEN_FILE") {
            let token = fs::read_to_string(file)?;
            metadata.insert("authorization", format!("Bearer {}", token.trim()).parse()?);
        }
        // No call hangs when the network is silent. Tonic asks no proxy, and connects again at once.
        let channel = Endpoint::from_shared(uri)?
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .connect_lazy();
        let mut open = Request::new(SessionOpenRequest {
            client: client.into(),
            process: Some(ClientProcess { pid: process::id().into(), ..Default::default() }),
            process_credential: env::var("POLYPROC_PROCESS_CREDENTIAL").unwrap_or_default(),
            ..Default::default()
        });
        *open.metadata_mut() = metadata.clone();
        let opened = SessionServiceClient::new(channel.clone()).open(open).await?.into_inner();
        metadata.insert("polyproc-session", opened.session.parse()?);
        let time_to_live = opened.time_to_live.unwrap_or_default().try_into()?;
        Ok(Session { channel, time_to_live, metadata, sequence: 0, given_up: 0 })
    }

    /// Sends a command, and sends it again under the same sequence when its answer was lost.
    ///
    /// It is given up when this future is dropped, as a timeout does, and when the daemon cannot be
    /// reached. Then the next command takes it back: what it may have been granted, an item or a lock,
    /// nobody would ever see.
    pub async fn call<Q: Clone, R>(
        &mut self,
        request: Q,
        method: impl AsyncFn(Request<Q>) -> Result<Response<R>, Status>,
    ) -> Result<R, Status> {
        self.take_back().await?;
        self.sequence += 1;
        self.given_up = self.sequence; // Until it is answered: nothing runs when a future is dropped.
        let mut metadata = self.metadata.clone();
        let sequence = MetadataValue::<Ascii>::from(self.sequence);
        metadata.insert("polyproc-sequence", sequence.clone());
        metadata.insert("polyproc-received-below", sequence);
        let answer = self.repeat(&metadata, request, method).await;
        if answer.as_ref().err().is_none_or(|status| !reason(status).is_empty()) {
            self.given_up = 0;
        }
        answer
    }

    /// Makes sure that a command that was given up has no effect that nobody knows of.
    pub async fn take_back(&mut self) -> Result<(), Status> {
        if self.given_up != 0 {
            let cancel = SessionCancelRequest { sequence: self.given_up, undo: true };
            let sessions = SessionServiceClient::new(self.channel.clone());
            let method = async |request| sessions.clone().cancel(request).await;
            self.repeat(&self.metadata, cancel, method).await?;
            self.given_up = 0;
        }
        Ok(())
    }

    async fn repeat<Q: Clone, R>(
        &self,
        metadata: &MetadataMap,
        request: Q,
        method: impl AsyncFn(Request<Q>) -> Result<Response<R>, Status>,
    ) -> Result<R, Status> {
        let give_up = Instant::now() + self.time_to_live;
        loop {
            let mut attempt = Request::new(request.clone());
            *attempt.metadata_mut() = metadata.clone();
            match method(attempt).await {
                Ok(reply) => return Ok(reply.into_inner()),
                Err(status) if !is_broken(&status) || Instant::now() > give_up => {
                    return Err(status);
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Ends the session, and with it everything it holds.
    pub async fn close(mut self) -> Result<(), Status> {
        let sessions = SessionServiceClient::new(self.channel.clone());
        let end = async |request| sessions.clone().end(request).await;
        match self.call(SessionEndRequest {}, end).await {
            // It ended before; its answer may be lost.
            Err(status) if reason(&status) != "SESSION_NOT_FOUND" => Err(status),
            _ => Ok(()),
        }
    }
}

/// Whether the connection broke, and the daemon said nothing. Tonic calls it one or the other, also
/// cancelled: here no call has a deadline, and a future that is dropped answers nothing.
fn is_broken(status: &Status) -> bool {
    use Code::{Cancelled, Internal, Unavailable, Unknown};
    matches!(status.code(), Unavailable | Unknown | Internal | Cancelled)
        && reason(status).is_empty()
}

/// The ErrorReason of a failed call, such as "CLOSED".
pub fn reason(status: &Status) -> String {
    let details = rpc::Status::decode(status.details()).unwrap_or_default().details;
    let info = details.iter().find(|detail| detail.type_url.ends_with("/google.rpc.ErrorInfo"));
    info.and_then(|info| rpc::ErrorInfo::decode(&*info.value).ok())
        .map_or(String::new(), |info| info.reason)
}
