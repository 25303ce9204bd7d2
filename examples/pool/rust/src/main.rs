//! A worker of a pool, from plain generated stubs: clients call its functions by name.

use std::error::Error;
use std::time::Duration;
use std::{env, fs, process};

use polyproc::v1::pool_service_client::PoolServiceClient;
use polyproc::v1::session_service_client::SessionServiceClient;
use polyproc::v1::value::Kind;
use polyproc::v1::{
    ClientProcess, Null, PoolCompletion, PoolFailure, PoolTakeRequest, SessionEndRequest,
    SessionOpenRequest, Value, ValueList,
};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::Endpoint;
use tonic::{Request, Status};

include!(concat!(env!("OUT_DIR"), "/stubs.rs"));

/// What a function returns, or why it does not.
type Returned = Result<Kind, String>;

fn function(name: &str, arguments: &[Value]) -> Returned {
    let kinds: Vec<_> = arguments.iter().map(|value| value.kind.as_ref()).collect();
    match (name, &kinds[..]) {
        ("square", [Some(Kind::Int(number))]) => {
            let square = number.checked_mul(*number);
            square.map(Kind::Int).ok_or(format!("Expected 64 bits, but the number is {number}"))
        }
        ("upper", [Some(Kind::Text(text))]) => Ok(Kind::Text(text.to_uppercase())),
        ("language", []) => Ok(Kind::Text("rust".into())),
        _ => Err(format!(
            "Expected square of a number, upper of a text or language, but it is '{name}' of {kinds:?}"
        )),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
}

async fn work() -> Result<(), Box<dyn Error>> {
    let address = env::var("POLYPROC_ADDRESS")?;
    let uri = if address.starts_with("unix:") { address } else { format!("http://{address}") };
    let channel = Endpoint::from_shared(uri)?.timeout(Duration::from_secs(30)).connect_lazy();
    let mut caller: Vec<(&'static str, MetadataValue<Ascii>)> = Vec::new();
    if let Ok(file) = env::var("POLYPROC_TOKEN_FILE") {
        let token = fs::read_to_string(file)?;
        caller.push(("authorization", format!("Bearer {}", token.trim()).parse()?));
    }
    let open = SessionOpenRequest {
        client: format!("rust-{}", process::id()),
        time_to_live: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
        process: Some(ClientProcess { pid: process::id().into(), ..Default::default() }),
        process_credential: env::var("POLYPROC_PROCESS_CREDENTIAL").unwrap_or_default(),
        ..Default::default()
    };
    let opened = SessionServiceClient::with_interceptor(channel.clone(), identify(&caller))
        .open(open)
        .await?
        .into_inner();
    caller.push(("polyproc-session", opened.session.parse()?));
    let mut pools = PoolServiceClient::with_interceptor(channel.clone(), identify(&caller))
        .max_decoding_message_size(usize::MAX); // A value of any size.

    let mut completions = Vec::new();
    loop {
        // Every call keeps the session alive, so none waits for longer than the session lives.
        let take = PoolTakeRequest {
            pool: env::var("POLYPROC_POOL")?,
            timeout: Some(prost_types::Duration { seconds: 20, nanos: 0 }),
            completions,
            ..Default::default()
        };
        let taken = pools.take(take).await?.into_inner();
        if taken.retire {
            break;
        }
        completions = Vec::new();
        for run in taken.runs {
            let asked = run.call.unwrap_or_default();
            let (value, failure) = match call(&asked.function, values(asked.payload.as_ref())) {
                Ok(kind) => (Some(of(kind)), None),
                Err(message) => (None, Some(failure(message))),
            };
            completions.push(PoolCompletion { run: run.run, value, failure, returned: false });
        }
    }
    SessionServiceClient::with_interceptor(channel, identify(&caller))
        .end(SessionEndRequest {})
        .await?;
    Ok(())
}

/// Says with every call who calls.
fn identify(caller: &[(&'static str, MetadataValue<Ascii>)]) -> impl Interceptor {
    let caller = caller.to_vec();
    move |mut request: Request<()>| -> Result<_, Status> {
        for (name, value) in &caller {
            request.metadata_mut().insert(*name, value.clone());
        }
        Ok(request)
    }
}

/// Calls a function, or `polyproc.chunk`: several calls as one task, which is how clients send many
/// short ones.
fn call(name: &str, arguments: &[Value]) -> Returned {
    match (name, arguments) {
        ("polyproc.chunk", [Value { kind: Some(Kind::Text(name)) }, calls @ ..]) => {
            Ok(list(calls.iter().map(|one| settled(function(name, values(Some(one)))))))
        }
        _ => function(name, arguments),
    }
}

/// What came of one call of a chunk.
fn settled(returned: Returned) -> Kind {
    match returned.map_err(failure) {
        Ok(kind) => list([kind]),
        Err(PoolFailure { r#type, message, stack, .. }) => {
            list([Kind::Null(Null {}), Kind::Text(r#type), Kind::Text(message), Kind::Text(stack)])
        }
    }
}

/// An error of this program, which is a text and nothing else.
fn failure(message: String) -> PoolFailure {
    PoolFailure { r#type: "String".into(), message, ..Default::default() }
}

fn values(list: Option<&Value>) -> &[Value] {
    match list.and_then(|value| value.kind.as_ref()) {
        Some(Kind::List(list)) => &list.values,
        _ => &[],
    }
}

fn list(kinds: impl IntoIterator<Item = Kind>) -> Kind {
    Kind::List(ValueList { values: kinds.into_iter().map(of).collect() })
}

fn of(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}
