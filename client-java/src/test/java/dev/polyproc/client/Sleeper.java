package dev.polyproc.client;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** A program that waits for everything there is, is stopped meanwhile, and says what came of it. */
final class Sleeper {
  private Sleeper() {}

  /** Waits at the daemon of the first argument, for objects whose names begin with the second. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc =
        Polyproc.builder().address(arguments[0]).timeToLive(Duration.ofSeconds(1)).connect();
    String name = arguments[1];
    PolyQueue<String> queue = polyproc.queue(name + "-take", String.class);
    PolyPipeEnd<String> end = polyproc.pipe(name + "-pipe", String.class).second();
    PolyQueue<String> consumed = polyproc.queue(name + "-consume", String.class);
    PolyLock lock = polyproc.lock(name + "-lock");
    tell("take", queue::take);
    tell("receive", end::receive);
    tell("takeAsync", () -> queue.takeAsync().get());
    tell(
        "lock",
        () -> {
          lock.lock();
          return "locked";
        });
    tell(
        "consume",
        () -> {
          consumed.consume(1, delivery -> System.out.println("consume got " + delivery.item()));
          return "the end";
        });
  }

  private static void tell(String what, Callable<?> wait) {
    new Thread(
            () -> {
              String came;
              try {
                came = "got " + wait.call();
              } catch (ExecutionException e) {
                came = failedWith(Objects.requireNonNull(e.getCause()));
              } catch (Exception e) {
                came = failedWith(e);
              }
              System.out.println(what + " " + came);
            })
        .start();
  }

  private static String failedWith(Throwable failure) {
    return "failed with " + failure.getClass().getSimpleName();
  }
}
