package dev.polyproc.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.sun.management.ThreadMXBean;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.State;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Snapshot;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueMap;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Snapshots of whatever size, written while the engine goes on. */
final class SnapshotStreamTest {
  private static final Limits LIMITS =
      EngineFixture.LIMITS.toBuilder()
          .setStoredBytes(1L << 40)
          .setWindowBytes(1L << 40)
          .setPageBytes(1L << 30)
          .setValueDepth(32)
          .build();

  private final Engine engine = new Engine(EngineFixture.boot(LIMITS));
  private long sequence;

  private void call(String method, Message request) {
    call(method, request, Envelope.newBuilder().setSession("s").setSequence(++sequence));
  }

  private void call(String method, Message request, Envelope.Builder envelope) {
    engine.apply(
        EngineFixture.STARTED,
        new Invocation(
            engine.operations().byName(method), request, envelope.build(), Recipient.NOBODY));
    var unused = engine.takeTouched();
  }

  private void open() {
    call(
        "SessionService/Open",
        SessionOpenRequest.getDefaultInstance(),
        Envelope.newBuilder().setSecret("s"));
  }

  private void create(String queue, int maxsize) {
    call(
        "QueueService/Create",
        QueueCreateRequest.newBuilder().setQueue(queue).setMaxsize(maxsize).build());
  }

  private void put(String queue, Value item) {
    call("QueueService/Put", QueuePutRequest.newBuilder().setQueue(queue).setItem(item).build());
  }

  private void get(String queue) {
    call("QueueService/Get", QueueGetRequest.newBuilder().setQueue(queue).build());
  }

  private static Value bytes(int size) {
    return Value.newBuilder().setBytes(ByteString.copyFrom(new byte[size])).build();
  }

  private static byte[] written(Snapshot snapshot) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SnapshotStream.write(snapshot, out);
    return out.toByteArray();
  }

  @Test
  void shouldWriteMoreThanAMessageHolds() throws IOException {
    open();
    create("jobs", 0);
    Value large = bytes(48 << 20);
    for (int i = 0; i < 50; i++) {
      put("jobs", large);
    }
    Counted out = new Counted();

    SnapshotStream.write(engine.snapshot(), out);

    assertThat(out.bytes).isGreaterThan(Integer.MAX_VALUE);
  }

  /** Counts what is written. */
  private static final class Counted extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] some, int from, int length) {
      bytes += length;
    }
  }

  @Test
  void shouldBeReadAsItWasWritten() throws IOException {
    open();
    create("jobs", 0);
    for (int i = 0; i < 30; i++) {
      put("jobs", bytes(100_000)); // More than a piece, together.
    }
    get("jobs");
    create("full", 1);
    put("full", bytes(1));
    put("full", bytes(2));
    Snapshot snapshot = engine.snapshot();

    State read = SnapshotStream.read(new ByteArrayInputStream(written(snapshot)));

    assertThat(read).isEqualTo(snapshot.toState());
    assertThat(Engine.restore(read, engine.boot()).snapshot().toState()).isEqualTo(read);
  }

  @Test
  void shouldStayAsItWasWhileTheEngineGoesOn() throws IOException {
    open();
    create("jobs", 2);
    for (int i = 1; i <= 3; i++) {
      put("jobs", bytes(i)); // The last one waits.
    }
    byte[] expected = written(engine.snapshot());

    Snapshot snapshot = engine.snapshot();
    get("jobs");
    get("jobs");
    create("other", 0);

    assertThat(written(snapshot)).isEqualTo(expected);
    assertThat(written(engine.snapshot())).isNotEqualTo(expected);
  }

  @Test
  void shouldCopyNeitherRepliesNorRequestsWhenItIsTaken() {
    int size = 1 << 20;
    open();
    create("jobs", 0);
    for (int i = 0; i < 20; i++) {
      put("jobs", bytes(size));
      get("jobs");
    }
    create("full", 1);
    for (int i = 0; i < 20; i++) {
      put("full", bytes(size));
    }
    var unusedWarm = engine.snapshot();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    var unused = engine.snapshot();

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(size);
  }

  @Test
  void shouldBringBackTheDeepestValues() throws IOException {
    Value deepest = Value.newBuilder().setInt(1).build();
    for (int depth = 1; depth < LIMITS.getValueDepth(); depth++) {
      ValueEntry.Builder entry =
          ValueEntry.newBuilder().setKey(Value.newBuilder().setInt(1)).setValue(deepest);
      deepest = Value.newBuilder().setMap(ValueMap.newBuilder().addEntries(entry)).build();
    }
    open();
    create("jobs", 1);
    put("jobs", deepest); // stored, and then in a reply
    get("jobs");
    put("jobs", deepest); // stored
    put("jobs", deepest); // in a request that waits
    State state = SnapshotStream.read(new ByteArrayInputStream(written(engine.snapshot())));

    assertThat(Engine.restore(state, engine.boot()).snapshot().toState()).isEqualTo(state);
    assertThat(state.getParkedCount()).isEqualTo(1);
  }

  @Test
  void shouldNotTakeAStreamThatIsCut() throws IOException {
    open();
    create("jobs", 0);
    byte[] whole = written(engine.snapshot());
    byte[] withoutTheLast = Arrays.copyOf(whole, whole.length - 3);

    assertThatThrownBy(() -> SnapshotStream.read(new ByteArrayInputStream(withoutTheLast)))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> SnapshotStream.read(new ByteArrayInputStream(new byte[0])))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(
            () -> SnapshotStream.read(new ByteArrayInputStream(Arrays.copyOf(whole, 40))))
        .isInstanceOf(IOException.class);
  }
}
