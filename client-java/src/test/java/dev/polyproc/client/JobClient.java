package dev.polyproc.client;

/** A program that submits to a job, and prints the places and tasks of what it collects. */
final class JobClient {
  private JobClient() {}

  /** The arguments: a pool, a job, how many tasks. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect();
    PolyJob job = polyproc.existingPool(arguments[0]).job(arguments[1]);
    for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
      long unused = job.submit(Task.of("square", Long.class, i));
    }
    for (TaskResult<Long> result : job.resultsAsTheyCome(Codec.LONG)) {
      System.out.println(result.place() + " " + result.task());
    }
  }
}
