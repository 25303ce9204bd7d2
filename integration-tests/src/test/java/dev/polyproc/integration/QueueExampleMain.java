package dev.polyproc.integration;

import static dev.polyproc.integration.ExampleQueues.value;
import static dev.polyproc.v1.QueueUnfinished.QUEUE_UNFINISHED_RETURN;
import static dev.polyproc.v1.QueueUnfinished.QUEUE_UNFINISHED_UNSPECIFIED;

import dev.polyproc.v1.Null;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs that are known from Python's multiprocessing, each process a session: the arguments are
 * the number of the example, or a role in one, and a queue.
 */
final class QueueExampleMain {
  private static final String STOP = "STOP";
  private static final int TASKS = 1_000;
  private static final int WORKERS = 4;

  private QueueExampleMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String queue = arguments[1];
    ExampleQueues queues = ExampleQueues.open();
    switch (arguments[0]) {
      case "0-3" -> producerAndConsumer(queues, queue);
      case "0-16" -> workQueue(queues, queue);
      case "1-4" -> whileNotEmpty(queues, queue);
      case "3-2" -> sentinel(queues, queue);
      case "produceAndStop" -> produceAndStop(queues, queue);
      case "consumeUntilStop" -> consumeUntilStop(queues, queue);
      case "sumOfSquares" -> sumOfSquares(queues, queue);
      case "produceTen" -> produceTen(queues, queue);
      case "consumeWhileNotEmpty" -> consumeWhileNotEmpty(queues, queue);
      case "produceUntilNone" -> produceUntilNone(queues, queue);
      case "consumeUntilNone" -> consumeUntilNone(queues, queue);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }

  /** Another process, with a role. */
  private static Process start(String role, String queue) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            QueueExampleMain.class.getName(),
            role,
            queue)
        .inheritIO()
        .start();
  }

  private static void join(ExampleQueues queues, String queue) {
    System.out.println(queues.join(queue) ? "joined" : "not joined");
  }

  // A producer, a consumer and join.

  private static void produceAndStop(ExampleQueues queues, String queue) {
    for (int item = 1; item <= 2; item++) {
      System.out.println("Producer " + item);
      queues.put(queue, value(item));
    }
    System.out.println("Producer " + STOP);
    queues.put(queue, value(STOP));
  }

  private static void consumeUntilStop(ExampleQueues queues, String queue) {
    boolean stopped = false;
    while (!stopped) {
      Value item = queues.get(queue);
      stopped = item.getText().equals(STOP);
      System.out.println("Consumer " + (stopped ? STOP : item.getInt()));
      queues.taskDone(queue);
    }
  }

  private static void producerAndConsumer(ExampleQueues queues, String queue)
      throws IOException, InterruptedException {
    queues.create(queue, QUEUE_UNFINISHED_RETURN);
    Process producer = start("produceAndStop", queue);
    Process consumer = start("consumeUntilStop", queue);
    producer.waitFor();
    join(queues, queue);
    consumer.waitFor();
    System.out.println("once more " + reason(() -> queues.taskDone(queue)));
    String plain = queue + "/plain";
    queues.create(plain, QUEUE_UNFINISHED_UNSPECIFIED);
    System.out.println(
        "a plain queue "
            + reason(() -> queues.taskDone(plain))
            + " "
            + reason(() -> queues.join(plain)));
  }

  private static String reason(Runnable call) {
    return Refusal.reasonOf(call::run).name().substring("ERROR_REASON_".length());
  }

  // Workers that share one queue of work, and put results into another.

  private static void sumOfSquares(ExampleQueues queues, String queue) {
    while (!queues.isEmpty(queue)) {
      QueueGetResponse task = queues.get(queue, 0); // Another one may have been faster.
      if (task.hasItem()) {
        queues.put(queue + "/results", value(task.getItem().getInt() * task.getItem().getInt()));
        queues.taskDone(queue);
      }
    }
  }

  private static void workQueue(ExampleQueues queues, String queue)
      throws IOException, InterruptedException {
    String results = queue + "/results";
    queues.create(queue, QUEUE_UNFINISHED_RETURN);
    queues.create(results, QUEUE_UNFINISHED_UNSPECIFIED);
    for (int number = 0; number < TASKS; number++) {
      queues.put(queue, value(number));
    }
    List<Process> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(start("sumOfSquares", queue));
    }
    join(queues, queue);
    for (Process worker : workers) {
      worker.waitFor();
    }
    long sum = 0;
    while (!queues.isEmpty(results)) {
      sum += queues.get(results).getInt();
    }
    System.out.println("The sum of squares is: " + sum);
  }

  // A consumer that ends when the queue is empty.

  private static void produceTen(ExampleQueues queues, String queue) {
    for (int number = 0; number < 10; number++) {
      queues.put(queue, value(number));
    }
  }

  private static void consumeWhileNotEmpty(ExampleQueues queues, String queue) {
    while (!queues.isEmpty(queue)) {
      System.out.println(queues.get(queue).getInt());
    }
  }

  private static void whileNotEmpty(ExampleQueues queues, String queue)
      throws IOException, InterruptedException {
    queues.create(queue, QUEUE_UNFINISHED_UNSPECIFIED);
    start("produceTen", queue).waitFor();
    start("consumeWhileNotEmpty", queue).waitFor();
  }

  // A consumer that ends at a None.

  private static void produceUntilNone(ExampleQueues queues, String queue) {
    for (int number = 0; number < 10; number++) {
      queues.put(queue, value(number));
      System.out.println("Produced: " + number);
    }
    queues.put(queue, Value.newBuilder().setNull(Null.getDefaultInstance()).build());
  }

  private static void consumeUntilNone(ExampleQueues queues, String queue) {
    for (Value item = queues.get(queue); !item.hasNull(); item = queues.get(queue)) {
      System.out.println("Consumed: " + item.getInt());
    }
  }

  private static void sentinel(ExampleQueues queues, String queue)
      throws IOException, InterruptedException {
    queues.create(queue, QUEUE_UNFINISHED_UNSPECIFIED);
    Process producer = start("produceUntilNone", queue);
    Process consumer = start("consumeUntilNone", queue);
    System.out.println("exit codes [" + producer.waitFor() + ", " + consumer.waitFor() + "]");
  }
}
