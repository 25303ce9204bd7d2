package dev.polyproc.client;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A program that runs tasks of the tests. */
final class TaskWorker {
  private TaskWorker() {}

  /** What goes by reflection, and so is not within the tests. */
  record Point(long x, long y) {}

  /** A worker with the functions of the tests, which is not started. */
  static WorkerBuilder functions() {
    return Worker.builder()
        .register("square", Long.class, x -> x * x)
        .register("sum", Long.class, Long.class, Long::sum)
        .register("join", String.class, String.class, String.class, (a, b, c) -> a + b + c)
        .register("nothing", () -> null)
        .register("pid", () -> ProcessHandle.current().pid())
        .register("mirror", Point.class, point -> new Point(point.y(), point.x()))
        .register(
            "fail",
            String.class,
            why -> {
              throw new IllegalStateException(why);
            })
        .register(
            "odd",
            Long.class,
            x -> {
              if (x % 2 == 0) {
                throw new IllegalArgumentException(x + " is even");
              }
              return x;
            })
        .register(
            "hang",
            () -> {
              new CountDownLatch(1).await();
              return null;
            })
        .registerTask(
            "hang-at-first",
            run -> {
              if (run.attempt() == 1) {
                new CountDownLatch(1).await();
              }
              return run.attempt();
            })
        .register("spin", TaskWorker::spin)
        .register(
            "exit",
            Integer.class,
            code -> {
              System.err.println("ends with " + code);
              Runtime.getRuntime().halt(code);
              return null;
            })
        .register("bytes", Integer.class, length -> new byte[length])
        .register("unwritable", Object::new)
        .register("recurse", () -> recurse(0))
        .registerTask("count", run -> run.arguments().size())
        .registerTask("attempt", TaskRun::attempt)
        .registerTask("resume", TaskWorker::resume)
        .register(
            "wait",
            Long.class,
            millis -> {
              TimeUnit.MILLISECONDS.sleep(millis);
              return millis;
            });
  }

  private static long recurse(long depth) {
    return depth < 0 ? depth : recurse(depth + 1) + 1;
  }

  /** Heeds no interrupt. */
  private static Object spin() {
    long turns = 0;
    while (turns < Long.MAX_VALUE) {
      turns++;
      Thread.onSpinWait();
    }
    return turns;
  }

  /** Says how far it is, and dies; the next attempt answers that. */
  private static Object resume(TaskRun run) {
    if (run.attempt() == 1) {
      run.heartbeat("half way");
      Runtime.getRuntime().halt(1);
    }
    return run.details(String.class).orElse("");
  }

  /** Runs tasks until it is to retire; with an argument, of so many threads. */
  public static void main(String[] arguments) throws InterruptedException {
    int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
    functions().threads(threads).run();
  }
}
