package dev.polyproc.benchmarks;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.DefaultLimits;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine alone: commands of a session, as a stream's frames bring them, one confirming the one
 * before. With {@code -prof gc} it also tells the bytes that an operation allocates:
 *
 * <pre>java -cp benchmarks/target/benchmarks.jar org.openjdk.jmh.Main -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx1g"})
public class EngineBenchmark {
  private static final String SESSION = "a session's secret id";
  private static final Value ITEM =
      Value.newBuilder().setBytes(ByteString.copyFrom(new byte[100])).build();

  private final Engine engine =
      new Engine(
          Boot.newBuilder()
              .setLimits(DefaultLimits.of(1L << 30, Duration.ofSeconds(10), 1))
              .build());
  private long time;
  private long sequence;

  private final QueuePutRequest put =
      QueuePutRequest.newBuilder().setQueue("queue").setItem(ITEM).build();
  private final QueueGetRequest get = QueueGetRequest.newBuilder().setQueue("queue").build();
  private final LockAcquireRequest acquire =
      LockAcquireRequest.newBuilder().setLock("lock").build();
  private final LockReleaseRequest release =
      LockReleaseRequest.newBuilder().setLock("lock").build();
  private final DictSetRequest set =
      DictSetRequest.newBuilder()
          .setDict("dict")
          .setKey(Value.newBuilder().setText("key"))
          .setValue(ITEM)
          .build();

  /** An engine with a session and an object of each kind. */
  public EngineBenchmark() {
    Envelope open = Envelope.newBuilder().setSecret(SESSION).build();
    apply("SessionService/Open", SessionOpenRequest.getDefaultInstance(), open);
    create("QueueService/Create", QueueCreateRequest.newBuilder().setQueue("queue").build());
    create("LockService/Create", LockCreateRequest.newBuilder().setLock("lock").build());
    create("DictService/Create", DictCreateRequest.newBuilder().setDict("dict").build());
  }

  private void create(String operation, Message request) {
    apply(operation, request, Envelope.getDefaultInstance());
  }

  private List<Recipient> apply(String operation, Message request, Envelope envelope) {
    Invocation call =
        new Invocation(engine.operations().byName(operation), request, envelope, Recipient.NOBODY);
    engine.apply(++time, call);
    return engine.takeTouched();
  }

  private List<Recipient> command(String operation, Message request) {
    sequence++;
    Envelope envelope =
        Envelope.newBuilder()
            .setSession(SESSION)
            .setSequence(sequence)
            .setReceivedBelow(sequence)
            .setFingerprint(request.hashCode())
            .setOwner("thread-1")
            .build();
    return apply(operation, request, envelope);
  }

  /** Puts an item and gets it. */
  @Benchmark
  public List<Recipient> putAndGet() {
    command("QueueService/Put", put);
    return command("QueueService/Get", get);
  }

  /** Acquires a free lock and releases it. */
  @Benchmark
  public List<Recipient> acquireAndRelease() {
    command("LockService/Acquire", acquire);
    return command("LockService/Release", release);
  }

  /** Sets a key of a dict. */
  @Benchmark
  public List<Recipient> set() {
    return command("DictService/Set", set);
  }
}
