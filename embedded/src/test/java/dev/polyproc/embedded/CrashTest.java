package dev.polyproc.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.polyproc.client.Polyproc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The test that the page of the Java client shows. */
@ExtendWith(PolyprocExtension.class)
class CrashTest {
  @Test
  void shouldHandOnWhatACrashedWorkerHad(EmbeddedDaemon daemon, Polyproc worker, Polyproc heir)
      throws Exception {
    worker.queue("jobs", String.class).put("hello");
    worker.queue("jobs", String.class).reserve();
    worker.lock("deploy").lock();

    daemon.kill(worker); // as kill -9 would

    assertTrue(heir.lock("deploy").acquire().previousOwnerDied());
    assertEquals(2, heir.queue("jobs", String.class).reserve().attempt());
  }
}
