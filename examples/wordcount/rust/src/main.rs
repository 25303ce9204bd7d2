//! A worker of the word count: takes chunks of text until there are no more.

use std::collections::HashMap;
use std::error::Error;
use std::{env, process};

use polyproc::v1::dict_service_client::DictServiceClient;
use polyproc::v1::event_service_client::EventServiceClient;
use polyproc::v1::queue_service_client::QueueServiceClient;
use polyproc::v1::value::Kind;
use polyproc::v1::{
    DictSetRequest, EventWaitRequest, QueueAcknowledgeRequest, QueueGetRequest, Value, ValueEntry,
    ValueMap,
};
use session::{Session, reason};

mod session;

include!(concat!(env!("OUT_DIR"), "/stubs.rs"));

const CHUNKS: &str = "wordcount/chunks";
const COUNTS: &str = "wordcount/counts";
const START: &str = "wordcount/start";

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
}

async fn work() -> Result<(), Box<dyn Error>> {
    let name = env::var("POLYPROC_PROCESS").unwrap_or(format!("rust-{}", process::id()));
    let mut session = Session::open(&name).await?;
    let queues =
        QueueServiceClient::new(session.channel.clone()).max_decoding_message_size(usize::MAX); // A value of any size.
    let dicts = DictServiceClient::new(session.channel.clone());
    let events = EventServiceClient::new(session.channel.clone());

    // Every call keeps the session alive, so none may wait for longer than the session lives.
    let patience = Some(prost_types::Duration::try_from(session.time_to_live / 3)?);

    let start = EventWaitRequest { event: START.into(), timeout: patience };
    let wait = async |request| events.clone().wait(request).await;
    while !session.call(start.clone(), wait).await?.set {}

    loop {
        let get = QueueGetRequest {
            queue: CHUNKS.into(),
            timeout: patience,
            reserve: true,
            ..Default::default()
        };
        let chunk = match session.call(get, async |get| queues.clone().get(get).await).await {
            Err(status) if reason(&status) == "CLOSED" => return Ok(session.close().await?),
            chunk => chunk?,
        };
        let Some(Value { kind: Some(Kind::Map(fields)) }) = chunk.item else { continue };

        // First the result, under the chunk's own key, then the acknowledgement: who dies in between
        // leaves the chunk to somebody else, who writes the same counts under the same key.
        let mut id = None;
        let mut words = None;
        for ValueEntry { key, value } in fields.entries {
            match (key.and_then(|key| key.kind), value) {
                (Some(Kind::Text(key)), value) if key == "chunk" => id = value,
                (_, Some(Value { kind: Some(Kind::Bytes(text)) })) => words = Some(count(&text)),
                _ => {}
            }
        }
        let result = mapping([
            ("worker".into(), Kind::Text(name.clone())),
            ("attempt".into(), Kind::Int(chunk.attempt.into())),
            ("words".into(), words.ok_or("Expected a text, but there is none")?),
        ]);
        let set = DictSetRequest {
            dict: COUNTS.into(),
            key: id,
            value: Some(Value { kind: Some(result) }),
            ..Default::default()
        };
        session.call(set, async |set| dicts.clone().set(set).await).await?;
        let done = QueueAcknowledgeRequest { queue: CHUNKS.into(), reservation: chunk.reservation };
        match session.call(done, async |done| queues.clone().acknowledge(done).await).await {
            // Somebody else has it, and does it as well.
            Err(status) if reason(&status) == "RESERVATION_ENDED" => {}
            done => drop(done?),
        }
    }
}

/// How often each word occurs: a word is the longest run of ASCII letters, in lower case.
fn count(text: &[u8]) -> Kind {
    let mut counts = HashMap::new();
    for word in text.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_ascii_lowercase()).or_insert(0) += 1;
    }
    mapping(
        counts.into_iter().map(|(word, n)| (String::from_utf8_lossy(&word).into(), Kind::Int(n))),
    )
}

/// A map of texts to values.
fn mapping(entries: impl IntoIterator<Item = (String, Kind)>) -> Kind {
    let value = |kind| Some(Value { kind: Some(kind) });
    let entries = entries.into_iter();
    let pairs =
        entries.map(|(key, kind)| ValueEntry { key: value(Kind::Text(key)), value: value(kind) });
    Kind::Map(ValueMap { entries: pairs.collect() })
}
