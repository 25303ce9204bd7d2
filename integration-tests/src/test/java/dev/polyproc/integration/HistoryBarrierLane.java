package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.history.BarrierSpecification;
import dev.polyproc.integration.history.Specification;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierGetRequest;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierServiceGrpc;
import dev.polyproc.v1.BarrierWaitRequest;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ErrorReason;
import io.grpc.StatusRuntimeException;
import java.util.Random;

/**
 * Waits at a barrier, for a while, resets it when it is broken, or mends the round that broke, and
 * breaks it now and then.
 */
final class HistoryBarrierLane implements HistoryLane {
  private static final int PARTIES = 2;
  private static final int PATIENCE_MILLIS = 40;

  private final String barrier;
  private boolean seenBroken;

  /** The round that broke, as the last refusal said. */
  private long brokenRound;

  HistoryBarrierLane(String barrier) {
    this.barrier = barrier;
  }

  @Override
  public String object() {
    return barrier;
  }

  @Override
  public void create(Client client) {
    var unused =
        BarrierServiceGrpc.newBlockingStub(client.channel())
            .create(
                BarrierCreateRequest.newBuilder().setBarrier(barrier).setParties(PARTIES).build());
  }

  @Override
  public Specification<?> specification() {
    return new BarrierSpecification(PARTIES);
  }

  @Override
  public void step(StormStub stub, Random random, HistoryRecorder recorder)
      throws InterruptedException {
    int choice = random.nextInt(16);
    if (seenBroken && choice < 4) {
      reset(stub, recorder);
    } else if (seenBroken && choice < 12) {
      mend(stub, recorder);
    } else if (choice == 0) {
      abort(stub, recorder);
    } else if (choice == 1) {
      look(stub, recorder);
    } else {
      await(stub, random.nextInt(PATIENCE_MILLIS), recorder);
    }
  }

  private void await(StormStub stub, int millis, HistoryRecorder recorder)
      throws InterruptedException {
    int arrive = recorder.begin(barrier, "arrive");
    int pass = recorder.begin(barrier, "pass");
    int timeout = recorder.begin(barrier, "timeout");
    int refused = recorder.begin(barrier, "refused");
    BarrierWaitResponse response;
    try {
      response =
          stub.command(
              BarrierServiceGrpc.getWaitMethod(),
              BarrierWaitRequest.newBuilder()
                  .setBarrier(barrier)
                  .setTimeout(Durations.fromMillis(millis))
                  .build());
    } catch (StatusRuntimeException e) {
      Refusal refusal = Refusal.of(e);
      if (refusal.reason() != ErrorReason.ERROR_REASON_BARRIER_BROKEN) {
        throw e;
      }
      brokenRound = Long.parseLong(refusal.metadata().get("round"));
      recorder.isOver(arrive); // It may have been broken before.
      recorder.didNot(pass);
      recorder.didNot(timeout);
      recorder.told(refused);
      seenBroken = true;
      return;
    }
    recorder.told(arrive);
    recorder.didNot(refused);
    if (response.getPassed()) {
      recorder.told(pass, response.getIndex(), response.getRound());
      recorder.didNot(timeout);
    } else {
      recorder.didNot(pass);
      recorder.told(timeout);
      seenBroken = true;
      brokenRound = response.getRound();
    }
  }

  private void abort(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(barrier, "abort");
    var abort = BarrierAbortRequest.newBuilder().setBarrier(barrier).build();
    boolean broken = stub.command(BarrierServiceGrpc.getAbortMethod(), abort).getWasBroken();
    recorder.told(number, broken ? 1 : 0);
    seenBroken = true;
  }

  private void reset(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(barrier, "reset");
    var reset = BarrierResetRequest.newBuilder().setBarrier(barrier).build();
    boolean broken = stub.command(BarrierServiceGrpc.getResetMethod(), reset).getWasBroken();
    recorder.told(number, broken ? 1 : 0);
    seenBroken = false;
  }

  private void mend(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(barrier, "mend", brokenRound);
    var mend = BarrierResetRequest.newBuilder().setBarrier(barrier).setRound(brokenRound).build();
    boolean mended = stub.command(BarrierServiceGrpc.getResetMethod(), mend).getReset();
    recorder.told(number, mended ? 1 : 0);
    seenBroken = false;
  }

  @Override
  public void look(StormStub stub, HistoryRecorder recorder) throws InterruptedException {
    int number = recorder.begin(barrier, "get");
    var get = BarrierGetRequest.newBuilder().setBarrier(barrier).build();
    var response = stub.command(BarrierServiceGrpc.getGetMethod(), get);
    recorder.told(number, response.getWaiting(), response.getRound(), response.getBroken() ? 1 : 0);
  }
}
