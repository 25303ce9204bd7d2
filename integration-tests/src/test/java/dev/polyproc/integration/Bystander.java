package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.release;
import static dev.polyproc.integration.Requests.size;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A client who does nothing wrong, while others do: a session of ten seconds with an attached
 * stream, made again where it was refused, and unary calls, a connection over TCP with the token,
 * and a new connection now and then. It goes round all day at a modest pace, and notes its slowest
 * call and what failed.
 */
final class Bystander implements AutoCloseable {
  private static final int PAUSE_MILLIS = 10;
  private static final int ROUNDS_PER_LARGE_ITEM = 16;
  private static final int ROUNDS_PER_CONNECTION = 10;
  private static final Value LARGE =
      Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(new byte[100_000])).build();

  private final DaemonProcess daemon;
  private final Client connection;
  private final Client tcp;
  private final String id;
  private final Client session;
  private final ScheduledExecutorService thread = DaemonThread.scheduled("bystander");

  private final Stalls stalls = new Stalls();

  /** A round that ends is a phase. */
  private final Phaser rounds = new Phaser(1);

  private long sequence;
  private long attachments;
  private volatile Attachment attachment;
  private Report report = new Report();

  /** What was seen since the last report. */
  static final class Report {
    private final List<String> failures = new ArrayList<>();
    private final Set<ErrorReason> refusals = EnumSet.noneOf(ErrorReason.class);
    private String slowest = "none";
    private long slowestNanos;
    private long stallMillis;
    private int calls;

    private void time(String what, long nanos) {
      calls++;
      if (nanos > slowestNanos) {
        slowestNanos = nanos;
        slowest = what;
      }
    }

    private void failed(String what, Throwable why) {
      ErrorReason reason = reason(why);
      if (reason != null) {
        refusals.add(reason);
      } else {
        failures.add(what + ": " + why);
      }
    }

    private static @Nullable ErrorReason reason(Throwable why) {
      try {
        return Refusal.of(why).reason();
      } catch (AssertionError none) {
        return null;
      }
    }

    /** What no refusal of the contract explains. */
    List<String> failures() {
      return failures;
    }

    Set<ErrorReason> refusals() {
      return refusals;
    }

    private long slowestMillis() {
      return TimeUnit.NANOSECONDS.toMillis(slowestNanos);
    }

    /** How long the slowest call took beyond what the machine itself stood still. */
    long waitedMillis() {
      return slowestMillis() - stallMillis;
    }

    @Override
    public String toString() {
      return String.format(
          "%d calls, the slowest %d ms (%s), the machine stood still for %d ms",
          calls, slowestMillis(), slowest, stallMillis);
    }
  }

  /** Begins its rounds. */
  Bystander(DaemonProcess daemon) {
    this.daemon = daemon;
    connection = Client.over(daemon.socket());
    tcp = Client.over(daemon.port(), daemon.token());
    id = connection.openSession(Durations.fromSeconds(10));
    session = connection.with(Envelope.of(id));
    session.queues().create(createQueue("bystander/queue"));
    session.locks().create(createLock("bystander/lock"));
    attachment = attach();
    var unused = thread.scheduleWithFixedDelay(this::round, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private Attachment attach() {
    return connection.attach(id, ++attachments).awaitAttached();
  }

  /** Waits until it has gone round some more times. */
  void awaitRounds(int many) {
    try {
      int from = rounds.getPhase();
      for (int i = 0; i < many; i++) {
        rounds.awaitAdvanceInterruptibly(from + i, 40, TimeUnit.SECONDS);
      }
    } catch (TimeoutException e) {
      throw new AssertionError("Expected the bystander to be served, but it waits", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What it saw since the last time it was asked. */
  synchronized Report report() {
    Report done = report;
    done.stallMillis = stalls.worstMillis();
    report = new Report();
    return done;
  }

  private void round() {
    int round = rounds.getPhase();
    Value item = round % ROUNDS_PER_LARGE_ITEM == 0 ? LARGE : Requests.number(round);
    attached("put", QueueServiceGrpc.getPutMethod(), put("bystander/queue", item));
    attached("get", QueueServiceGrpc.getGetMethod(), getNow("bystander/queue"));
    unary("unary put", () -> session.queues().put(put("bystander/queue", item)));
    unary("unary get", () -> session.queues().get(getNow("bystander/queue")));
    unary("lock pair", this::lockPair);
    unary("size over TCP", () -> tcp.queues().size(size("bystander/queue")));
    if (round % ROUNDS_PER_CONNECTION == 0) {
      unary("new connection", this::newConnection);
    }
    rounds.arrive();
  }

  private Object lockPair() {
    long token = session.locks().acquire(acquire("bystander/lock", 0)).getToken();
    return session.locks().release(release("bystander/lock", token));
  }

  private Object newConnection() {
    try (Client another = Client.over(daemon.socket())) {
      return another.queues().size(size("bystander/queue"));
    }
  }

  private <Q extends Message, R extends Message> void attached(
      String what, MethodDescriptor<Q, R> method, Q request) {
    long number = ++sequence;
    unary(
        "attached " + what,
        () -> {
          if (attachment.ended().isDone()) {
            attachment = attach();
          }
          attachment.receivedBelow(number);
          return Later.get(attachment.send(number, method, request));
        });
  }

  private void unary(String what, Callable<?> call) {
    long from = System.nanoTime();
    @Nullable Throwable failure = null;
    try {
      Object unused = call.call();
    } catch (Exception | AssertionError e) {
      failure = e;
    }
    long nanos = System.nanoTime() - from;
    synchronized (this) {
      report.time(what, nanos);
      if (failure != null) {
        report.failed(what, failure);
      }
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    stalls.close();
    rounds.forceTermination();
    attachment.close();
    connection.close();
    tcp.close();
  }
}
