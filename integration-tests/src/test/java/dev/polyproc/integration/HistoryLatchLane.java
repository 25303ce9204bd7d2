package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.LatchSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.LatchCountDownRequest;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.LatchGetRequest;
import dev.polyproc.v1.LatchServiceGrpc;
import dev.polyproc.v1.LatchWaitRequest;
import java.util.Random;

/** Counts a latch down, and waits at it, for a while. */
final class HistoryLatchLane implements HistoryLane {
  private static final int COUNT = 60;
  private static final int PATIENCE_MILLIS = 20;

  private final String latch;

  HistoryLatchLane(String latch) {
    this.latch = latch;
  }

  @Override
  public String object() {
    return latch;
  }

  @Override
  public void create(Client client) {
    var unused =
        LatchServiceGrpc.newBlockingStub(client.channel())
            .create(LatchCreateRequest.newBuilder().setLatch(latch).setCount(COUNT).build());
  }

  @Override
  public Specification<?> specification() {
    return new LatchSpecification(COUNT);
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException {
    switch (random.nextInt(4)) {
      case 0 -> {
        int number = recorder.begin(latch, "wait");
        var wait =
            LatchWaitRequest.newBuilder()
                .setLatch(latch)
                .setTimeout(Durations.fromMillis(random.nextInt(PATIENCE_MILLIS)))
                .build();
        boolean open = stub.command(LatchServiceGrpc.getWaitMethod(), wait).getOpen();
        recorder.told(number, open ? 1 : 0);
      }
      case 1 -> look(stub, recorder);
      default -> {
        long by = 1 + random.nextInt(2);
        int number = recorder.begin(latch, "countDown", by);
        var countDown = LatchCountDownRequest.newBuilder().setLatch(latch).setBy(by).build();
        recorder.told(
            number, stub.command(LatchServiceGrpc.getCountDownMethod(), countDown).getCount());
      }
    }
  }

  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(latch, "get");
    var get = LatchGetRequest.newBuilder().setLatch(latch).build();
    recorder.told(number, stub.command(LatchServiceGrpc.getGetMethod(), get).getCount());
  }
}
