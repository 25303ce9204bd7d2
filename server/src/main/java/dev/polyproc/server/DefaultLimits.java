package dev.polyproc.server;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.polyproc.v1.Limits;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** The bounds of a daemon that was told nothing else. The documentation has them in one table. */
public final class DefaultLimits {
  private static final int MIB = 1 << 20;
  private static final Duration SHORTEST_TIME_TO_LIVE = Duration.ofMillis(100);
  private static final Duration LONGEST_DURATION = Duration.ofDays(3650);
  private static final Duration UNAUTHENTICATED_TIME = Duration.ofSeconds(60);

  /**
   * What cannot be larger: gRPC counts a message's bytes in an int, and needs some room above our
   * own limit; what goes through a value needs stack for each level.
   */
  private static final Map<String, Long> MOST =
      Map.of("request_bytes", 1L << 30, "value_depth", 256L);

  /** What each of these takes of the heap, measured and rounded up. */
  private static final long OBJECT_BYTES = 600;

  private static final long SESSION_BYTES = 12_000;
  private static final long WAITER_BYTES = 600;
  private static final long CALL_BYTES = 2_000;

  /** Between 16 and 54, and as much again while it is read. */
  private static final long FIELD_BYTES = 32;

  private static final long CONNECTION_BYTES = 8_000;

  /** With the largest metadata that may be on their way. */
  private static final long UNAUTHENTICATED_BYTES = 100_000;

  /**
   * Each may take this part of the heap. Of sixteen parts eight are the budget for all that the
   * engine keeps, where objects, sessions and waiting calls are too: their numbers are bounded
   * beside that, so that none of them can take it all. Two are for requests that arrive, one each
   * for replies that are not read, for the output of processes and for open calls. What is left,
   * three parts, is the JVM's: the requests that are being read, one by each event loop, what the
   * budget lets in beyond its end (a sixteenth of it), and the room that a collector needs.
   */
  private static final int HEAP_PARTS = 16;

  private DefaultLimits() {}

  /**
   * The limits.
   *
   * @param heapBytes what the heap has room for: half of it is for what is kept, of which an eighth
   *     each may be objects, sessions and waiting calls; a sixteenth each for open calls, the
   *     largest request, unread replies and output; an eighth for the requests that arrive
   * @param timeToLive of sessions that ask for none
   * @param ioThreads how many requests may be read at the same time
   */
  public static Limits of(long heapBytes, Duration timeToLive, int ioThreads) {
    if (timeToLive.compareTo(SHORTEST_TIME_TO_LIVE) < 0
        || timeToLive.compareTo(LONGEST_DURATION) > 0) {
      throw new IllegalArgumentException(
          String.format(
              "Expected a --session-ttl of %d ms to %d h, but it is %s",
              SHORTEST_TIME_TO_LIVE.toMillis(),
              LONGEST_DURATION.toHours(),
              timeToLive.toString().substring(2).toLowerCase(Locale.ROOT)));
    }
    return Limits.newBuilder()
        .setRequestBytes(Math.min(64L * MIB, heapBytes / HEAP_PARTS))
        .setValueDepth(32)
        .setNameLength(255)
        .setStoredBytes(heapBytes / 2)
        .setObjects(count(1_000_000, heapBytes, OBJECT_BYTES))
        .setSessions(count(10_000, heapBytes, SESSION_BYTES))
        .setWaiters(count(100_000, heapBytes, WAITER_BYTES))
        .setQueueItems(10_000_000)
        .setListItems(1_000_000)
        .setArrayBytes(Math.min(16L * MIB, heapBytes / HEAP_PARTS))
        .setSharedMemoryBytes(heapBytes)
        .setSortItems(100_000)
        .setSortBytes(8L * MIB)
        .setPageSize(1_024)
        .setPageBytes(4_000_000) // Within the 4 MiB that gRPC's clients take, with its own parts.
        .setWindowCalls(16_384)
        .setWindowBytes(64L * MIB)
        .setDuration(proto(LONGEST_DURATION))
        .setShortestTimeToLive(proto(SHORTEST_TIME_TO_LIVE))
        .setDefaultTimeToLive(proto(timeToLive))
        .setProcesses(1_000)
        .setEndedProcesses(1_000)
        .setOutputBytes(MIB)
        .setOpenCalls(count(100_000, heapBytes, CALL_BYTES))
        .setArrivingBytes(2 * (heapBytes / HEAP_PARTS))
        .setRequestFields(count(4_000_000, heapBytes / ioThreads, FIELD_BYTES))
        .setAllOutputBytes(heapBytes / HEAP_PARTS)
        .setConnections(count(10_000, heapBytes, CONNECTION_BYTES))
        .setUnsentBytes(heapBytes / HEAP_PARTS)
        .setConnectionUnsentBytes(Math.min(4L * MIB, heapBytes / HEAP_PARTS / 4))
        .setUnauthenticatedConnections(count(256, heapBytes, UNAUTHENTICATED_BYTES))
        .setUnauthenticatedCalls(64)
        .setUnauthenticatedTime(proto(UNAUTHENTICATED_TIME))
        .build();
  }

