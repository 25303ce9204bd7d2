package dev.polyproc.integration;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.QueueSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueOrder;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueUnfinished;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Puts items, gets and finishes them or has them go back, for a while or until it gives up; joins.
 */
final class HistoryQueueLane implements HistoryLane {
  private static final int PATIENCE_MILLIS = 20;
  private static final int DELAY_MILLIS = 15;
  private static final int LAST_JOIN_MILLIS = 10_000;
  private static final int PRIORITIES = 3;
  private static final int KEYS = 3;
  private static final int LIMIT = 1;

  /** In place of the number of a reservation: of an item that was taken for good. */
  private static final long TAKEN = 0;

  private final QueueCreateRequest shape;
  private final String queue;
  private final boolean delays;
  private final boolean ends;
  private final Deque<Long> held = new ArrayDeque<>();

  private HistoryQueueLane(QueueCreateRequest.Builder shape, boolean delays, boolean ends) {
    this.shape = shape.build();
    this.queue = shape.getQueue();
    this.delays = delays;
    this.ends = ends;
  }

  private static QueueCreateRequest.Builder named(String queue) {
    return QueueCreateRequest.newBuilder()
        .setQueue(queue)
        .setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN);
  }

  /** First in, first out. */
  static HistoryQueueLane joinable(String queue) {
    return new HistoryQueueLane(named(queue), false, false);
  }

  /** By priority, from both ends. */
  static HistoryQueueLane priority(String queue) {
    return new HistoryQueueLane(
        named(queue).setOrder(QueueOrder.QUEUE_ORDER_PRIORITY), false, true);
  }

  /** Some items are delayed. */
  static HistoryQueueLane delayed(String queue) {
    return new HistoryQueueLane(named(queue), true, false);
  }

  /** Items have keys, and of each key one may be out. */
  static HistoryQueueLane limited(String queue) {
    return new HistoryQueueLane(named(queue).setMaxOutPerKey(LIMIT), false, false);
  }

  /** What was taken counts as finished when the session ends; not all are said to be. */
  static HistoryQueueLane endsFinish(String queue) {
    return new HistoryQueueLane(
        named(queue).setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_DONE), false, false);
  }

  @Override
  public String object() {
    return queue;
  }

  @Override
  public void create(Client client) {
    var unused = client.queues().create(shape);
  }

  @Override
  public Specification<?> specification() {
    return new QueueSpecification(
        shape.getMaxOutPerKey(),
        TimeUnit.MILLISECONDS.toNanos(DELAY_MILLIS),
        shape.getUnfinished() == QueueUnfinished.QUEUE_UNFINISHED_DONE);
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int choice = random.nextInt(12);
    if (!held.isEmpty() && choice < 6) {
      end(stub, choice, recorder);
    } else if (choice == 11) {
      size(stub, recorder);
    } else if (choice == 10) {
      join(stub, random.nextInt(PATIENCE_MILLIS), recorder);
    } else if (choice == 9) {
      getUnlessItTakesLong(stub, random, recorder);
    } else if (choice < 5) {
      put(stub, random, recorder);
    } else {
      get(stub, request(random, random.nextInt(PATIENCE_MILLIS)), recorder);
    }
  }

  private void put(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException {
    long item = 1L + random.nextInt(Integer.MAX_VALUE);
    QueueItemOptions.Builder options = QueueItemOptions.newBuilder();
    int priority = 0;
    if (shape.getOrder() == QueueOrder.QUEUE_ORDER_PRIORITY) {
      priority = random.nextInt(PRIORITIES) - 1;
      options.setPriority(priority);
    }
    int key = shape.getMaxOutPerKey() > 0 ? random.nextInt(KEYS) : 0;
    if (key > 0) {
      options.setKey("key " + key);
    }
    boolean delayed = delays && random.nextBoolean();
    if (delayed) {
      options.setDelay(Durations.fromMillis(DELAY_MILLIS));
    }
    boolean head = ends && random.nextBoolean();
    int number = recorder.begin(queue, "put", item, priority, key, head ? 1 : 0, delayed ? 1 : 0);
    boolean accepted =
        stub.command(
                QueueServiceGrpc.getPutMethod(),
                QueuePutRequest.newBuilder()
                    .setQueue(queue)
                    .setItem(Value.newBuilder().setInt(item))
                    .setOptions(options)
                    .setEnd(head ? QueueEnd.QUEUE_END_HEAD : QueueEnd.QUEUE_END_UNSPECIFIED)
                    .build())
            .getAccepted();
    recorder.told(number, accepted ? 1 : 0);
  }

  /** One that waits so long. */
  private QueueGetRequest request(Random random, int millis) {
    return eternal(random).toBuilder().setTimeout(Durations.fromMillis(millis)).build();
  }

  private QueueGetRequest eternal(Random random) {
    QueueGetRequest.Builder request =
        QueueGetRequest.newBuilder().setQueue(queue).setReserve(random.nextBoolean());
    if (ends && random.nextBoolean()) {
      request.setEnd(QueueEnd.QUEUE_END_TAIL);
    }
    return request.build();
  }

  private int begin(QueueGetRequest request, HistoryRecorder recorder) {
    return recorder.begin(
        queue,
        "get",
        request.getEnd() == QueueEnd.QUEUE_END_TAIL ? 1 : 0,
        request.getReserve() ? 1 : 0);
  }

  /** Whether an item came. */
  private boolean get(StormStub stub, QueueGetRequest request, HistoryRecorder recorder)
      throws InterruptedException {
    int number = begin(request, recorder);
    got(stub, stub.command(QueueServiceGrpc.getGetMethod(), request), number, recorder);
    return !held.isEmpty();
  }

  private void got(StormStub stub, QueueGetResponse response, int number, HistoryRecorder recorder)
      throws InterruptedException {
    recorder.told(
        number, response.getItem().getInt(), response.getReservation(), response.getAttempt());
    if (response.hasItem()) {
      held.add(response.getReservation());
      if (response.getReservation() == TAKEN) {
        size(stub, recorder); // which confirms that it came
      }
    }
  }

  private void getUnlessItTakesLong(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    QueueGetRequest request = eternal(random);
    int number = begin(request, recorder);
    int undone = recorder.begin(queue, "undone");
    QueueGetResponse response =
        stub.commandWithin(
            1 + random.nextInt(PATIENCE_MILLIS), QueueServiceGrpc.getGetMethod(), request);
    if (response == null) {
      recorder.isOver(number);
      recorder.told(undone);
    } else {
      recorder.didNot(undone);
      got(stub, response, number, recorder);
    }
  }

  private void end(StormStub stub, int choice, HistoryRecorder recorder)
      throws InterruptedException {
    long reservation = held.remove();
    if (reservation == TAKEN) {
      if (choice < 4) { // otherwise the end of the session is to finish it
        taskDone(stub, reservation, recorder);
      }
    } else if (choice < 2) {
      boolean release = choice == 0;
      int number = recorder.begin(queue, release ? "release" : "reject", reservation);
      var response =
          stub.command(
              QueueServiceGrpc.getRejectMethod(),
              QueueRejectRequest.newBuilder()
                  .setQueue(queue)
                  .setReservation(reservation)
                  .setRelease(release)
                  .build());
      recorder.told(number, response.getGaveUp() ? 0 : 1);
    } else if (choice < 4) {
      acknowledge(stub, reservation, recorder);
    } else {
      taskDone(stub, reservation, recorder);
    }
  }

  private void taskDone(StormStub stub, long reservation, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(queue, "taskDone", reservation);
    recorder.told(
        number,
        stub.command(
                QueueServiceGrpc.getTaskDoneMethod(),
                QueueTaskDoneRequest.newBuilder()
                    .setQueue(queue)
                    .setReservation(reservation)
                    .build())
            .getUnfinished());
  }

  private void acknowledge(StormStub stub, long reservation, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(queue, "acknowledge", reservation);
    var unused =
        stub.command(
            QueueServiceGrpc.getAcknowledgeMethod(),
            QueueAcknowledgeRequest.newBuilder()
                .setQueue(queue)
                .setReservation(reservation)
                .build());
    recorder.told(number);
  }

  private void join(StormStub stub, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(queue, "join");
    boolean joined =
        stub.command(
                QueueServiceGrpc.getJoinMethod(),
                QueueJoinRequest.newBuilder()
                    .setQueue(queue)
                    .setTimeout(Durations.fromMillis(millis))
                    .build())
            .getJoined();
    if (!joined) {
      recorder.waited(number, TimeUnit.MILLISECONDS.toNanos(millis));
    }
    recorder.told(number, joined ? 1 : 0);
  }

  private void size(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(queue, "size");
    QueueSizeResponse size =
        stub.command(
            QueueServiceGrpc.getSizeMethod(),
            QueueSizeRequest.newBuilder().setQueue(queue).build());
    recorder.told(
        number,
        size.getSize() + size.getDelayed(),
        size.getReserved() + size.getInHand(),
        size.getUnfinished());
  }

  /** Joins while there is something: it ends when all is done, and not by its time. */
  @Override
  public void awaitLook(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    put(stub, new Random(0), recorder);
    join(stub, LAST_JOIN_MILLIS, recorder);
  }

  /** Takes out all that there is: then nobody waits for it any more. */
  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    QueueSizeRequest counts = QueueSizeRequest.newBuilder().setQueue(queue).build();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> stub.command(QueueServiceGrpc.getSizeMethod(), counts).getWaitingJoins() == 1);
    QueueGetRequest request =
        QueueGetRequest.newBuilder()
            .setQueue(queue)
            .setTimeout(Durations.fromMillis(10 * DELAY_MILLIS))
            .setReserve(true)
            .build();
    while (get(stub, request, recorder)) {
      acknowledge(stub, held.remove(), recorder);
    }
    size(stub, recorder);
    join(stub, 0, recorder);
  }
}
