package dev.polyproc.client;

/** A program that submits to a job, and prints the numbers of what it collects, until it dies. */
final class JobClient {
  private JobClient() {}

  /** The arguments: a pool, a job, how many tasks. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect();
    PolyJob job = polyproc.existingPool(arguments[0]).job(arguments[1]);
    for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
      long unused = job.submit(Task.of("square", Long.class, i));
    }
    while (true) {
      for (TaskResult<Long> result : job.takeResults(Long.class)) {
        System.out.println(result.task());
      }
    }
  }
}
