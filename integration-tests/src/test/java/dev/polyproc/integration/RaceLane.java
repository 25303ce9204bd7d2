package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.getNow;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.Status;
import dev.polyproc.integration.RaceIT.Disturbance;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionCancelResponse;
import io.grpc.CallOptions;
import io.grpc.protobuf.StatusProto;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Rounds of one kind of race on one queue. In each round one item is put while a Get of one session
 * is disturbed; the Get of a second session stands behind it in half of the rounds, and comes
 * afterwards in the others. Exactly one of the two has the item in the end, under the attempt that
 * what happened calls for.
 */
final class RaceLane {
  private static final int JITTER_NANOS = 600_000;

  private final Path socket;
  private final Disturbance disturbance;
  private final boolean attached;
  private final String queue;
  private final Random random;
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private long puts;

  RaceLane(Path socket, Disturbance disturbance, boolean attached, long seed) {
    this.socket = socket;
    this.disturbance = disturbance;
    this.attached = attached;
    this.queue = "race/" + disturbance + (attached ? "/attached" : "/unary");
    this.random = new Random(seed);
  }

  /** How many rounds ended in which way. */
  Map<String, Integer> outcomes() {
    return outcomes;
  }

  void run(int rounds) {
    try (CuttingProxy proxy = new CuttingProxy(socket);
        Client steady = Client.over(socket)) {
      steady.queues().create(createQueue(queue));
      Client producer = steady.newSession();
      try (RaceSession second = new RaceSession(socket, steady, attached)) {
        for (int done = 0; done < rounds; ) {
          try (RaceSession first = new RaceSession(proxy.socket(), steady, attached)) {
            int together = disturbance == Disturbance.SESSION_END ? 1 : rounds;
            for (int end = done + together; done < end; done++) {
              new Round(proxy, producer, first, second).run();
            }
          }
        }
      }
      assertThat(steady.queues().size(size(queue)).getSize()).isZero();
    }
  }

  /** One race. */
  private final class Round {
    private final CuttingProxy proxy;
    private final Client producer;
    private final RaceSession first;
    private final RaceSession second;
    private final long item = ++puts;
    private final boolean behind = random.nextBoolean();

    Round(CuttingProxy proxy, Client producer, RaceSession first, RaceSession second) {
      this.proxy = proxy;
      this.producer = producer;
      this.first = first;
      this.second = second;
    }

    void run() {
      try {
        race();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("Round " + item + " of " + queue + ": " + e, e);
      }
    }

    private void race() {
      long number = first.next();
      long numberBehind = second.next();
      Attempt disturbed = new Attempt(number);
      CompletableFuture<QueueGetResponse> other =
          behind ? second.get(numberBehind, get(queue), null) : null;
      CompletableFuture<QueuePutResponse> putting;
      if (random.nextBoolean()) {
        putting = put();
        jitter();
        disturbed.disturb();
      } else {
        jitter();
        disturbed.disturb();
        putting = put();
      }
      assertThat(Later.get(putting).getAccepted()).isTrue();
      QueueGetResponse got = disturbed.settle(other);
      if (other == null) {
        QueueGetResponse next = Later.get(second.get(numberBehind, getNow(queue), null));
        check(disturbed, got, next.hasItem() ? next : null);
      } else if (got != null && disturbed.lives()) {
        SessionCancelResponse taken = Later.get(second.cancel(numberBehind));
        // It waits, or is still on its way, over a connection of its own: then it is refused there.
        assertThat(taken.getOutcome())
            .isIn(CancelOutcome.CANCEL_OUTCOME_REMOVED, CancelOutcome.CANCEL_OUTCOME_MARKED);
        check(disturbed, got, null);
      } else {
        check(disturbed, got, Later.get(other));
      }
      outcomes.merge(queue + (got == null ? " missed" : " got"), 1, Integer::sum);
    }

    private CompletableFuture<QueuePutResponse> put() {
      return RaceSession.unary(
          producer.with(Envelope.none().sequence(item).receivedBelow(item)).channel(),
          QueueServiceGrpc.getPutMethod(),
          CallOptions.DEFAULT,
          Requests.put(queue, item));
    }

