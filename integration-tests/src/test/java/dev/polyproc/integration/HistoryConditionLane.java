package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.ConditionSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionGetRequest;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionServiceGrpc;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockServiceGrpc;
import java.io.IOException;
import java.util.Random;

/** Acquires a lock, waits at its condition, and notifies who waits there. */
final class HistoryConditionLane implements HistoryLane {
  private static final String CONDITION = "/condition";
  private static final int PATIENCE_MILLIS = 30;

  private final String lock;
  private long token;

  HistoryConditionLane(String lock) {
    this.lock = lock;
  }

  @Override
  public String object() {
    return lock;
  }

  @Override
  public void create(Client client) {
    client.locks().create(Requests.createLock(lock));
    var unused =
        ConditionServiceGrpc.newBlockingStub(client.channel())
            .create(
                ConditionCreateRequest.newBuilder()
                    .setLock(lock)
                    .setCondition(lock + CONDITION)
                    .build());
  }

  @Override
  public Specification<?> specification() {
    return new ConditionSpecification();
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    if (token == 0 && random.nextInt(8) == 0) {
      look(stub, recorder);
    } else if (token == 0 && random.nextInt(3) == 0) {
      acquireUnlessItTakesLong(stub, random, recorder);
    } else if (token == 0) {
      acquire(stub, random.nextInt(PATIENCE_MILLIS), recorder);
    }
    if (token == 0) {
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> await(stub, random.nextInt(PATIENCE_MILLIS), recorder);
      case 1 -> notify(stub, 1 + random.nextInt(2), recorder);
      default -> {}
    }
    if (random.nextInt(4) > 0) {
      release(stub, recorder);
    }
  }

  private void acquire(StormStub stub, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(lock, "acquire");
    token =
        stub.command(
                LockServiceGrpc.getAcquireMethod(),
                LockAcquireRequest.newBuilder()
                    .setLock(lock)
                    .setTimeout(Durations.fromMillis(millis))
                    .build())
            .getToken();
    recorder.told(number, token);
  }

  private void acquireUnlessItTakesLong(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int number = recorder.begin(lock, "acquire");
    int undone = recorder.begin(lock, "undone");
    LockAcquireResponse response =
        stub.commandWithin(
            1 + random.nextInt(PATIENCE_MILLIS),
            LockServiceGrpc.getAcquireMethod(),
            LockAcquireRequest.newBuilder().setLock(lock).build());
    if (response == null) {
      recorder.isOver(number);
      recorder.told(undone);
    } else {
      token = response.getToken();
      recorder.told(number, token);
      recorder.didNot(undone);
    }
  }

  private void await(StormStub stub, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int sleep = recorder.begin(lock, "sleep", token);
    int timeout = recorder.begin(lock, "timeout");
    int wake = recorder.begin(lock, "wake");
    ConditionWaitResponse response =
        stub.command(
            ConditionServiceGrpc.getWaitMethod(),
            ConditionWaitRequest.newBuilder()
                .setCondition(lock + CONDITION)
                .setTimeout(Durations.fromMillis(millis))
                .build());
    token = response.getToken();
    recorder.told(sleep);
    if (response.getNotified()) {
      recorder.didNot(timeout);
    } else {
      recorder.told(timeout);
    }
    recorder.told(wake, response.getNotified() ? 1 : 0, token);
  }

  private void notify(StormStub stub, int count, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(lock, "notify", count);
    recorder.told(
        number,
        stub.command(
                ConditionServiceGrpc.getNotifyMethod(),
                ConditionNotifyRequest.newBuilder()
                    .setCondition(lock + CONDITION)
                    .setCount(count)
                    .build())
            .getNotified());
  }

  private void release(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(lock, "release", token);
    stub.command(LockServiceGrpc.getReleaseMethod(), Requests.release(lock, token));
    recorder.told(number);
    token = 0;
  }

  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(lock, "get");
    recorder.told(
        number,
        stub.command(
                ConditionServiceGrpc.getGetMethod(),
                ConditionGetRequest.newBuilder().setCondition(lock + CONDITION).build())
            .getWaiting());
  }
}
