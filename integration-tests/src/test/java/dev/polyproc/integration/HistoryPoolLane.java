package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.PoolSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCancelResponse;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Submits tasks, and is a worker: takes, completes, fails and gives back; cancels, and reads. */
final class HistoryPoolLane implements HistoryLane {
  private static final int ATTEMPTS = 3;
  private static final int PATIENCE_MILLIS = 20;

  /** Without a key, and two keys. */
  private static final int KEYS = 3;

  private final String pool;
  private final String job;
  private long run;
  private long lastTask;
  private long after;

  HistoryPoolLane(String pool) {
    this.pool = pool;
    this.job = pool + "/job";
  }

  @Override
  public String object() {
    return pool;
  }

  @Override
  public void create(Client client) {
    var pools = PoolServiceGrpc.newBlockingStub(client.channel());
    var unused =
        pools.create(
            PoolCreateRequest.newBuilder()
                .setPool(pool)
                .setAttempts(ATTEMPTS)
                .setMaxRunsPerKey(1)
                .setGrace(Durations.fromSeconds(600)) // No run ends by it.
                .build());
    var unusedJob =
        pools.createJob(PoolCreateJobRequest.newBuilder().setPool(pool).setJob(job).build());
  }

  @Override
  public Specification<?> specification() {
    return new PoolSpecification(ATTEMPTS, 1);
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int choice = random.nextInt(12);
    if (run != 0 && choice < 8) {
      end(stub, choice, recorder);
    } else if (choice < 3) {
      submit(stub, random.nextInt(KEYS), recorder);
    } else if (choice < 8) {
      take(stub, random, recorder);
    } else if (choice == 8) {
      cancel(stub, 1 + random.nextLong(lastTask + 1), recorder);
    } else if (choice == 9) {
      count(stub, recorder);
    } else {
      read(stub, recorder);
    }
  }

  private void submit(StormStub stub, int key, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(pool, "submit", key);
    lastTask =
        stub.command(
                PoolServiceGrpc.getSubmitMethod(),
                PoolSubmitRequest.newBuilder()
                    .setJob(job)
                    .addTasks(
                        PoolTask.newBuilder()
                            .setCall(PoolCall.newBuilder().setFunction("f"))
                            .setKey(key == 0 ? "" : "key" + key))
                    .build())
            .getFirst();
    recorder.told(number, lastTask);
  }

  private void take(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int number = recorder.begin(pool, "take");
    PoolTakeRequest.Builder request = PoolTakeRequest.newBuilder().setPool(pool);
    if (random.nextInt(3) > 0) {
      request.setTimeout(Durations.fromMillis(random.nextInt(PATIENCE_MILLIS)));
      took(stub.command(PoolServiceGrpc.getTakeMethod(), request.build()), number, recorder);
      return;
    }
    int undone = recorder.begin(pool, "undone");
    PoolTakeResponse response =
        stub.commandWithin(
            1 + random.nextInt(PATIENCE_MILLIS), PoolServiceGrpc.getTakeMethod(), request.build());
    if (response == null) {
      recorder.isOver(number);
      recorder.told(undone);
    } else {
      took(response, number, recorder);
      recorder.didNot(undone);
    }
  }

  private void took(PoolTakeResponse response, int number, HistoryRecorder recorder) {
    if (response.getRunsCount() == 0) {
      recorder.told(number, 0, 0, 0);
      return;
    }
    PoolRun taken = response.getRuns(0);
    run = taken.getRun();
    recorder.told(number, run, taken.getTask(), taken.getAttempt());
  }

  private void end(StormStub stub, int how, HistoryRecorder recorder) throws InterruptedException {
    long over = run;
    run = 0;
    if (how < 4) {
      Value value = Value.newBuilder().setInt(over).build();
      complete(
          stub, "complete", PoolCompletion.newBuilder().setRun(over).setValue(value), recorder);
    } else if (how < 6) {
      complete(
          stub, "giveBack", PoolCompletion.newBuilder().setRun(over).setReturned(true), recorder);
    } else {
      int number = recorder.begin(pool, "fail", over);
      boolean again =
          stub.command(
                  PoolServiceGrpc.getFailMethod(),
                  PoolFailRequest.newBuilder()
                      .setPool(pool)
                      .setRun(over)
                      .setFailure(PoolFailure.newBuilder().setMessage("as it should"))
                      .setRetry(true)
                      .build())
              .getRetried();
      recorder.told(number, again ? 1 : 0);
    }
  }

  private void complete(
      StormStub stub, String what, PoolCompletion.Builder completion, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(pool, what, completion.getRun());
    recorder.told(
        number,
        stub.command(
                PoolServiceGrpc.getCompleteMethod(),
                PoolCompleteRequest.newBuilder().setPool(pool).addCompletions(completion).build())
            .getEndedCount());
  }

  private void cancel(StormStub stub, long task, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(pool, "cancel", task);
    PoolCancelResponse response =
        stub.command(
            PoolServiceGrpc.getCancelMethod(),
            PoolCancelRequest.newBuilder().setJob(job).addTasks(task).build());
    recorder.told(number, response.getCancelled(), response.getRunning());
  }

  private void count(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(pool, "get");
    PoolGetResponse now =
        stub.command(
            PoolServiceGrpc.getGetMethod(), PoolGetRequest.newBuilder().setPool(pool).build());
    recorder.told(number, now.getWaiting(), now.getRunning());
  }

  /** The next result behind those that were read; null: there is none yet. */
  private @Nullable PoolResult read(StormStub stub, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(pool, "read", after);
    var response =
        stub.command(
            PoolServiceGrpc.getResultsMethod(),
            PoolResultsRequest.newBuilder()
                .setJob(job)
                .setAfter(after)
                .setMax(1)
                .setTimeout(Durations.ZERO)
                .build());
    if (response.getResultsCount() == 0) {
      recorder.told(number, 0, 0, 0);
      return null;
    }
    PoolResult result = response.getResults(0);
    after = result.getPlace();
    recorder.told(number, after, result.getTask(), result.getOutcomeValue());
    return result;
  }

  /** Runs what is left, and reads all results: each task has one. */
  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    count(stub, recorder);
    takeAtOnce(stub, recorder);
    while (run != 0) {
      end(stub, 0, recorder);
      takeAtOnce(stub, recorder);
    }
    while (read(stub, recorder) != null) {
      // The next.
    }
  }

  private void takeAtOnce(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(pool, "take");
    PoolTakeRequest request =
        PoolTakeRequest.newBuilder().setPool(pool).setTimeout(Durations.ZERO).build();
    took(stub.command(PoolServiceGrpc.getTakeMethod(), request), number, recorder);
  }
}
