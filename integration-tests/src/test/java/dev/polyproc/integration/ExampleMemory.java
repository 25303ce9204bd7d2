package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A segment as an example has it: mapped, with its lock and a session, over bare stubs. */
final class ExampleMemory {
  private static final int TIME_TO_LIVE_SECONDS = 600;

  private final Client session;
  private final String lock;
  private final Segment segment;

  private ExampleMemory(Client session, String name) throws IOException {
    this.session = session;
    SharedMemoryLocateResponse where = session.memories().locate(Requests.locate(name));
    this.lock = where.getLock();
    this.segment = Segment.at(Path.of(where.getPath()));
  }

  /** One that is there. */
  static ExampleMemory open(String name) throws IOException {
    return new ExampleMemory(session(), name);
  }

  /** A new one, of zeros. */
  static ExampleMemory create(String name, ElementType type, int length) throws IOException {
    Client session = session();
    var unused = session.memories().create(Requests.createMemory(name, type, length));
    return new ExampleMemory(session, name);
  }

  private static Client session() {
    String address = Objects.requireNonNull(System.getenv("POLYPROC_ADDRESS"));
    Client client = Client.over(Path.of(address.substring("unix:".length())));
    SessionOpenRequest opening =
        SessionOpenRequest.newBuilder()
            .setClient("example")
            .setTimeToLive(Durations.fromSeconds(TIME_TO_LIVE_SECONDS))
            .setProcess(ClientProcess.newBuilder().setPid(ProcessHandle.current().pid()))
            .build();
    return client.with(Envelope.of(client.sessions().open(opening).getSession()));
  }

  Segment segment() {
    return segment;
  }

  /** Adds one to an element, in two steps. */
  void increment(int index) {
    segment.set(index, segment.get(index) + 1);
  }

  /** The same under the lock. */
  void incrementUnderLock(int index) {
    long token = session.locks().acquire(Requests.acquireGuard(lock)).getToken();
    increment(index);
    var unused = session.locks().release(Requests.release(lock, token));
  }
}
