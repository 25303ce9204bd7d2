package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.BarrierAbortRequest;
import dev.polyproc.v1.BarrierActionDoneRequest;
import dev.polyproc.v1.BarrierBreak;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.BarrierGetRequest;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.BarrierResetRequest;
import dev.polyproc.v1.BarrierServiceGrpc;
import dev.polyproc.v1.BarrierServiceGrpc.BarrierServiceBlockingStub;
import dev.polyproc.v1.BarrierWaitRequest;
import dev.polyproc.v1.BarrierWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** BarrierService. */
public abstract class BarrierContract extends ContractSuite {
  private static final ErrorReason BROKEN = ErrorReason.ERROR_REASON_BARRIER_BROKEN;

  private BarrierServiceBlockingStub barriers() {
    return BarrierServiceGrpc.newBlockingStub(channel());
  }

  private void create(int parties, boolean action) {
    var unused =
        barriers()
            .create(
                BarrierCreateRequest.newBuilder()
                    .setBarrier(name())
                    .setParties(parties)
                    .setAction(action)
                    .build());
  }

  private BarrierWaitRequest request() {
    return BarrierWaitRequest.newBuilder().setBarrier(name()).build();
  }

  private BarrierGetResponse get() {
    return barriers().get(BarrierGetRequest.newBuilder().setBarrier(name()).build());
  }

  /** A party that comes, and waits. */
  private Future<BarrierWaitResponse> party(Channel channel) {
    int before = get().getWaiting();
    Future<BarrierWaitResponse> party = BarrierServiceGrpc.newFutureStub(channel).wait(request());
    await().until(() -> get().getWaiting() == before + 1);
    return party;
  }

  private BarrierWaitResponse last(Channel channel) {
    return BarrierServiceGrpc.newBlockingStub(channel).wait(request());
  }

  private void actionDone(Channel channel, long round, boolean failed) {
    var unused =
        BarrierServiceGrpc.newBlockingStub(channel)
            .actionDone(
                BarrierActionDoneRequest.newBuilder()
                    .setBarrier(name())
                    .setRound(round)
                    .setFailed(failed)
                    .build());
  }

  @Test
  void shouldTellAllPartiesTheirIndexWhenTheLastComes() {
    create(3, false);
    for (int round = 0; round < 2; round++) {
      Future<BarrierWaitResponse> first = party(channel());
      Future<BarrierWaitResponse> second = party(channel());
      BarrierWaitResponse last = last(channel());

      BarrierWaitResponse passed =
          BarrierWaitResponse.newBuilder().setPassed(true).setRound(round).build();
      assertThat(last).isEqualTo(passed);
      assertThat(get(second)).isEqualTo(passed.toBuilder().setIndex(1).build());
      assertThat(get(first)).isEqualTo(passed.toBuilder().setIndex(2).build());
    }
    assertThat(get().getRound()).isEqualTo(2);
  }

