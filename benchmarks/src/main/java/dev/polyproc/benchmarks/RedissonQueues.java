package dev.polyproc.benchmarks;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Comparator;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.redisson.api.RDelayedQueue;
import org.redisson.api.RDeque;
import org.redisson.api.RList;
import org.redisson.api.RPriorityQueue;
import org.redisson.api.RQueue;
import org.redisson.api.RScoredSortedSet;
import org.redisson.api.RedissonClient;
import org.redisson.api.queue.DequeMoveArgs;
import org.redisson.client.codec.ByteArrayCodec;

/** Queues of Redisson, without those that are paid for, with the codec that has the least to do. */
@SuppressWarnings("deprecation") // RDelayedQueue: what is to replace it is paid for
final class RedissonQueues extends QueuePeer {
  private static final String RESERVED = "redisson-reserved";

  private final RedissonClient redisson;
  private final RDeque<byte[]> jobs;
  private final RList<byte[]> reserved;
  private final RQueue<byte[]> bulk;
  private final RDelayedQueue<byte[]> delayed;
  private final RPriorityQueue<byte[]> byPriority;
  private final RScoredSortedSet<byte[]> byScore;
  private final AtomicInteger turns = new AtomicInteger();

  private RedissonQueues(RedissonClient redisson) {
    this.redisson = redisson;
    jobs = redisson.getDeque("redisson-jobs", ByteArrayCodec.INSTANCE);
    reserved = redisson.getList(RESERVED, ByteArrayCodec.INSTANCE);
    bulk = redisson.getQueue("redisson-bulk", ByteArrayCodec.INSTANCE);
    delayed =
        redisson.getDelayedQueue(redisson.getQueue("redisson-delayed", ByteArrayCodec.INSTANCE));
    byPriority = redisson.getPriorityQueue("redisson-by-priority", ByteArrayCodec.INSTANCE);
    byPriority.trySetComparator(new ByPriority());
    byScore = redisson.getScoredSortedSet("redisson-by-score", ByteArrayCodec.INSTANCE);
    for (int i = 0; i < STANDING; i++) {
      byPriority.add(item(i));
      byScore.add(i % PRIORITIES, unlikeOthers(turns.getAndIncrement()));
    }
  }

  /** {@code SOCKET}: Redis's. */
  public static void main(String[] arguments) throws Exception {
    PeerWorker.serve(QueueTask.class, new RedissonQueues(RedissonPeer.connect(arguments[0])));
  }

  /** The order of items; Redisson makes one of its own by the name that it finds in Redis. */
  public static final class ByPriority implements Comparator<byte[]> {
    @Override
    public int compare(byte[] one, byte[] other) {
      return Integer.compare(priorityOf(one), priorityOf(other));
    }
  }

  @Override
  public OneAtATime.Step step(QueueTask task, int worker) {
    return switch (task) {
      case PRIORITY_PUT_AND_GET ->
          () -> {
            int turn = turns.getAndIncrement();
            byScore.add(turn % PRIORITIES, unlikeOthers(turn));
            require(byScore.pollFirst());
          };
      case DELAYED_PUT -> () -> delayed.offer(VALUE, DELAY_HOURS, TimeUnit.HOURS);
      case BULK_PUT_AND_GET ->
          () -> {
            bulk.addAll(BULK);
            require(BULK.size(), bulk.poll(BULK.size()));
          };
      case LOCKED_PRIORITY_PUT_AND_GET ->
          () -> {
            byPriority.add(item(turns.getAndIncrement()));
            require(byPriority.poll());
          };
      case RESERVE_AND_ACKNOWLEDGE -> throw unknown(task);
    };
  }

  /** Of items that are equal a set has one. */
  private static byte[] unlikeOthers(int turn) {
    return ByteBuffer.allocate(VALUE_BYTES).putInt(turn).array();
  }

  @Override
  void stock(int items) {
    jobs.addAll(Collections.nCopies(items, VALUE));
  }

  @Override
  CompletionStage<?> begin(QueueTask task) {
    return switch (task) {
      case RESERVE_AND_ACKNOWLEDGE ->
          jobs.moveAsync(DequeMoveArgs.pollFirst().addLastTo(RESERVED))
              .thenCompose(this::acknowledge);
      case PRIORITY_PUT_AND_GET -> {
        int turn = turns.getAndIncrement();
        yield byScore
            .addAsync(turn % PRIORITIES, unlikeOthers(turn))
            .thenCompose(put -> byScore.pollFirstAsync())
            .thenAccept(QueuePeer::require);
      }
      case DELAYED_PUT -> delayed.offerAsync(VALUE, DELAY_HOURS, TimeUnit.HOURS);
      case BULK_PUT_AND_GET ->
          bulk.addAllAsync(BULK)
              .thenCompose(put -> bulk.pollAsync(BULK.size()))
              .thenAccept(items -> require(BULK.size(), items));
      case LOCKED_PRIORITY_PUT_AND_GET -> throw unknown(task);
    };
  }

  private CompletionStage<?> acknowledge(byte[] item) {
    require(item);
    return reserved.removeAsync(item, 1);
  }

  @Override
  public void tidy() {
    delayed.delete();
  }

  @Override
  public void close() {
    redisson.shutdown();
  }
}
