package processes;

/** A process that is a worker. */
final class Worker {
  private Worker() {}

  /** What the worker does. */
  static final class Work {
    private Work() {}

    public static void main(String[] none) {
      System.out.println("Worker process started");
    }
  }

  public static void main(String[] none) throws Exception {
    JavaProcess.start(Work.class).waitFor();
  }
}
