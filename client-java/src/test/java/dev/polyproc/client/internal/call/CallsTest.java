package dev.polyproc.client.internal.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Failure;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CallsTest {
  @Test
  void shouldTellWhoAsksForAWordThatTheSessionHasEnded() throws Exception {
    Transport transport = new Transport(Address.parse("unix:/nowhere"), null, null, null);
    try {
      Calls calls =
          new Calls(
              transport,
              Limits.getDefaultInstance(),
              () -> {},
              ended -> {},
              new Callbacks(null, new CallbackThreads(), transport));
      calls.end(sent -> Errors.of(ErrorReason.ERROR_REASON_SESSION_ENDED, "Expected it open"));

      assertThat(Failure.reasonOf(calls.keepAlive()))
          .isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    } finally {
      transport.close();
    }
  }
}
