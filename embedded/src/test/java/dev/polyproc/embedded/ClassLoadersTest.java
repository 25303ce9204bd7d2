package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Polyproc;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that know nothing of the program's class path, such as those of a common pool. */
@Timeout(60)
final class ClassLoadersTest {
  @Test
  void shouldFindItselfOnAThreadWithoutAContextClassLoader() throws Exception {
    for (ClassLoader given : new ClassLoader[] {null, ClassLoader.getPlatformClassLoader()}) {
      CompletableFuture<Object> taken = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try (Polyproc polyproc = Polyproc.embedded()) {
                  polyproc.queue("jobs").put("x");
                  taken.complete(polyproc.queue("jobs").take());
                } catch (Exception | Error e) {
                  taken.completeExceptionally(e);
                }
              });
      thread.setContextClassLoader(given);
      thread.start();
      assertThat(taken.get(50, TimeUnit.SECONDS)).isEqualTo("x");
    }
  }
}
