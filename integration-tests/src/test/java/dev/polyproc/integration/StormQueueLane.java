package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Delivery;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Numbers through one queue: put by one client, taken by all in every way there is, also by calls
 * that are cancelled, and by a member that is killed. Each comes out, and once; again only where
 * the member had it.
 */
final class StormQueueLane implements StormLane {
  static final String QUEUE = "/items";
  static final String DONE = "/done";

  private static final int ITEMS = 300;
  private static final int BATCH = 10;

  private final PolyQueue<Long> puts;
  private final PolyQueue<Long> takes;
  private final PolyDict<Long, Long> doneByMembers;
  private final Random random;
  private final Map<Long, Integer> taken = new ConcurrentHashMap<>();

  StormQueueLane(String seed, Polyproc producer, Polyproc consumer, Random random) {
    this.puts = producer.queue(seed + QUEUE, Long.class);
    this.takes = consumer.queue(seed + QUEUE, Long.class);
    this.doneByMembers = consumer.dict(seed + DONE, Long.class, Long.class);
    this.random = new Random(random.nextLong());
  }

  @Override
  public List<Task> tasks() {
    return List.of(
        this::putAll,
        () -> consume(takes, this::takeOrCancel),
        () -> consume(takes, this::pollInTime),
        () -> consume(puts, this::reserve));
  }

  private void putAll() throws InterruptedException {
    for (long i = 0; i < ITEMS; i += BATCH) {
      if (i % (2 * BATCH) == 0) {
        long from = i;
        puts.putMany(IntStream.range(0, BATCH).mapToObj(n -> from + n).toList());
      } else {
        for (int n = 0; n < BATCH; n++) {
          puts.put(i + n);
        }
      }
    }
  }

  private interface Way {
    @Nullable Long next(PolyQueue<Long> queue) throws Exception;
  }

  private void consume(PolyQueue<Long> queue, Way way) throws Exception {
    while (left() > 0) {
      Long item = way.next(queue);
      if (item != null) {
        taken.merge(item, 1, Integer::sum);
      }
    }
  }

  private int left() {
    return ITEMS - all().size();
  }

  private Set<Long> all() {
    Set<Long> all = ConcurrentHashMap.newKeySet();
    all.addAll(taken.keySet());
    if (all.size() < ITEMS) {
      all.addAll(doneByMembers.keySet());
    }
    return all;
  }

  private @Nullable Long takeOrCancel(PolyQueue<Long> queue) throws Exception {
    CompletableFuture<Long> take = queue.takeAsync();
    try {
      return take.get(random.nextInt(20), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      take.cancel(true);
      return awaitTaken(take);
    }
  }

  /** What was taken before the call could be cancelled; null when it was cancelled. */
  private static @Nullable Long awaitTaken(CompletableFuture<Long> take) {
    try {
      return take.join();
    } catch (CancellationException e) {
      return null;
    }
  }

  private @Nullable Long pollInTime(PolyQueue<Long> queue) throws Exception {
    return queue.poll(5, TimeUnit.MILLISECONDS);
  }

  private @Nullable Long reserve(PolyQueue<Long> queue) throws Exception {
    Delivery<Long> delivery = queue.reserve(20, TimeUnit.MILLISECONDS);
    if (delivery == null) {
      return null;
    }
    delivery.acknowledge();
    return delivery.item();
  }

  @Override
  public void check() {
    assertThat(all()).as("no item is lost").hasSize(ITEMS);
    assertThat(taken.values()).as("no item is doubled").allMatch(times -> times == 1);
    assertThat(puts.size()).isZero();
  }
}
