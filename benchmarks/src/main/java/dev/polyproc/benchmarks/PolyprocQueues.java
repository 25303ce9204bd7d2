package dev.polyproc.benchmarks;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Delivery;
import dev.polyproc.client.PolyDelayQueue;
import dev.polyproc.client.PolyPriorityQueue;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.QueueOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Queues of our own Java client. */
final class PolyprocQueues extends QueuePeer {
  private final Polyproc polyproc;
  private final PolyQueue<byte[]> jobs;
  private final PolyQueue<byte[]> bulk;
  private final PolyDelayQueue<byte[]> delayed;
  private final PolyPriorityQueue<byte[]> byPriority;
  private final AtomicInteger turns = new AtomicInteger();

  private PolyprocQueues(String socket) {
    polyproc = Polyproc.connect("unix:" + socket);
    jobs = polyproc.queue("jobs", byte[].class);
    bulk = polyproc.queue("bulk", byte[].class);
    delayed =
        polyproc.queue("delayed", byte[].class).asDelayQueue(item -> Duration.ofHours(DELAY_HOURS));
    byPriority =
        polyproc
            .queue("by-priority", Codec.of(byte[].class), QueueOptions.DEFAULTS.byPriority())
            .asPriorityQueue(QueuePeer::priority);
    byPriority.addAll(IntStream.range(0, STANDING).mapToObj(QueuePeer::item).toList());
  }

  /** {@code SOCKET}: the daemon's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(QueueTask.class, new PolyprocQueues(arguments[0]));
  }

  @Override
  public OneAtATime.Step step(QueueTask task, int worker) {
    return switch (task) {
      case PRIORITY_PUT_AND_GET ->
          () -> {
            byPriority.put(item(turns.getAndIncrement()));
            byPriority.take();
          };
      case DELAYED_PUT -> () -> delayed.put(VALUE);
      case BULK_PUT_AND_GET ->
          () -> {
            bulk.putMany(BULK);
            requireAll(BULK.size(), bulk.getMany(BULK.size()).size());
          };
      case RESERVE_AND_ACKNOWLEDGE, SCORED_PUT_AND_GET, SCORED_PUT -> throw unknown(task);
    };
  }

  @Override
  void stock(int items) {
    jobs.addAll(Collections.nCopies(items, VALUE));
  }

  @Override
  CompletionStage<?> reserveAndAcknowledge() {
    return jobs.reserveAsync().thenCompose(Delivery::acknowledgeAsync);
  }

  @Override
  public void tidy() {
    delayed.clear();
  }

  @Override
  public void close() {
    polyproc.close();
  }
}
