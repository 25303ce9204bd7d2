package dev.polyproc.elsewhere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.Message;
import dev.polyproc.client.Delivery;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.embedded.EmbeddedDaemon;
import dev.polyproc.embedded.PolyprocExtension;
import java.util.ServiceLoader;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.SLF4JServiceProvider;

/** A program with libraries of its own choice. */
@Timeout(60)
@ExtendWith(PolyprocExtension.class)
class ClassPathTest {
  /** An enum that travels by name. */
  enum State {
    NEW,
    DONE
  }

  /** A record that travels as a map. */
  record Job(String name, State state) {}

  private static Polyproc ofTheClass;

  @BeforeAll
  static void connect(Polyproc polyproc) {
    ofTheClass = polyproc;
  }

  @Test
  void shouldRunOnTheOldestProtobufThatIsPromised(Polyproc polyproc) throws Exception {
    String jar = Message.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertTrue(jar.endsWith("protobuf-java-4.32.1.jar"), jar);
    PolyQueue<Job> jobs = polyproc.queue("jobs", Job.class);
    jobs.put(new Job("a", State.NEW));
    try (Delivery<Job> job = ofTheClass.queue("jobs", Job.class).reserve()) {
      assertEquals(new Job("a", State.NEW), job.item());
      job.acknowledge();
    }
    PolyDict<String, Long> totals = polyproc.dict("totals", String.class, Long.class);
    totals.merge("a", 1L, Long::sum);
    assertEquals(2L, totals.add("a", 1L, null));
    assertThrows(PolyprocException.class, () -> totals.add("a", Long.MAX_VALUE, null));
    polyproc.lock("deploy").acquire().close();
    polyproc.list("numbers", Long.class).add(1L);
  }

  @Test
  void shouldBringNoBindingOfSlf4j() {
    assertEquals(1, ServiceLoader.load(SLF4JServiceProvider.class).stream().count());
    assertInstanceOf(LoggerContext.class, LoggerFactory.getILoggerFactory());
  }

  @Test
  void shouldLogToLogback() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(Polyproc.class);
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent line) {
            lines.add(line.getFormattedMessage());
          }
        };
    appender.start();
    logger.addAppender(appender);
    CompletableFuture<Object> lost = new CompletableFuture<>();
    EmbeddedDaemon daemon = EmbeddedDaemon.start();
    try (Polyproc polyproc = daemon.builder().onSessionLost(lost::complete).connect()) {
      daemon.close();
      lost.get(30, TimeUnit.SECONDS);
      String line = "";
      while (!line.contains(", lost: ")) {
        line = lines.poll(30, TimeUnit.SECONDS);
        assertNotNull(line);
      }
    } finally {
      logger.detachAppender(appender);
    }
  }
}
