package dev.polyproc.integration;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** How calls ended, and those that should not have ended so. Used by any thread. */
final class Findings {
  private static final int SHOWN = 20;

  /** What the caller's own gRPC says, without a reason. */
  private static final Set<Status.Code> OWN =
      Set.of(Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED);

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final AtomicLong slowest = new AtomicLong();
  private final Queue<String> found = new ConcurrentLinkedQueue<>();

  /** A request to a method ended so. */
  void note(String method, byte[] request, Status status, Throwable thrown) {
    count(status.getCode().name());
    if (status.isOk() || OWN.contains(status.getCode())) {
      return;
    }
    try {
      count(Refusal.of(thrown).reason().name());
    } catch (AssertionError e) {
      add(method, request, thrown + ": " + e.getMessage());
    }
  }

  /** A call of a frame was refused. */
  void note(String stream, byte[] frame, com.google.rpc.Status error) {
    StatusRuntimeException thrown = StatusProto.toStatusRuntimeException(error);
    note(stream, frame, thrown.getStatus(), thrown);
  }

  /** A call of a frame was done. */
  void noteReply() {
    count("REPLY");
  }

  void add(String method, byte[] request, String what) {
    if (found.size() < SHOWN) {
      found.add(
          method + " \"" + TextFormat.escapeBytes(ByteString.copyFrom(request)) + "\": " + what);
    }
  }

  /** A call that does not wait took so long. */
  void took(long nanos) {
    slowest.accumulateAndGet(nanos, Math::max);
  }

  /** The longest that one took. */
  long slowestNanos() {
    return slowest.get();
  }

  private void count(String what) {
    counts.computeIfAbsent(what, any -> new LongAdder()).increment();
  }

  /** What should not have been. */
  Queue<String> found() {
    return found;
  }

  /** How often what happened. */
  Map<String, LongAdder> counts() {
    return new TreeMap<>(counts);
  }
}
