package processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.concurrent.CompletableFuture;

/** A process whose work is a future. */
final class AsyncioWorker {
  private AsyncioWorker() {}

  /** What the worker does. */
  static final class Work {
    private Work() {}

    public static void main(String[] none) {
      CompletableFuture.runAsync(
              () -> System.out.println("Worker process started"),
              CompletableFuture.delayedExecutor(100, MILLISECONDS))
          .join();
    }
  }

  public static void main(String[] none) throws Exception {
    JavaProcess.start(Work.class).waitFor();
  }
}
