package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A client library in a process of its own, with a class path of its own; works when told to, and
 * is idle else. See {@link PeerWorker} for the lines that go to it and come back.
 */
final class PeerProcess implements AutoCloseable {
  private static final long END_SECONDS = 30;

  private final String name;
  private final Process process;
  private final PrintWriter orders;
  private final BufferedReader answers;

  /**
   * Starts it.
   *
   * @param name the library's
   * @param java a class path, and the class that serves the peer
   * @param address of the library's server: a socket or a port
   */
  PeerProcess(String name, List<String> java, Object address) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-Xmx1g", "-Dslf4j.internal.verbosity=ERROR"));
    arguments.addAll(java);
    arguments.add(address.toString());
    this.name = name;
    this.process =
        new ProcessBuilder(Java.command(arguments))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    this.orders = new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true);
    this.answers = process.inputReader(StandardCharsets.US_ASCII);
  }

  /** A task as a load: so many threads of the process do it at once. */
  Load load(Task task, int threads) {
    return new Load() {
      @Override
      public String name() {
        return task + (threads == 1 ? ", 1 thread" : ", " + threads + " threads");
      }

      @Override
      public double perSecond(long nanos) throws IOException {
        orders.println(task.name() + " " + threads + " " + nanos);
        String rate = answers.readLine();
        if (rate == null) {
          throw new IOException("Expected " + name + " to do " + task + ", but it ended");
        }
        return Double.parseDouble(rate);
      }
    };
  }

  /** Ends the process, which gets no more orders. */
  @Override
  public void close() throws InterruptedException {
    orders.close();
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
