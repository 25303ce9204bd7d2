package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.SeveralLocksSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockGetRequest;
import dev.polyproc.v1.LockServiceGrpc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Acquires some of several locks at once, in any order. */
final class HistorySeveralLocksLane implements HistoryLane {
  private static final int LOCKS = 3;
  private static final int PATIENCE_MILLIS = 20;

  private final String prefix;
  private final List<Held> held = new ArrayList<>();

  private record Held(int lock, long token) {}

  HistorySeveralLocksLane(String prefix) {
    this.prefix = prefix;
  }

  @Override
  public String object() {
    return prefix;
  }

  @Override
  public void create(Client client) {
    for (int i = 0; i < LOCKS; i++) {
      client.locks().create(Requests.createLock(prefix + i));
    }
  }

  @Override
  public Specification<?> specification() {
    return new SeveralLocksSpecification(LOCKS);
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    if (!held.isEmpty()) {
      release(stub, held.remove(random.nextInt(held.size())), recorder);
      return;
    }
    List<Integer> locks = new ArrayList<>(List.of(0, 1, 2));
    Collections.shuffle(locks, random);
    List<Integer> some = locks.subList(0, 1 + random.nextInt(LOCKS));
    if (random.nextInt(4) == 0) {
      acquireUnlessItTakesLong(stub, some, random, recorder);
    } else {
      acquire(stub, some, random.nextInt(PATIENCE_MILLIS), recorder);
    }
  }

  private LockAcquireAllRequest.Builder all(List<Integer> locks) {
    LockAcquireAllRequest.Builder request = LockAcquireAllRequest.newBuilder();
    locks.forEach(lock -> request.addLocks(prefix + lock));
    return request;
  }

  private int begin(List<Integer> locks, HistoryRecorder recorder) {
    return recorder.begin(
        prefix, "acquire", locks.stream().mapToLong(Integer::longValue).toArray());
  }

  private void acquire(StormStub stub, List<Integer> locks, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int number = begin(locks, recorder);
    LockAcquireAllResponse response =
        stub.command(
            LockServiceGrpc.getAcquireAllMethod(),
            all(locks).setTimeout(Durations.fromMillis(millis)).build());
    told(number, locks, response, recorder);
  }

  private void acquireUnlessItTakesLong(
      StormStub stub, List<Integer> locks, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int number = begin(locks, recorder);
    int undone = recorder.begin(prefix, "undone");
    LockAcquireAllResponse response =
        stub.commandWithin(
            1 + random.nextInt(PATIENCE_MILLIS),
            LockServiceGrpc.getAcquireAllMethod(),
            all(locks).build());
    if (response == null) {
      recorder.isOver(number);
      recorder.told(undone);
    } else {
      told(number, locks, response, recorder);
      recorder.didNot(undone);
    }
  }

  private void told(
      int number, List<Integer> locks, LockAcquireAllResponse response, HistoryRecorder recorder) {
    if (!response.getAcquired()) {
      recorder.told(number, 0);
      return;
    }
    long[] tokens =
        response.getHoldsList().stream().mapToLong(LockAcquireResponse::getToken).toArray();
    recorder.told(number, tokens);
    for (int i = 0; i < tokens.length; i++) {
      held.add(new Held(locks.get(i), tokens[i]));
    }
  }

  private void release(StormStub stub, Held given, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(prefix, "release", given.lock, given.token);
    stub.command(
        LockServiceGrpc.getReleaseMethod(), Requests.release(prefix + given.lock, given.token));
    recorder.told(number);
  }

  /** Only while nobody uses them: it takes a call for each. */
  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(prefix, "get");
    long[] all = new long[LOCKS];
    for (int i = 0; i < LOCKS; i++) {
      var get = LockGetRequest.newBuilder().setLock(prefix + i).build();
      all[i] = stub.command(LockServiceGrpc.getGetMethod(), get).getHeld() ? 1 : 0;
    }
    recorder.told(number, all);
  }
}
