package dev.polyproc.benchmarks;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Delivery;
import dev.polyproc.client.ItemOptions;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.QueueOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** Queues of our own Java client. */
final class PolyprocQueues extends QueuePeer {
  private static final ItemOptions DELAYED = ItemOptions.NONE.delay(Duration.ofHours(DELAY_HOURS));

  private final Polyproc polyproc;
  private final PolyQueue<byte[]> jobs;
  private final PolyQueue<byte[]> bulk;
  private final PolyQueue<byte[]> delayed;
  private final PolyQueue<byte[]> byPriority;
  private final AtomicInteger turns = new AtomicInteger();

  private PolyprocQueues(String socket) throws InterruptedException {
    polyproc = Polyproc.connect("unix:" + socket);
    jobs = polyproc.queue("jobs", byte[].class);
    bulk = polyproc.queue("bulk", byte[].class);
    delayed = polyproc.queue("delayed", byte[].class);
    byPriority =
        polyproc.queue("by-priority", Codec.of(byte[].class), QueueOptions.DEFAULTS.byPriority());
    for (int i = 0; i < STANDING; i++) {
      byPriority.put(item(i), priority(item(i)));
    }
  }

  private static ItemOptions priority(byte[] item) {
    return ItemOptions.NONE.priority(priorityOf(item));
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
            byte[] item = item(turns.getAndIncrement());
            byPriority.put(item, priority(item));
            require(byPriority.take());
          };
      case DELAYED_PUT -> () -> delayed.put(VALUE, DELAYED);
      case BULK_PUT_AND_GET ->
          () -> {
            bulk.putMany(BULK);
            require(BULK.size(), bulk.getMany(BULK.size()));
          };
      case RESERVE_AND_ACKNOWLEDGE, LOCKED_PRIORITY_PUT_AND_GET -> throw unknown(task);
    };
  }

  @Override
  void stock(int items) {
    jobs.addAll(Collections.nCopies(items, VALUE));
  }

  @Override
  CompletionStage<?> begin(QueueTask task) {
    return switch (task) {
      case RESERVE_AND_ACKNOWLEDGE -> jobs.reserveAsync().thenCompose(this::acknowledge);
      case PRIORITY_PUT_AND_GET -> {
        byte[] item = item(turns.getAndIncrement());
        yield byPriority
            .putAsync(item, priority(item))
            .thenCompose(put -> byPriority.takeAsync())
            .thenAccept(QueuePeer::require);
      }
      case DELAYED_PUT -> delayed.putAsync(VALUE, DELAYED);
      case BULK_PUT_AND_GET ->
          bulk.putManyAsync(BULK)
              .thenCompose(put -> bulk.getManyAsync(BULK.size()))
              .thenAccept(items -> require(BULK.size(), items));
      case LOCKED_PRIORITY_PUT_AND_GET -> throw unknown(task);
    };
  }

  private CompletionStage<?> acknowledge(Delivery<byte[]> delivery) {
    require(delivery.item());
    return delivery.acknowledgeAsync();
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