  /**
   * Refuses limits that together are more than there is.
   *
   * @param heapBytes what the heap has room for
   * @throws IllegalArgumentException with a sentence
   */
  static void requireRoom(Limits limits, long heapBytes) {
    double bytes =
        (double) limits.getStoredBytes()
            + limits.getArrivingBytes()
            + limits.getUnsentBytes()
            + limits.getAllOutputBytes();
    if (bytes > heapBytes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Expected stored_bytes, arriving_bytes (at least request_bytes), unsent_bytes and"
                  + " all_output_bytes to be at most the %d bytes together that the heap has room"
                  + " for (with a collector of regions half of it), but they are %.0f; give more"
                  + " heap with POLYPROCD_JAVA_OPTIONS=-Xmx… as well",
              heapBytes,
              bytes));
    }
  }

  /**
   * The limits of a process that may have so many file descriptors: a half is for connections, an
   * eighth for those that have shown no credential, a quarter for processes, which take four each.
   */
  static Limits within(Limits limits, long descriptors) {
    return limits.toBuilder()
        .setConnections((int) Math.max(1, Math.min(limits.getConnections(), descriptors / 2)))
        .setUnauthenticatedConnections(
            (int) Math.max(1, Math.min(limits.getUnauthenticatedConnections(), descriptors / 8)))
        .setProcesses((int) Math.max(1, Math.min(limits.getProcesses(), descriptors / 16)))
        .build();
  }

  private static int count(int most, long heapBytes, long bytesEach) {
    return (int) Math.max(1, Math.min(most, heapBytes / HEAP_PARTS / bytesEach));
  }

  private static com.google.protobuf.Duration proto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  private static boolean isNumber(FieldDescriptor field) {
    return field.getJavaType() != FieldDescriptor.JavaType.MESSAGE;
  }

  private static String names() {
    return Limits.getDescriptor().getFields().stream()
        .filter(DefaultLimits::isNumber)
        .map(FieldDescriptor::getName)
        .sorted()
        .collect(joining(", "));
  }

  /** The limits with some of their numbers replaced, by the names of their fields. */
  static Limits with(Limits limits, Map<String, Long> changes) {
    Limits.Builder changed = limits.toBuilder();
    changes.forEach(
        (name, value) -> {
          FieldDescriptor field = Limits.getDescriptor().findFieldByName(name);
          if (field == null || !isNumber(field)) {
            throw new IllegalArgumentException(
                String.format(
                    "Expected the name of a limit, but there is none called '%s'; docs/limits.md"
                        + " explains these: %s",
                    name, names()));
          }
          boolean isInt = field.getJavaType() == FieldDescriptor.JavaType.INT;
          if (value < 1 || (isInt && value > Integer.MAX_VALUE)) {
            throw new IllegalArgumentException(
                "Expected limit "
                    + name
                    + " to be from 1 to "
                    + (isInt ? Integer.MAX_VALUE : Long.MAX_VALUE)
                    + ", but it is "
                    + value);
          }
          long most = MOST.getOrDefault(name, Long.MAX_VALUE);
          if (value > most) {
            throw new IllegalArgumentException(
                "Expected limit " + name + " to be at most " + most + ", but it is " + value);
          }
          changed.setField(field, isInt ? (Object) value.intValue() : value);
        });
    // The largest request must be able to arrive.
    return changed
        .setArrivingBytes(Math.max(changed.getArrivingBytes(), changed.getRequestBytes() + MIB))
        .build();
  }
}
