package dev.polyproc.client;

import java.util.concurrent.CountDownLatch;

/** A program that submits to a job, prints the places and tasks of some results, and then hangs. */
final class JobClient {
  private JobClient() {}

  /** The arguments: a pool, a job, how many tasks, and how many results are printed. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect();
    PolyJob job = polyproc.existingPool(arguments[0]).job(arguments[1]);
    for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
      long unused = job.submit(Task.of("square", Long.class, i));
    }
    int left = Integer.parseInt(arguments[3]);
    for (TaskResult<Long> result : job.resultsAsTheyCome(Codec.LONG)) {
      System.out.println(result.place() + " " + result.task());
      left--;
      if (left == 0) {
        new CountDownLatch(1).await();
      }
    }
  }
}
