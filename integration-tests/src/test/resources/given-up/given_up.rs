//! Gives a command up that waits, and makes the next one, when it is told to.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use polyproc::v1::queue_service_client::QueueServiceClient;
use polyproc::v1::value::Kind;
use polyproc::v1::{QueueCreateRequest, QueueGetRequest};
use session::Session;

#[allow(dead_code)]
mod session;

include!(concat!(env!("OUT_DIR"), "/stubs.rs"));

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn line() {
    let _ = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await;
}

async fn run() -> Result<(), Box<dyn Error>> {
    let queue = std::env::args().nth(1).ok_or("Expected a queue")?;
    let mut session = Session::open("given up").await?;
    let queues = QueueServiceClient::new(session.channel.clone());
    let create = QueueCreateRequest { queue: queue.clone(), ..Default::default() };
    session.call(create, async |create| queues.clone().create(create).await).await?;
    println!("ready");
    line().await;
    let get = QueueGetRequest { queue, ..Default::default() };
    let method = async |get| queues.clone().get(get).await;
    {
        let mut waiting = pin!(session.call(get.clone(), method));
        let mut told = pin!(line());
        poll_fn(|context| match waiting.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => told.as_mut().poll(context),
        })
        .await;
    } // Here it is dropped.
    println!("given up");
    line().await;
    if let Some(Kind::Int(item)) = session.call(get, method).await?.item.and_then(|item| item.kind)
    {
        println!("got {item}");
    }
    Ok(session.close().await?)
}
