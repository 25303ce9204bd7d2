package dev.polyproc.server;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.polyproc.v1.Limits;
import java.time.Duration;
import java.util.Map;

/** The bounds of a daemon that was told nothing else. The documentation has them in one table. */
public final class DefaultLimits {
  private static final int MIB = 1 << 20;
  private static final Duration SHORTEST_TIME_TO_LIVE = Duration.ofMillis(100);
  private static final Duration LONGEST_DURATION = Duration.ofDays(3650);

  /** gRPC counts a message's bytes in an int, and needs some room above our own limit. */
  private static final long LARGEST_REQUEST = 1L << 30;

  private DefaultLimits() {}

  /**
   * The limits.
   *
   * @param heapBytes the most that the heap can grow to: half of it is for stored values
   * @param timeToLive of sessions that ask for none, in nanoseconds
   */
  public static Limits of(long heapBytes, Duration timeToLive) {
    if (timeToLive.compareTo(SHORTEST_TIME_TO_LIVE) < 0
        || timeToLive.compareTo(LONGEST_DURATION) > 0) {
      throw new IllegalArgumentException(
          String.format(
              "Expected a --session-ttl of %d ms to %d h, but it is %d ms",
              SHORTEST_TIME_TO_LIVE.toMillis(), LONGEST_DURATION.toHours(), timeToLive.toMillis()));
    }
    return Limits.newBuilder()
        .setRequestBytes(64L * MIB)
        .setValueDepth(32)
        .setNameLength(255)
        .setStoredBytes(heapBytes / 2)
        .setObjects(1_000_000)
        .setSessions(10_000)
        .setWaiters(100_000)
        .setQueueItems(10_000_000)
        .setPageSize(1_024)
        .setPageBytes(4L * MIB)
        .setWindowCalls(16_384)
        .setWindowBytes(64L * MIB)
        .setDuration(proto(LONGEST_DURATION))
        .setShortestTimeToLive(proto(SHORTEST_TIME_TO_LIVE))
        .setDefaultTimeToLive(proto(timeToLive))
        .setProcesses(1_000)
        .setEndedProcesses(1_000)
        .setOutputBytes(MIB)
        .build();
  }

  private static com.google.protobuf.Duration proto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** The limits with some of their numbers replaced, by the names of their fields. */
  static Limits with(Limits limits, Map<String, Long> changes) {
    Limits.Builder changed = limits.toBuilder();
    changes.forEach(
        (name, value) -> {
          FieldDescriptor field = Limits.getDescriptor().findFieldByName(name);
          if (field == null || field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            throw new IllegalArgumentException(
                "Expected the name of a limit, but there is none called '" + name + "'");
          }
          boolean isInt = field.getJavaType() == FieldDescriptor.JavaType.INT;
          if (value < 1 || (isInt && value > Integer.MAX_VALUE)) {
            throw new IllegalArgumentException(
                "Expected limit " + name + " to be 1 or more, but it is " + value);
          }
          if (name.equals("request_bytes") && value > LARGEST_REQUEST) {
            throw new IllegalArgumentException(
                "Expected limit request_bytes to be at most "
                    + LARGEST_REQUEST
                    + ", but it is "
                    + value);
          }
          changed.setField(field, isInt ? (Object) value.intValue() : value);
        });
    return changed.build();
  }
}
