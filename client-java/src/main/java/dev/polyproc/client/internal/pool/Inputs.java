package dev.polyproc.client.internal.pool;

import dev.polyproc.client.Codec;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The calls of one function with one input after the other, some of them as one task.
 *
 * @param task what all tasks have in common: their priority and the like
 * @param payloads the list of arguments of each call
 * @param chunk how many calls a task has
 */
public record Inputs<R>(
    String function, Codec<R> codec, PoolTask task, Iterator<Value> payloads, int chunk) {
  boolean hasNext() {
    return payloads.hasNext();
  }

  /** Submits the next task, which has at least one call. */
  Submission<List<Settled<R>>> submitNext(Submissions submissions) {
    List<Value> calls = new ArrayList<>(chunk);
    while (calls.size() < chunk && payloads.hasNext()) {
      calls.add(payloads.next());
    }
    int count = calls.size();
    Submission<List<Settled<R>>> submission =
        submissions.prepare(
            task.toBuilder().setCall(Chunk.call(function, calls)).build(),
            result -> Chunk.settled(result, function, count, codec));
    submission.run();
    return submission;
  }
}
