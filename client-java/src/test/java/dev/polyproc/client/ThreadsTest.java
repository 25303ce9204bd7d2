package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.PendingCall;
import dev.polyproc.client.internal.transport.SharedLoop;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many threads, and many calls in flight, on one client. */
@Timeout(60)
class ThreadsTest {
  @RegisterExtension
  static final DaemonProcess DAEMON = new DaemonProcess("--limit", "request_bytes=1000000");

  @RegisterExtension
  static final DaemonProcess NARROW =
      new DaemonProcess("--limit", "window_calls=64", "--limit", "window_bytes=100000");

  private static final int ROUNDS = 10;

  private final Polyproc polyproc = DAEMON.connect();

  @Test
  void shouldRunTheEventLoopOnTheThreadThatIsAlone() throws Exception {
    assumeThat(Epoll.isAvailable()).as("epoll, which lends the event loop").isTrue();
    byte[] body =
        Operation.of(SessionServiceGrpc.getKeepAliveMethod())
            .body(SessionKeepAliveRequest.getDefaultInstance(), new byte[0]);
    Calls calls = polyproc.requestor().session().calls();
    int led = 0;
    for (int i = 0; led < 2 * SharedLoop.CALLERS; i++) {
      assertThat(i).as("calls until so many were led").isLessThan(1_000 * SharedLoop.CALLERS);
      PendingCall<String> call = calls.entrance().prepare(body, response -> threadName());
      calls.entrance().enter(call);
      calls.sendAndLead(call);
      led += call.get(10, TimeUnit.SECONDS).equals(threadName()) ? 1 : 0;
    }
  }