  @Test
  void shouldTellTheLastToRunTheActionAndTheOthersWhenItIsDone() {
    create(2, true);
    assertThat(reasonOf(() -> last(channel())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    Channel a = in(openSession());
    Channel b = in(openSession());
    Future<BarrierWaitResponse> first = party(a);
    BarrierWaitResponse last = last(b);

    assertThat(last.getRunAction()).isTrue();
    assertThat(first.isDone()).isFalse();
    assertThat(get().hasRunner()).isTrue();
    assertThat(reasonOf(() -> actionDone(a, 0, false)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    actionDone(b, last.getRound(), false);

    assertThat(get(first).getPassed()).isTrue();
    assertThat(get(first).getRunAction()).isFalse();
    assertThat(reasonOf(() -> actionDone(b, 0, false)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
  }

  @Test
  void shouldBreakWhenTheActionFails() {
    create(2, true);
    Future<BarrierWaitResponse> first = party(in(openSession()));
    Channel b = in(openSession());

    actionDone(b, last(b).getRound(), true);

    assertThat(reasonOf(() -> get(first))).isEqualTo(BROKEN);
    assertThat(get().getBroken()).isTrue();
  }

  @Test
  void shouldBreakWhenTheSessionOfAPartyOrOfAnActionEnds() {
    create(2, true);
    Channel a = in(openSession());
    String ending = openSession();
    Future<BarrierWaitResponse> first = party(a);
    last(in(ending));
    end(ending);
    assertThat(reasonOf(() -> get(first))).isEqualTo(BROKEN);
    reset();

    String dying = openSession();
    Future<BarrierWaitResponse> party = party(in(dying));
    end(dying);

    assertThat(reasonOf(() -> get(party))).isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
    assertThat(reasonOf(() -> last(a))).isEqualTo(BROKEN);
  }

  private void end(String session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(in(session)).end(SessionEndRequest.getDefaultInstance());
  }

  private void reset() {
    assertThat(
            barriers()
                .reset(BarrierResetRequest.newBuilder().setBarrier(name()).build())
                .getWasBroken())
        .isTrue();
  }

  @Test
  void shouldBreakForAllWhenTheTimeOfOneIsUp() {
    create(3, false);
    Future<BarrierWaitResponse> first = party(channel());

    assertThat(barriers().wait(request().toBuilder().setTimeout(SHORT).build()).getPassed())
        .isFalse();

    assertThat(reasonOf(() -> get(first))).isEqualTo(BROKEN);
    assertThat(reasonOf(() -> last(channel()))).isEqualTo(BROKEN);
  }

  @Test
  void shouldBreakWhenARpcIsGivenUp() {
    create(3, false);
    Future<BarrierWaitResponse> first = party(channel());
    Future<BarrierWaitResponse> second = party(channel());

    second.cancel(true);

    assertThat(reasonOf(() -> get(first))).isEqualTo(BROKEN);
  }

  @Test
  void shouldStayBrokenUntilItIsReset() {
    create(2, false);
    Future<BarrierWaitResponse> first = party(channel());
    BarrierAbortRequest abort = BarrierAbortRequest.newBuilder().setBarrier(name()).build();

    assertThat(barriers().abort(abort).getWasBroken()).isFalse();

    assertThat(reasonOf(() -> get(first))).isEqualTo(BROKEN);
    assertThat(reasonOf(() -> last(channel()))).isEqualTo(BROKEN);
    reset();
    Future<BarrierWaitResponse> again = party(channel());
    assertThat(last(channel()).getPassed()).isTrue();
    assertThat(get(again).getPassed()).isTrue();
  }

  @Test
  void shouldTellWhyItBrokeAndResetOnlyTheRoundThatDid() {
    create(2, false);
    assertThat(barriers().wait(request().toBuilder().setTimeout(SHORT).build()).getPassed())
        .isFalse();

    BarrierBreak why = get().getBrokenBy();
    assertThat(why.getCause()).isEqualTo(BarrierBreakCause.BARRIER_BREAK_CAUSE_TIMEOUT);
    assertThat(why.getRound()).isZero();
    assertThat(metadataOf(() -> last(channel())))
        .containsEntry("cause", "TIMEOUT")
        .containsEntry("round", "0")
        .containsKey("party");
    assertThat(mend(1)).isFalse();
    assertThat(mend(0)).isTrue();
    Future<BarrierWaitResponse> first = party(channel());
    assertThat(mend(0)).isFalse();
    assertThat(last(channel()).getPassed()).isTrue();
    assertThat(get(first).getPassed()).isTrue();
  }

  private boolean mend(long round) {
    return barriers()
        .reset(BarrierResetRequest.newBuilder().setBarrier(name()).setRound(round).build())
        .getReset();
  }

  @Test
  void shouldLetARoundPassWhoseActionRunsThoughSomebodyLeavesTheNext() {
    create(2, true);
    Channel a = in(openSession());
    Channel b = in(openSession());
    Future<BarrierWaitResponse> first = party(a);
    BarrierWaitResponse last = last(b);

    assertThat(
            BarrierServiceGrpc.newBlockingStub(in(openSession()))
                .wait(request().toBuilder().setTimeout(SHORT).build())
                .getPassed())
        .isFalse();

    assertThat(get().getBrokenBy().getRound()).isEqualTo(1);
    assertThat(reasonOf(() -> last(a))).isEqualTo(BROKEN);
    actionDone(b, last.getRound(), false);
    assertThat(get(first).getPassed()).isTrue();
  }

  @Test
  void shouldTellWaitersThatItIsDeleted() {
    create(2, false);
    Future<BarrierWaitResponse> first = party(channel());
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());

    assertThat(reasonOf(() -> get(first))).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
