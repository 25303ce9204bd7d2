package dev.polyproc.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import dev.polyproc.client.internal.call.CallbackThreads;
import dev.polyproc.client.internal.call.Callbacks;
import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.PendingCall;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.v1.Limits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a client knows that it stood still for longer than its session lives. */
class PulseTest {
  private static final long TIME_TO_LIVE = TimeUnit.SECONDS.toNanos(10);

  private final Transport transport =
      new Transport(Address.parse("unix:/nowhere"), null, null, null); // never connected
  private final Calls calls =
      new Calls(
          transport,
          Limits.getDefaultInstance(),
          () -> {},
          ended -> {},
          new Callbacks(null, new CallbackThreads(), transport));
  private long seconds;
  private long sleptSeconds;
  private final Pulse pulse =
      new Pulse(
          calls,
          TIME_TO_LIVE,
          () -> TimeUnit.SECONDS.toNanos(seconds),
          () -> TimeUnit.SECONDS.toMillis(seconds + sleptSeconds));
  private final Deque<PendingCall<?>> asked = new ArrayDeque<>();

  @AfterEach
  void close() {
    transport.close();
  }

  private void ask() {
    assertThat(pulse.tick()).isTrue();
    asked.add(Objects.requireNonNull(pulse.asked()));
  }

  private void answer() {
    asked.remove().succeed(CodedInputStream.newInstance(new byte[0]));
    pulse.heard();
  }

  @Test
  void shouldBeThereWhileItsQuestionsAreAnswered() {
    for (seconds = 0; seconds < 100; seconds += 2) {
      ask();
      answer();
      assertThat(pulse.wasAway()).isFalse();
    }
  }

  @Test
  void shouldCountAnswersThatComeAfterTheNextQuestion() {
    ask();
    ask();
    for (seconds = 2; seconds < 100; seconds += 2) {
      answer();
      ask();
      assertThat(pulse.wasAway()).isFalse();
    }
  }

  @Test
  void shouldReckonFromTheQuestionAndNotFromWhenItReadTheAnswer() {
    ask();
    seconds = 8; // it was stopped, and the answer had come long before
    answer();
    assertThat(pulse.wasAway()).isFalse();

    seconds = 11; // the daemon has not heard from it for 11 seconds

    assertThat(pulse.wasAway()).isTrue();
  }

  @Test
  void shouldNoticeThatTheMachineSlept() {
    ask();
    answer();

    sleptSeconds = 3600;

    assertThat(pulse.wasAway()).isTrue();
  }

  @Test
  void shouldBeThereAgainOnANewAttachment() {
    seconds = 3600;
    assertThat(pulse.wasAway()).isTrue();

    pulse.attaching();

    assertThat(pulse.wasAway()).isFalse();
  }
}