    /** Exactly one has the item, and the attempt tells its story. */
    private void check(
        Attempt disturbed, @Nullable QueueGetResponse got, @Nullable QueueGetResponse next) {
      if (got != null) {
        assertThat(got.getItem().getInt()).isEqualTo(item);
        assertThat(got.getAttempt()).isEqualTo(1);
      }
      if (got != null && disturbed.lives()) {
        assertThat(next).as("item %d is not doubled", item).isNull();
        return;
      }
      assertThat(next).as("item %d is not lost", item).isNotNull();
      if (next != null) {
        assertThat(next.getItem().getInt()).isEqualTo(item);
        if (got != null) {
          assertThat(next.getAttempt()).as("item %d came back", item).isEqualTo(2);
        } else if (!disturbed.isUnknown()) {
          assertThat(next.getAttempt()).as("item %d was never handed out", item).isEqualTo(1);
        }
      }
    }

    /** The Get that is disturbed. */
    private final class Attempt {
      private final long number;
      private final QueueGetRequest request;
      private CompletableFuture<QueueGetResponse> reply;
      private CompletableFuture<?> disturbing = CompletableFuture.completedFuture("");
      private boolean unknown;

      Attempt(long number) {
        this.number = number;
        boolean own = disturbance == Disturbance.DEADLINE && random.nextBoolean();
        Duration time = Durations.fromNanos(1 + random.nextInt(2 * JITTER_NANOS));
        this.request = own ? get(queue).toBuilder().setTimeout(time).build() : get(queue);
        boolean deadline = disturbance == Disturbance.DEADLINE && !own;
        this.reply = first.get(number, request, deadline ? time : null);
      }

      /** Whether its session does. */
      boolean lives() {
        return disturbance != Disturbance.SESSION_END;
      }

      /** Whether nobody told what became of it. */
      boolean isUnknown() {
        return unknown;
      }

      void disturb() {
        switch (disturbance) {
          case CANCEL -> disturbing = first.cancel(number);
          case DEADLINE -> {
            // Its time runs.
          }
          case SESSION_END -> disturbing = first.end();
          case CUT -> {
            proxy.cut();
            first.reconnect();
            reply = first.get(number, request, null);
          }
        }
      }

      /** What it got, once nothing can happen to it any more; null for nothing. */
      @Nullable QueueGetResponse settle(@Nullable CompletableFuture<QueueGetResponse> other) {
        Later.get(disturbing);
        if (disturbance == Disturbance.SESSION_END) {
          return replied();
        }
        if (disturbance == Disturbance.CUT) {
          // The item is put: one of the two that want it has it, or is about to be told.
          Later.get(CompletableFuture.anyOf(reply, other == null ? reply : other));
        }
        return taken(Later.get(first.cancel(number)));
      }

      private @Nullable QueueGetResponse taken(SessionCancelResponse cancelled) {
        if (cancelled.getOutcome() != CancelOutcome.CANCEL_OUTCOME_DONE
            || cancelled.getReply().hasError()) {
          return null;
        }
        try {
          QueueGetResponse done = QueueGetResponse.parseFrom(cancelled.getReply().getResponse());
          return done.hasItem() ? done : null;
        } catch (InvalidProtocolBufferException e) {
          throw new AssertionError(e);
        }
      }

      private @Nullable QueueGetResponse replied() {
        try {
          return Later.get(reply);
        } catch (RuntimeException e) {
          Status status = StatusProto.fromThrowable(e);
          unknown = status == null || status.getDetailsCount() == 0;
          if (!unknown) {
            assertThat(Refusal.of(e).reason())
                .isIn(
                    ErrorReason.ERROR_REASON_SESSION_ENDED,
                    ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
          }
          return null;
        }
      }
    }
  }

  private void jitter() {
    LockSupport.parkNanos(random.nextInt(JITTER_NANOS));
  }
}
