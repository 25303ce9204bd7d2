package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.SemaphoreSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreGetRequest;
import dev.polyproc.v1.SemaphoreKind;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreServiceGrpc;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** Acquires, drains and releases permits, for a while or until it gives up. */
final class HistorySemaphoreLane implements HistoryLane {
  private static final int PERMITS = 3;
  private static final int PATIENCE_MILLIS = 20;

  private final String semaphore;
  private final Deque<Held> held = new ArrayDeque<>();

  private record Held(long token, int permits) {}

  HistorySemaphoreLane(String semaphore) {
    this.semaphore = semaphore;
  }

  @Override
  public String object() {
    return semaphore;
  }

  @Override
  public void create(Client client) {
    var unused =
        SemaphoreServiceGrpc.newBlockingStub(client.channel())
            .create(
                SemaphoreCreateRequest.newBuilder()
                    .setSemaphore(semaphore)
                    .setPermits(PERMITS)
                    .setKind(SemaphoreKind.SEMAPHORE_KIND_OWNED)
                    .build());
  }

  @Override
  public Specification<?> specification() {
    return new SemaphoreSpecification(PERMITS);
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int choice = random.nextInt(10);
    if (!held.isEmpty() && choice < 6) {
      release(stub, held.remove(), recorder);
    } else if (choice == 9) {
      look(stub, recorder);
    } else if (choice == 8) {
      drain(stub, recorder);
    } else if (choice == 7) {
      acquireUnlessItTakesLong(stub, 1 + random.nextInt(2), random, recorder);
    } else {
      acquire(stub, 1 + random.nextInt(2), random.nextInt(PATIENCE_MILLIS), recorder);
    }
  }

  private void hold(long token, int permits) {
    if (token != 0) {
      held.add(new Held(token, permits));
    }
  }

  private void acquire(StormStub stub, int permits, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(semaphore, "acquire", permits);
    long token =
        stub.command(
                SemaphoreServiceGrpc.getAcquireMethod(),
                SemaphoreAcquireRequest.newBuilder()
                    .setSemaphore(semaphore)
                    .setPermits(permits)
                    .setTimeout(Durations.fromMillis(millis))
                    .build())
            .getToken();
    recorder.told(number, token);
    hold(token, permits);
  }

  private void acquireUnlessItTakesLong(
      StormStub stub, int permits, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int number = recorder.begin(semaphore, "acquire", permits);
    int undone = recorder.begin(semaphore, "undone");
    SemaphoreAcquireResponse response =
        stub.commandWithin(
            1 + random.nextInt(PATIENCE_MILLIS),
            SemaphoreServiceGrpc.getAcquireMethod(),
            SemaphoreAcquireRequest.newBuilder()
                .setSemaphore(semaphore)
                .setPermits(permits)
                .build());
    if (response == null) {
      recorder.isOver(number);
      recorder.told(undone);
    } else {
      recorder.told(number, response.getToken());
      recorder.didNot(undone);
      hold(response.getToken(), permits);
    }
  }

  private void drain(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(semaphore, "drain");
    var response =
        stub.command(
            SemaphoreServiceGrpc.getDrainMethod(),
            SemaphoreDrainRequest.newBuilder().setSemaphore(semaphore).build());
    recorder.told(number, response.getPermits(), response.getToken());
    hold(response.getToken(), response.getPermits());
  }

  private void release(StormStub stub, Held given, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(semaphore, "release", given.token);
    recorder.told(
        number,
        stub.command(
                SemaphoreServiceGrpc.getReleaseMethod(),
                SemaphoreReleaseRequest.newBuilder()
                    .setSemaphore(semaphore)
                    .setToken(given.token)
                    .setPermits(given.permits)
                    .build())
            .getPermits());
  }

  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(semaphore, "get");
    recorder.told(
        number,
        stub.command(
                SemaphoreServiceGrpc.getGetMethod(),
                SemaphoreGetRequest.newBuilder().setSemaphore(semaphore).build())
            .getPermits());
  }
}
