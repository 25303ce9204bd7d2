package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that was stopped for longer than its session lives: others have what it was granted. */
@Timeout(120)
class SleeperTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  @Test
  void shouldHandOutNothingThatWasGrantedToASessionThatHasEnded() throws Exception {
    // given
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      Inspector inspector = new Inspector(other);
      PolyQueue<String> queue = other.queue("sleeper-take", String.class);
      PolyPipe<String> pipe = other.pipe("sleeper-pipe", String.class);
      PolyQueue<String> consumed = other.queue("sleeper-consume", String.class);
      PolyLock lock = other.lock("sleeper-lock");
      lock.lock();
      Process sleeper = start();
      try (BufferedReader output =
          new BufferedReader(
              new InputStreamReader(sleeper.getInputStream(), StandardCharsets.UTF_8))) {
        inspector.awaitWaiters("sleeper-take", 2);
        inspector.awaitWaiters("sleeper-consume", 1);
        inspector.awaitWaiters("sleeper-lock", 1);
        inspector.awaitWaiters(pipe.second().name(), 1);

        // when it is stopped, and is granted all it waits for
        DaemonProcess.signal(sleeper.pid(), "STOP");
        queue.putMany(List.of("first", "second"));
        consumed.put("third");
        pipe.first().send("fourth");
        lock.unlock();

        // then it goes to others once the session is over
        List<String> taken = List.of(queue.take(), queue.take());
        assertThat(taken).containsExactlyInAnyOrder("first", "second");
        assertThat((Object) consumed.take()).isEqualTo("third");
        assertThat((Object) pipe.second().receive()).isEqualTo("fourth");
        lock.lock();

        // and when
        DaemonProcess.signal(sleeper.pid(), "CONT");

        // then
        List<String> ends = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          ends.add(output.readLine());
        }
        assertThat(ends)
            .containsExactlyInAnyOrder(
                "take failed with SessionLostException",
                "takeAsync failed with SessionLostException",
                "receive failed with SessionLostException",
                "lock failed with SessionLostException",
                "consume failed with SessionLostException");
      } finally {
        sleeper.destroyForcibly().waitFor();
      }
    }
  }

  private static Process start() throws Exception {
    return JavaProgram.start(Sleeper.class, DAEMON.address(), "sleeper");
  }
}
