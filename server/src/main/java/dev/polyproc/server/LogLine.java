package dev.polyproc.server;

import dev.polyproc.server.engine.refusal.Texts;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import javax.net.ssl.SSLException;

/**
 * How a record is written.
 *
 * <p>Callers' data stays out: what an exception says is shown only where we wrote the sentence, or
 * the operating system did. Others quote what they were given (the bytes of a request, say), and so
 * may the engine, whose exceptions show the place alone.
 */
final class LogLine {
  static final String OURS = "dev.polyproc";

  private static final String ENGINE = OURS + ".server.engine.";
  private static final int CAUSES = 8;
  private static final int FRAMES = 64;

  private LogLine() {}

  /** A line; of ours that failed, with the places where it did. */
  static String of(LogRecord record) {
    StringBuilder line = new StringBuilder();
    line.append(record.getInstant().truncatedTo(ChronoUnit.MILLIS))
        .append(' ')
        .append(record.getLevel().getName())
        .append(' ')
        .append(oneLine(message(record)));
    Throwable thrown = record.getThrown();
    if (thrown == null) {
      return line.append('\n').toString();
    }
    if (!String.valueOf(record.getLoggerName()).startsWith(OURS)) {
      return line.append(": ").append(words(thrown)).append('\n').toString();
    }
    line.append('\n');
    for (int i = 0; thrown != null && i < CAUSES; i++) {
      line.append(i == 0 ? "" : "Caused by: ").append(words(thrown)).append('\n');
      StackTraceElement[] trace = thrown.getStackTrace();
      for (int frame = 0; frame < Math.min(FRAMES, trace.length); frame++) {
        line.append("\tat ").append(trace[frame]).append('\n');
      }
      thrown = thrown.getCause();
    }
    return line.toString();
  }

  private static String message(LogRecord record) {
    return Formatting.FORMAT.formatMessage(record);
  }

  /** Made when there is something to say. */
  private static final class Formatting {
    private static final Formatter FORMAT =
        new Formatter() {
          @Override
          public String format(LogRecord record) {
            return formatMessage(record);
          }
        };
  }

  private static String words(Throwable thrown) {
    String name = thrown.getClass().getName();
    String message = thrown.getMessage();
    return message != null && isHarmless(thrown) && !quotesItsCause(thrown, message)
        ? name + ": " + oneLine(message)
        : name;
  }

  private static boolean quotesItsCause(Throwable thrown, String message) {
    Throwable cause = thrown.getCause();
    String said = cause == null ? null : cause.getMessage();
    return cause != null && said != null && message.contains(said) && !isHarmless(cause);
  }

  private static boolean isHarmless(Throwable thrown) {
    if (thrown instanceof IOException || thrown instanceof Error) {
      return !(thrown instanceof SSLException);
    }
    StackTraceElement[] trace = thrown.getStackTrace();
    return trace.length > 0
        && trace[0].getClassName().startsWith(OURS)
        && !trace[0].getClassName().startsWith(ENGINE);
  }

  private static String oneLine(String text) {
    return Texts.shown(text);
  }
}
