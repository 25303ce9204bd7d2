package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PoolCollectorState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.PoolResultsResponse;

/** A Results that waits for one. */
final class Collector extends Parked {
  private final Terms terms;

  /**
   * Which results.
   *
   * @param take whether they are taken away
   * @param after only those behind this one
   * @param max how many at most
   * @param ordered whether in the order of their tasks, each when those before it have come
   */
  record Terms(boolean take, long after, int max, boolean ordered) {}

  Collector(Invocation call, Terms terms) {
    super(call);
    this.terms = terms;
  }

  static Collector restored(Invocation call, ParkedState state) {
    PoolCollectorState saved = state.getPoolCollector();
    return new Collector(
        call, new Terms(saved.getTake(), saved.getAfter(), saved.getMax(), saved.getOrdered()));
  }

  Terms terms() {
    return terms;
  }

  @Override
  protected Answer expired() {
    return Answer.of(PoolResultsResponse.getDefaultInstance());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolCollector(
        PoolCollectorState.newBuilder()
            .setTake(terms.take)
            .setAfter(terms.after)
            .setMax(terms.max)
            .setOrdered(terms.ordered));
  }
}
