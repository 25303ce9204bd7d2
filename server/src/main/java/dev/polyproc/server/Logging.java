package dev.polyproc.server;

import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The daemon's log, on standard error.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A record is one line; only a bug of ours shows where it happened.
 *   <li>What a client does wrong, or that it went away, is told to the client, not to the log.
 * </ul>
 */
final class Logging {
  /** gRPC's words on streams and connections that clients break, each with a stack trace. */
  private static final List<Logger> ABOUT_CLIENTS =
      Stream.of("NettyServerHandler", "NettyServerStream", "NettyServerTransport.connections")
          .map(name -> Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty." + name))
          .toList();

  private static final String OURS = "dev.polyproc";

  private Logging() {}

  /** Sets logging up, for the whole process. */
  static void setUp() {
    LogManager.getLogManager().reset();
    Handler console = new Console();
    console.setFormatter(new Line());
    console.setFilter(record -> !(record.getThrown() instanceof StatusRuntimeException));
    Logger.getLogger("").addHandler(console);
    ABOUT_CLIENTS.forEach(logger -> logger.setLevel(Level.OFF));
  }

  /** The JDK's own makes its formatter first, which loads the time zones: 20 ms of the start. */
  private static final class Console extends Handler {
    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        System.err.print(getFormatter().format(record));
      }
    }

    @Override
    public void flush() {
      System.err.flush();
    }

    @Override
    public void close() {}
  }

  private static final class Line extends Formatter {
    @Override
    public String format(LogRecord record) {
      StringBuilder line = new StringBuilder();
      line.append(record.getInstant().truncatedTo(ChronoUnit.MILLIS))
          .append(' ')
          .append(record.getLevel().getName())
          .append(' ')
          .append(formatMessage(record));
      Throwable thrown = record.getThrown();
      boolean ours = String.valueOf(record.getLoggerName()).startsWith(OURS);
      if (thrown != null && ours) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        return line.append('\n').append(trace).toString();
      }
      if (thrown != null) {
        line.append(": ").append(thrown);
      }
      return line.toString().replaceAll("\\R+", " ") + "\n";
    }
  }
}
