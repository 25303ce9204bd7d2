package dev.polyproc.benchmarks;

import com.google.protobuf.Duration;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** What loads the daemon, by our own Java client. */
final class PolyprocTails implements TailLoader {
  private static final byte[] VALUE = new byte[Peer.VALUE_BYTES];
  private static final byte[] LARGER = new byte[TailLoad.FILL_BYTES];

  /** Half of the window of a session is what a client has in flight. */
  private static final int WAITERS_OF_A_CLIENT = 8_000;

  private static final int PAGE = 100;
  private static final long LOOK_AGAIN_NANOS = 5_000_000;
  private static final Metadata.Key<String> SESSION =
      Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER);

  private final String address;
  private final Polyproc polyproc;
  private final Connection connection;
  private final List<Polyproc> waiting = new ArrayList<>();
  private final List<String> sessions = new ArrayList<>();
  private final Random random = new Random(1);

  private PolyprocTails(String socket) {
    address = "unix:" + socket;
    polyproc = Polyproc.connect(address);
    connection = new Connection(Path.of(socket));
  }

  /** {@code SOCKET}: the daemon's. */
  public static void main(String[] arguments) throws Exception {
    TailWorker.serve(new PolyprocTails(arguments[0]));
  }

  @Override
  public void round(TailLoad load, int part) throws Exception {
    Slices slices = new Slices(load.perSecond());
    int amount = load.amount(part);
    switch (load) {
      case NOTHING -> LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      case QUEUE_OF_1E3, QUEUE_OF_1E5, QUEUE_OF_1E7 -> {
        PolyQueue<byte[]> queue = polyproc.queue("queue", byte[].class);
        slices.run(amount, puts(queue));
        queue.clear();
      }
      case DICT_OF_1E6 -> {
        PolyDict<String, byte[]> dict = polyproc.dict("dict", String.class, byte[].class);
        slices.run(amount, sets(dict, VALUE, amount, false));
      }
      case FILL -> slices.run(amount, sets(large(), LARGER, amount, false));
      case CHURN -> slices.run(amount, sets(large(), LARGER, TailLoad.FILL.amount(part), true));
      case SESSIONS -> live(slices, amount);
      case WAITERS -> waitAndServe(slices, amount);
      case SESSION_END -> endSession(slices, amount);
      case LARGE_VALUE ->
          slices.run(
              Math.max(1, amount),
              (from, to) -> {
                large().set("large", new byte[TailLoad.LARGE_BYTES / part]);
                large().get("large");
                large().remove("large");
                return CompletableFuture.completedFuture(null);
              });
    }
  }

  private PolyDict<String, byte[]> large() {
    return polyproc.dict("large", String.class, byte[].class);
  }

  private static Slices.Slice puts(PolyQueue<byte[]> queue) {
    return (from, to) -> last(from, to, i -> queue.putAsync(VALUE));
  }

  private Slices.Slice sets(
      PolyDict<String, byte[]> dict, byte[] value, int keys, boolean atRandom) {
    return (from, to) ->
        last(from, to, i -> dict.setAsync("key-" + (atRandom ? random.nextInt(keys) : i), value));
  }

  @FunctionalInterface
  private interface Call {
    CompletableFuture<?> begin(int i);
  }

  /** The calls of one client are done in their order, so that the last is the end of all. */
  private static CompletableFuture<?> last(int from, int to, Call call) {
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    for (int i = from; i < to; i++) {
      last = call.begin(i);
    }
    return last;
  }

  /** Sessions, each of which says in turn that it lives. */
  private void live(Slices slices, int amount) throws Exception {
    var service = SessionServiceGrpc.newFutureStub(connection.channel());
    SessionOpenRequest open =
        SessionOpenRequest.newBuilder()
            .setClient("bench")
            .setTimeToLive(Duration.newBuilder().setSeconds(30))
            .build();
    slices.run(
        amount,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            if (i < sessions.size()) {
              Metadata metadata = new Metadata();
              metadata.put(SESSION, sessions.get(i));
              var unused =
                  service
                      .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                      .keepAlive(SessionKeepAliveRequest.getDefaultInstance())
                      .get();
            } else {
              sessions.add(service.open(open).get().getSession());
            }
          }
          return CompletableFuture.completedFuture(null);
        });
  }

  /** Calls that wait for items of an empty queue, until all get one. */
  private void waitAndServe(Slices slices, int amount) throws Exception {
    PolyQueue<byte[]> queue = polyproc.queue("empty", byte[].class);
    while (waiting.size() * WAITERS_OF_A_CLIENT < amount) {
      waiting.add(Polyproc.connect(address));
    }
    List<PolyQueue<byte[]>> queues =
        waiting.stream().map(client -> client.queue("empty", byte[].class)).toList();
    List<CompletableFuture<?>> items = new ArrayList<>(amount);
    slices.run(
        amount,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            items.add(queues.get(i % queues.size()).takeAsync());
          }
          return CompletableFuture.completedFuture(null);
        });
    slices.run(amount, puts(queue));
    items.forEach(CompletableFuture::join);
  }

  /** A session that reserves all items of a queue, and then ends. */
  private void endSession(Slices slices, int amount) throws Exception {
    PolyQueue<byte[]> queue = polyproc.queue("reserved", byte[].class);
    int missing = amount - queue.size();
    slices.run(missing, puts(queue));
    try (Polyproc client = Polyproc.connect(address)) {
      PolyQueue<byte[]> reserved = client.queue("reserved", byte[].class);
      new Slices(slices.perSecond() / PAGE)
          .run(amount / PAGE, (from, to) -> last(from, to, i -> reserved.reserveManyAsync(PAGE)));
    }
    while (queue.size() < amount) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }

  @Override
  public void close() {
    waiting.forEach(Polyproc::close);
    connection.close();
    polyproc.close();
  }
}
