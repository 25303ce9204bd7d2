package dev.polyproc.examples.wordcount;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.QueueCreateRequest;

/** A worker of the word count: takes chunks of text until there are no more. */
final class Worker {
  static final QueueCreateRequest CHUNKS =
      QueueCreateRequest.newBuilder().setQueue("wordcount/chunks").setMaxsize(64).build();
  static final String COUNTS = "wordcount/counts";
  static final String START = "wordcount/start";

  private Worker() {}

  public static void main(String[] arguments) throws Exception {
    String given = System.getenv("POLYPROC_PROCESS");
    String name = given == null ? "java-" + ProcessHandle.current().pid() : given;

    try (Polyproc polyproc = Polyproc.builder().clientName(name).connect()) {
      PolyQueue<Chunk> chunks = polyproc.queue(CHUNKS, Chunk.CODEC);
      PolyDict<Long, Result> counts = polyproc.dict(COUNTS, Codec.LONG, Result.CODEC);
      polyproc.event(START).await();

      // A chunk is reserved, and is acknowledged when the handler returns: first the result, under
      // the chunk's own key, then the acknowledgement. Who dies in between leaves the chunk to
      // somebody else, who writes the same counts under the same key.
      chunks.consume(
          1,
          delivery -> {
            Chunk chunk = delivery.item();
            counts.set(
                chunk.number(), new Result(name, delivery.attempt(), Words.count(chunk.text())));
          });
    }
  }
}
