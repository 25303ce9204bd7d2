package dev.polyproc.server;

import dev.polyproc.server.engine.refusal.Texts;
import io.grpc.StatusRuntimeException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
 *   <li>Nobody who logs ever waits, also when nobody reads; see {@link LineWriter}.
 *   <li>A record is one line; only a bug of ours shows where it happened.
 *   <li>What a client does wrong, or that it went away, is told to the client, not to the log.
 *   <li>Nothing that a client sent is in it; see {@link LogLine}.
 * </ul>
 */
final class Logging {
  /** gRPC's words on streams and connections that clients break, each with a stack trace. */
  private static final List<Logger> ABOUT_CLIENTS =
      Stream.of("NettyServerHandler", "NettyServerStream", "NettyServerTransport.connections")
          .map(name -> Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty." + name))
          .toList();

  /** How long an end waits for somebody who reads. */
  private static final long FLUSH_MILLIS = 1_000;

  private static final LineWriter LINES =
      new LineWriter(new FileOutputStream(FileDescriptor.err), System::nanoTime);

  private Logging() {}

  /** Sets logging up, for the whole process. */
  static void setUp() {
    LogManager.getLogManager().reset();
    Handler lines = new Lines();
    lines.setFilter(record -> !(record.getThrown() instanceof StatusRuntimeException));
    Logger.getLogger("").addHandler(lines);
    ABOUT_CLIENTS.forEach(logger -> logger.setLevel(Level.OFF));
    Thread.setDefaultUncaughtExceptionHandler(Logging::uncaught);
  }

  /** What anybody else prints on standard error goes the same way, and never waits either. */
  static void takeStandardError() {
    System.setErr(new PrintStream(new LineStream(LINES::write), true, StandardCharsets.UTF_8));
  }

  /** Makes the thread that writes, while threads are to be had. */
  static void begin() {
    LINES.begin();
  }

  /** Says something to whoever started the daemon. */
  static void say(String sentence) {
    LINES.write("polyprocd: " + Texts.shown(sentence.stripTrailing()) + "\n");
  }

  /** Prints a text of ours, with lines of its own. */
  static void print(String text) {
    LINES.write(text);
  }

  /** Waits a while for what was logged to be written; before an end. */
  static void flush() {
    LINES.flush(FLUSH_MILLIS);
  }

  private static void uncaught(Thread thread, Throwable why) {
    Logger.getLogger(LogLine.OURS)
        .log(Level.SEVERE, "The thread " + thread.getName() + " has ended", why);
  }

  /** The JDK's own makes its formatter first, which loads the time zones: 20 ms of the start. */
  private static final class Lines extends Handler {
    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        LINES.write(LogLine.of(record));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
