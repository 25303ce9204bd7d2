package dev.polyproc.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.polyproc.client.Polyproc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The test that the README shows. */
@ExtendWith(PolyprocExtension.class)
class JobsTest {
  @Test
  void shouldHandOverJobs(Polyproc producer, Polyproc consumer) throws Exception {
    producer.queue("jobs", String.class).put("hello");
    assertEquals("hello", consumer.queue("jobs", String.class).take());
  }
}
