package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
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
   * @param command that starts it
   */
  PeerProcess(String name, List<String> command) throws IOException {
    this.name = name;
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.orders = new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true);
    this.answers = process.inputReader(StandardCharsets.US_ASCII);
  }

  /** A task as a load: so many threads of the process do it at once. */
  Load load(Enum<?> task, int threads) {
    return load(task, threads, threads == 1 ? "1 thread" : threads + " threads");
  }

  /**
   * A task as a load.
   *
   * @param atOnce how much of it is done at once
   * @param inWords the same, for people
   */
  Load load(Enum<?> task, int atOnce, String inWords) {
    return new Load() {
      @Override
      public String name() {
        return task + ", " + inWords;
      }

      @Override
      public double perSecond(long nanos) throws IOException {
        return Double.parseDouble(ask(task.name() + " " + atOnce + " " + nanos));
      }
    };
  }

  /** Gives it a line, and waits for the one that it answers. */
  String ask(String order) throws IOException {
    orders.println(order);
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("Expected " + name + " to answer '" + order + "', but it ended");
    }
    return answer;
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
