package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.ReadWriteLockSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockGetRequest;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import java.io.IOException;
import java.util.Random;

/** Reads and writes under a read-write lock, and reads on after it has written. */
final class HistoryReadWriteLockLane implements HistoryLane {
  private static final int PATIENCE_MILLIS = 20;

  private final String lock;
  private long reading;
  private long writing;

  HistoryReadWriteLockLane(String lock) {
    this.lock = lock;
  }

  @Override
  public String object() {
    return lock;
  }

  @Override
  public void create(Client client) {
    var unused =
        ReadWriteLockServiceGrpc.newBlockingStub(client.channel())
            .create(ReadWriteLockCreateRequest.newBuilder().setLock(lock).build());
  }

  @Override
  public Specification<?> specification() {
    return new ReadWriteLockSpecification();
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    if (writing != 0) {
      if (reading == 0 && random.nextInt(3) == 0) {
        reading = acquire(stub, ReadWriteMode.READ_WRITE_MODE_READ, 0, recorder);
      }
      release(stub, ReadWriteMode.READ_WRITE_MODE_WRITE, writing, recorder);
      writing = 0;
    } else if (reading != 0) {
      release(stub, ReadWriteMode.READ_WRITE_MODE_READ, reading, recorder);
      reading = 0;
    } else {
      switch (random.nextInt(6)) {
        case 0 -> look(stub, recorder);
        case 1 ->
            writing =
                acquireUnlessItTakesLong(
                    stub, ReadWriteMode.READ_WRITE_MODE_WRITE, random, recorder);
        case 2 ->
            reading =
                acquireUnlessItTakesLong(
                    stub, ReadWriteMode.READ_WRITE_MODE_READ, random, recorder);
        case 3 ->
            writing =
                acquire(
                    stub,
                    ReadWriteMode.READ_WRITE_MODE_WRITE,
                    random.nextInt(PATIENCE_MILLIS),
                    recorder);
        default ->
            reading =
                acquire(
                    stub,
                    ReadWriteMode.READ_WRITE_MODE_READ,
                    random.nextInt(PATIENCE_MILLIS),
                    recorder);
      }
    }
  }

  private ReadWriteLockAcquireRequest.Builder acquire(ReadWriteMode mode) {
    return ReadWriteLockAcquireRequest.newBuilder().setLock(lock).setMode(mode);
  }

  private long acquire(StormStub stub, ReadWriteMode mode, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(lock, "acquire", mode.getNumber());
    long token =
        stub.command(
                ReadWriteLockServiceGrpc.getAcquireMethod(),
                acquire(mode).setTimeout(Durations.fromMillis(millis)).build())
            .getToken();
    recorder.told(number, token);
    return token;
  }

  private long acquireUnlessItTakesLong(
      StormStub stub, ReadWriteMode mode, Random random, HistoryRecorder recorder)
      throws InterruptedException, IOException {
    int number = recorder.begin(lock, "acquire", mode.getNumber());
    int undone = recorder.begin(lock, "undone");
    ReadWriteLockAcquireResponse response =
        stub.commandWithin(
            1 + random.nextInt(PATIENCE_MILLIS),
            ReadWriteLockServiceGrpc.getAcquireMethod(),
            acquire(mode).build());
    if (response == null) {
      recorder.isOver(number);
      recorder.told(undone);
      return 0;
    }
    recorder.told(number, response.getToken());
    recorder.didNot(undone);
    return response.getToken();
  }

  private void release(StormStub stub, ReadWriteMode mode, long token, HistoryRecorder recorder)
      throws InterruptedException {
    int number = recorder.begin(lock, "release", token);
    stub.command(
        ReadWriteLockServiceGrpc.getReleaseMethod(),
        ReadWriteLockReleaseRequest.newBuilder()
            .setLock(lock)
            .setMode(mode)
            .setToken(token)
            .build());
    recorder.told(number);
  }

  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(lock, "get");
    var get = ReadWriteLockGetRequest.newBuilder().setLock(lock).build();
    var response = stub.command(ReadWriteLockServiceGrpc.getGetMethod(), get);
    recorder.told(number, response.hasWriter() ? 1 : 0, response.getReading());
  }
}
