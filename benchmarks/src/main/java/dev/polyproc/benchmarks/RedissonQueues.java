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
  private final RScoredSortedSet<byte[]> byTime;
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
    byTime = redisson.getScoredSortedSet("redisson-by-time", ByteArrayCodec.INSTANCE);
    for (int i = 0; i < STANDING; i++) {
      byPriority.add(item(i));
      putByScore();
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
      return Integer.compare(priority(one), priority(other));
    }
  }

  @Override
  public OneAtATime.Step step(QueueTask task, int worker) {
    return switch (task) {
      case PRIORITY_PUT_AND_GET ->
          () -> {
            byPriority.add(item(turns.getAndIncrement()));
            requireAll(1, byPriority.poll() == null ? 0 : 1);
          };
      case DELAYED_PUT -> () -> delayed.offer(VALUE, DELAY_HOURS, TimeUnit.HOURS);
      case BULK_PUT_AND_GET ->
          () -> {
            bulk.addAll(BULK);
            requireAll(BULK.size(), bulk.poll(BULK.size()).size());
          };
      case SCORED_PUT_AND_GET ->
          () -> {
            putByScore();
            requireAll(1, byScore.pollFirst() == null ? 0 : 1);
          };
      case SCORED_PUT ->
          () ->
              byTime.add(
                  System.currentTimeMillis() + TimeUnit.HOURS.toMillis(DELAY_HOURS),
                  unlikeOthers(turns.getAndIncrement()));
      case RESERVE_AND_ACKNOWLEDGE -> throw unknown(task);
    };
  }

  private void putByScore() {
    int turn = turns.getAndIncrement();
    byScore.add(turn % PRIORITIES, unlikeOthers(turn));
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
  CompletionStage<?> reserveAndAcknowledge() {
    return jobs.moveAsync(DequeMoveArgs.pollFirst().addLastTo(RESERVED))
        .thenCompose(item -> reserved.removeAsync(item, 1));
  }

  @Override
  public void tidy() {
    delayed.delete();
    byTime.delete();
  }

  @Override
  public void close() {
    redisson.shutdown();
  }
}
