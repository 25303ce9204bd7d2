package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LogLineTest {
  private static final String NETTY = "io.grpc.netty.shaded.io.netty.channel";
  private static final String OURS = "dev.polyproc.server.Daemon";

  @Test
  void shouldBeOneLine() {
    assertThat(line(OURS, "Process {0} does\nnot \u001b[31mend", null, 7))
        .isEqualTo("2026-11-27T06:00:00Z WARNING Process 7 does\\u{a}not \\u{1b}[31mend\n");
  }

  @Test
  void shouldShowWhereOursFailed() {
    String line =
        line(OURS, "A step failed", new IllegalStateException("Expected a\nstep", cause()));
    assertThat(line)
        .startsWith(
            "2026-11-27T06:00:00Z WARNING A step failed\n"
                + "java.lang.IllegalStateException: Expected a\\u{a}step\n"
                + "\tat dev.polyproc.server.LogLineTest.")
        .contains("\nCaused by: java.lang.NumberFormatException\n\tat java.base/");
  }

  @Test
  void shouldNotShowWhatACallerSent() {
    Throwable handshake = new SSLException("not an SSL/TLS record: 746f6b656e");
    Throwable engine = new IllegalStateException("Expected a new key for secret");
    engine.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement(
              "dev.polyproc.server.engine.object.OrderedTable", "add", "x.java", 57)
        });

    assertThat(line(OURS, "A step failed", new IllegalStateException(cause())))
        .doesNotContain("secret");
    assertThat(line(OURS, "A step failed", engine))
        .contains("OrderedTable.add(x.java:57)")
        .doesNotContain("secret");
    assertThat(line(NETTY, "An exception was caught", cause()))
        .isEqualTo(
            "2026-11-27T06:00:00Z WARNING An exception was caught:"
                + " java.lang.NumberFormatException\n");
    assertThat(line(NETTY, "An exception was caught", handshake)).doesNotContain("746f6b656e");
  }

  @Test
  void shouldShowWhatTheSystemSays() {
    assertThat(line(NETTY, "Failed to accept", new IOException("Too many open files")))
        .endsWith("Failed to accept: java.io.IOException: Too many open files\n");
    assertThat(line(NETTY, "Failed", new OutOfMemoryError("unable to create native thread")))
        .endsWith("Failed: java.lang.OutOfMemoryError: unable to create native thread\n");
  }

  private static NumberFormatException cause() {
    try {
      throw new AssertionError("Expected no number, but got " + Long.parseLong("secret"));
    } catch (NumberFormatException e) {
      return e;
    }
  }

  private static String line(
      String logger, String message, @Nullable Throwable thrown, Object... parameters) {
    LogRecord record = new LogRecord(Level.WARNING, message);
    record.setLoggerName(logger);
    record.setInstant(Instant.parse("2026-11-27T06:00:00.000Z"));
    record.setParameters(parameters);
    record.setThrown(thrown);
    return LogLine.of(record);
  }
}