  /** A thread that waits may hold locks that a callback wants. */
  @Test
  void shouldNeverRunCallbacksOnThreadThatWaits() throws Exception {
    PolyDict<String, String> dict = polyproc.dict("callbacks", Codec.STRING, Codec.STRING);
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<Integer> calls =
          threads.submit(
              () -> {
                int count = 0;
                while (!over.get()) {
                  dict.put("a", "b");
                  count++;
                }
                return count;
              });
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 200; i++) {
        // late enough for the waiting thread to run the event loop meanwhile
        LockSupport.parkNanos(10_000_000);
        CompletableFuture<String> callback =
            dict.getAsync("a").thenApply(value -> Thread.currentThread().getName());
        seen.add(callback.get(10, TimeUnit.SECONDS).replaceFirst("-\\d+.*", ""));
      }
      over.set(true);
      assertThat(calls.get(10, TimeUnit.SECONDS)).isPositive();
      assertThat(seen).isSubsetOf("polyproc-callbacks", threadName());
    } finally {
      over.set(true);
      threads.shutdown();
    }
  }

  private static String threadName() {
    return Thread.currentThread().getName(); // when the result was there before the callback
  }

  @Test
  void shouldServeAHundredThreads() throws Exception {
    PolyQueue<String> queue =
        polyproc.queue(QueueCreateRequest.newBuilder().setMaxsize(10).build(), Codec.STRING);
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<Integer>> puts = new ArrayList<>();
      List<Future<List<String>>> takes = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int thread = i;
        puts.add(threads.submit(put(queue, thread)));
        takes.add(threads.submit(take(queue)));
      }
      List<String> taken = new ArrayList<>();
      for (Future<List<String>> take : takes) {
        taken.addAll(take.get(30, TimeUnit.SECONDS));
      }
      for (Future<Integer> put : puts) {
        assertThat(put.get()).isEqualTo(200);
      }
      assertThat(taken).hasSize(10_000).doesNotHaveDuplicates();
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void shouldServeAHundredThreadsOnEveryShape() throws Exception {
    work(100, thread -> polyproc);
  }

  @Test
  void shouldServeTenClientsOnTheSameObjects() throws Exception {
    List<Polyproc> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) {
        clients.add(Polyproc.connect(DAEMON.address()));
      }
      work(40, thread -> clients.get(thread % 10));
    } finally {
      clients.forEach(Polyproc::close);
    }
  }

  /** Threads that change the same objects, each in many ways; nothing may be lost. */
  private void work(int threads, IntFunction<Polyproc> client) throws Exception {
    String name = "work-" + threads;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Polyproc mine = client.apply(i);
        work.add(pool.submit(() -> change(mine, name)));
      }
      for (Future<?> each : work) {
        each.get(50, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdown();
    }
    long changes = threads * (long) ROUNDS;
    assertThat(polyproc.dict(name + "/dict"))
        .isEqualTo(Map.of("merged", changes, "computed", changes, "added", changes));
    PolyNamespace namespace = polyproc.namespace(name + "/namespace");
    assertThat(namespace.attributes()).isEqualTo(Map.of("locked", changes, "added", changes));
    List<Object> elements = polyproc.list(name + "/list");
    assertThat(elements).hasSize((int) changes + 1);
    assertThat(elements.get(0)).isEqualTo(changes);
    assertThat(polyproc.queue(name + "/queue")).isEmpty();
    assertThat(polyproc.lock(name + "/lock").isLocked()).isFalse();
    Inspector inspector = new Inspector(polyproc);
    for (String object : List.of("queue", "lock")) {
      assertThat(inspector.waiters(name + "/" + object)).as(object).isZero();
    }
  }

  private static @Nullable Void change(Polyproc client, String name) throws Exception {
    ConcurrentMap<String, Long> dict = client.dict(name + "/dict", String.class, Long.class);
    PolyNamespace namespace = client.namespace(name + "/namespace");
    PolyList<Long> list = client.list(name + "/list", Long.class);
    BlockingQueue<Long> queue = client.queue(name + "/queue", Long.class);
    PolyLock lock = client.lock(name + "/lock");
    lock.lock();
    try {
      if (list.isEmpty()) {
        list.add(0L);
      }
    } finally {
      lock.unlock();
    }
    for (long round = 0; round < ROUNDS; round++) {
      dict.merge("merged", 1L, Long::sum);
      dict.compute("computed", (key, value) -> value == null ? 1 : value + 1);
      ((PolyDict<String, Long>) dict).add("added", 1L, 0L);
      namespace.add("added", 1, 0L);
      list.addAndGet(0, 1L);
      list.add(round);
      queue.put(round);
      lock.lock();
      try {
        Long before = namespace.get("locked", Long.class);
        namespace.set("locked", before == null ? 1 : before + 1);
      } finally {
        lock.unlock();
      }
      queue.take();
    }
    return null;
  }

  @Test
  void shouldNotStallWhileCallsWait() throws Exception {
    floodWhileCallsWait(polyproc, 100_000);
  }

  @Test
  void shouldNotStallInANarrowWindow() throws Exception {
    try (Polyproc narrow = Polyproc.connect(NARROW.address())) {
      floodWhileCallsWait(narrow, 5_000);
    }
  }

  @Test
  void shouldPassLargeItemsThroughANarrowWindow() throws Exception {
    try (Polyproc narrow = Polyproc.connect(NARROW.address())) {
      PolyQueue<byte[]> queue =
          narrow.queue(QueueCreateRequest.getDefaultInstance(), Codec.of(byte[].class));
      CompletableFuture<String> waiting = narrow.queue("never", String.class).takeAsync();
      List<CompletableFuture<byte[]>> taken = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        queue.putAsync(new byte[30_000 + i]);
      }
      for (int i = 0; i < 200; i++) {
        taken.add(queue.takeAsync());
      }
      for (int i = 0; i < 200; i++) {
        assertThat(taken.get(i).get(10, TimeUnit.SECONDS)).hasSize(30_000 + i);
      }
      assertThat(waiting).isNotDone();
    }
  }

  @Test
  void shouldRefuseItemOverTheLimitAndGoOn() throws Exception {
    PolyQueue<byte[]> queue =
        polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.of(byte[].class));
    assertThat(Failure.reasonOf(() -> queue.put(new byte[1_000_001])))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(Failure.reasonOf(() -> queue.put(new byte[5_000_000])))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    queue.put(new byte[999_000]);
    assertThat(queue.take()).hasSize(999_000);
  }

  @Test
  void shouldSendManyLargeElementsInSeveralCalls() {
    List<byte[]> elements = new ArrayList<>();
    Map<Long, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < 300; i++) {
      elements.add(new byte[10_000 + i]);
      entries.put((long) i, new byte[10_000 + i]);
    }
    Codec<byte[]> codec = Codec.of(byte[].class);
    PolyQueue<byte[]> queue = polyproc.queue(QueueCreateRequest.getDefaultInstance(), codec);
    PolyList<byte[]> list = polyproc.list(ListCreateRequest.getDefaultInstance(), codec);
    PolyDict<Long, byte[]> dict =
        polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.LONG, codec);
    queue.addAll(elements);
    list.addAll(elements);
    list.addAll(0, elements);
    dict.putAll(entries);
    dict.replaceAll((key, value) -> Arrays.copyOf(value, value.length + 1));
    assertThat(queue).hasSize(300);
    assertThat(list.get(299)).hasSize(10_299);
    assertThat(list.get(300)).hasSize(10_000);
    assertThat(dict.get(299L)).hasSize(10_300);
  }

  private static void floodWhileCallsWait(Polyproc client, int items) throws Exception {
    PolyQueue<Long> queue = client.queue(QueueCreateRequest.getDefaultInstance(), Codec.LONG);
    PolyQueue<Long> empty = client.queue(QueueCreateRequest.getDefaultInstance(), Codec.LONG);
    List<CompletableFuture<Long>> waiting = new ArrayList<>();
    CompletableFuture<Long> last = new CompletableFuture<>();
    for (long i = 0; i < items; i++) {
      if (i % (items / 10) == 0) {
        waiting.add(empty.takeAsync());
      }
      queue.putAsync(i);
      last = queue.takeAsync();
    }
    assertThat(last.get(20, TimeUnit.SECONDS)).isEqualTo(items - 1);
    for (CompletableFuture<Long> each : waiting) {
      empty.put(7L);
      assertThat(each.get(5, TimeUnit.SECONDS)).isEqualTo(7);
    }
    assertThat(queue.size()).isZero();
  }

  private static Callable<Integer> put(PolyQueue<String> queue, int thread) {
    return () -> {
      for (int i = 0; i < 200; i++) {
        queue.put(thread + "-" + i);
      }
      return 200;
    };
  }

  private static Callable<List<String>> take(PolyQueue<String> queue) {
    return () -> {
      List<String> taken = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        taken.add(queue.take());
      }
      return taken;
    };
  }
}
