package dev.polyproc.server.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReadWriteLockTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration NO_TIME = Duration.ZERO;
  private static final ReadWriteMode READ = ReadWriteMode.READ_WRITE_MODE_READ;
  private static final ReadWriteMode WRITE = ReadWriteMode.READ_WRITE_MODE_WRITE;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final Client c = world.session("c");

  private static boolean acquired(Pending<ReadWriteLockAcquireResponse> call) {
    return call.response().getAcquired();
  }

  @Test
  void shouldLetManyReadTogetherAndOneWriteAlone() {
    a.readWriteLock("l").create();
    assertThat(acquired(a.readWriteLock("l").read())).isTrue();
    assertThat(acquired(b.readWriteLock("l").read())).isTrue();
    var writer = c.readWriteLock("l").write();
    assertThat(writer.isWaiting()).isTrue();

    a.readWriteLock("l").releaseRead();
    assertThat(writer.isWaiting()).isTrue();
    b.readWriteLock("l").releaseRead();

    assertThat(acquired(writer)).isTrue();
    assertThat(acquired(a.readWriteLock("l").read(NO_TIME))).isFalse();
    assertThat(acquired(a.readWriteLock("l").write(NO_TIME))).isFalse();
  }

  @Test
  void shouldNotLetReadersOvertakeAWaitingWriter() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").read();
    var writer = b.readWriteLock("l").write();
    var reader = c.readWriteLock("l").read();
    assertThat(reader.isWaiting()).isTrue();
    assertThat(acquired(c.readWriteLock("l").read(NO_TIME))).isFalse();

    a.readWriteLock("l").releaseRead();
    assertThat(acquired(writer)).isTrue();
    b.readWriteLock("l").releaseWrite();
    assertThat(acquired(reader)).isTrue();
  }

  @Test
  void shouldServeReadersThatStandTogetherTogether() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").write();
    var first = b.readWriteLock("l").read();
    var second = c.readWriteLock("l").read();
    var writer = b.as("other").readWriteLock("l").write();

    a.readWriteLock("l").releaseWrite();

    assertThat(acquired(first)).isTrue();
    assertThat(acquired(second)).isTrue();
    assertThat(writer.isWaiting()).isTrue();
    assertThat(first.response().getToken()).isLessThan(second.response().getToken());
  }

  @Test
  void shouldLetAReaderReadAgainThoughAWriterWaits() {
    a.readWriteLock("l").create();
    long token = a.readWriteLock("l").read().response().getToken();
    var writer = b.readWriteLock("l").write();

    assertThat(a.readWriteLock("l").read().response().getToken()).isEqualTo(token);
    assertThat(a.readWriteLock("l").releaseRead().response().getHolds()).isEqualTo(1);
    assertThat(writer.isWaiting()).isTrue();
    assertThat(a.readWriteLock("l").releaseRead().response().getHolds()).isZero();
    assertThat(acquired(writer)).isTrue();
  }

  @Test
  void shouldLetAWriterGoOnAsAReader() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").write();
    var reader = b.readWriteLock("l").read();
    var writer = c.readWriteLock("l").write();

    assertThat(acquired(a.readWriteLock("l").read())).isTrue();
    a.readWriteLock("l").releaseWrite();

    assertThat(acquired(reader)).isTrue();
    assertThat(writer.isWaiting()).isTrue();
    a.readWriteLock("l").releaseRead();
    b.readWriteLock("l").releaseRead();
    assertThat(acquired(writer)).isTrue();
  }

  @Test
  void shouldRefuseAWaitingWriterWhoseOwnerHasComeToRead() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").write();
    var reader = b.readWriteLock("l").read();
    var writer = b.readWriteLock("l").write();
    var behind = c.readWriteLock("l").read();

    a.readWriteLock("l").releaseWrite();

    assertThat(acquired(reader)).isTrue();
    assertThat(writer.reason()).isEqualTo(ErrorReason.ERROR_REASON_WOULD_DEADLOCK);
    assertThat(acquired(behind)).isTrue();
  }

  @Test
  void shouldRefuseAReaderThatWouldWaitForItself() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").read();

    var refused = a.readWriteLock("l").write();
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_WOULD_DEADLOCK);
    assertThat(refused.sentence()).startsWith("Expected to write 'l' by an owner that does not");
    assertThat(a.as("another thread").readWriteLock("l").write().isWaiting()).isTrue();
  }

  @Test
  void shouldHandOverWhenAWriterDiesAndSaySoUntilSomebodyHasWritten() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").write();
    var reader = b.readWriteLock("l").read();
    var writer = c.readWriteLock("l").write();

    a.dies();

    assertThat(reader.response().getPreviousOwnerDied()).isTrue();
    b.readWriteLock("l").releaseRead();
    assertThat(writer.response().getPreviousOwnerDied()).isTrue();
    c.readWriteLock("l").releaseWrite();
    assertThat(b.readWriteLock("l").write().response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldSayNothingOfAReaderThatDied() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").read();
    var writer = b.readWriteLock("l").write();
    a.dies();

    assertThat(acquired(writer)).isTrue();
    assertThat(writer.response().getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldBreakWhenAWriterDies() {
    a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    a.confirm(a.readWriteLock("l").write());
    var waiting = b.readWriteLock("l").read();
    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(c.readWriteLock("l").read().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LOCK_BROKEN);
    assertThat(c.readWriteLock("l").get().getBroken()).isTrue();
  }

  @Test
  void shouldNotBreakWhenAReaderDies() {
    a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_BREAK);
    a.confirm(a.readWriteLock("l").read());
    a.dies();

    assertThat(acquired(b.readWriteLock("l").write())).isTrue();
  }

  @Test
  void shouldKeepWhatADeadOwnerHeldUntilSomebodyReleasesIt() {
    a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP);
    var write = a.readWriteLock("l").write();
    long token = write.response().getToken();
    a.confirm(write);
    a.dies();

    var waiting = b.readWriteLock("l").read();
    assertThat(waiting.isWaiting()).isTrue();
    assertThat(c.readWriteLock("l").get().getWriter().getDetail())
        .isEqualTo("writes, token " + token + ", its session has ended");
    c.readWriteLock("l").release(WRITE, token).response();
    assertThat(acquired(waiting)).isTrue();
  }

  @Test
  void shouldLetAnyoneReleaseWhatADeadWriterKeepsWithoutItsToken() {
    a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP);
    var write = a.readWriteLock("l").write();
    a.confirm(write);
    assertThat(b.readWriteLock("l").releaseWrite().sentence())
        .endsWith("an operator ends a session by AdminService/CloseSession");
    a.dies();
    var waiting = b.readWriteLock("l").read();

    assertThat(c.readWriteLock("l").get().getWriter().getToken())
        .isEqualTo(write.response().getToken());
    assertThat(c.readWriteLock("l").releaseWrite().response().getHolds()).isZero();

    assertThat(acquired(waiting)).isTrue();
  }

  @Test
  void shouldLetAnyoneReleaseTheOnlyReadThatIsKept() {
    a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP);
    a.confirm(a.readWriteLock("l").read());
    b.confirm(b.readWriteLock("l").read());
    var lives = c.readWriteLock("l").read();
    a.dies();
    b.dies();
    Client other = world.session("other");

    assertThat(other.readWriteLock("l").releaseRead().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    long token = other.readWriteLock("l").get().getReaders(0).getToken();
    assertThat(other.readWriteLock("l").release(READ, token).response().getHolds()).isZero();
    assertThat(other.readWriteLock("l").releaseRead().response().getHolds()).isZero();

    assertThat(other.readWriteLock("l").releaseRead().reason())
        .as("the one that is left has an owner")
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(other.readWriteLock("l").get().getReaders(0).getToken())
        .isEqualTo(lives.response().getToken());
  }

  @Test
  void shouldLastWhenAcquiredAgainWithoutALease() {
    a.readWriteLock("l").create();
    for (ReadWriteMode mode : List.of(READ, WRITE)) {
      a.readWriteLock("l").lease(mode, SECOND).response();
      a.readWriteLock("l").acquire(ReadWriteLockAcquireRequest.newBuilder().setMode(mode));
      world.advance(SECOND.multipliedBy(2));

      assertThat(a.readWriteLock("l").release(mode, 0).response().getHolds()).isEqualTo(1);
      assertThat(a.readWriteLock("l").release(mode, 0).response().getHolds()).isZero();
    }
  }

  @Test
  void shouldEndAHoldWithItsLease() {
    Client anonymous = world.anonymous();
    a.readWriteLock("l").create();
    long token = anonymous.readWriteLock("l").lease(WRITE, SECOND).response().getToken();
    var reader = b.readWriteLock("l").read();
    world.advance(SECOND);

    assertThat(reader.response().getPreviousOwnerDied()).isTrue();
    assertThat(anonymous.readWriteLock("l").release(WRITE, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    assertThat(anonymous.readWriteLock("l").read().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldReleaseOnlyWhatTheCallerHolds() {
    a.readWriteLock("l").create();
    assertThat(a.readWriteLock("l").releaseRead().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    long token = a.readWriteLock("l").read().response().getToken();

    assertThat(a.readWriteLock("l").releaseWrite().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_HELD);
    assertThat(b.readWriteLock("l").releaseRead().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(b.readWriteLock("l").release(READ, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_OWNER);
    assertThat(a.readWriteLock("l").release(WRITE, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
    a.readWriteLock("l").release(READ, token).response();
    assertThat(a.readWriteLock("l").release(READ, token).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_STALE_TOKEN);
  }

  @Test
  void shouldRefuseWhatItDoesNotKnow() {
    a.readWriteLock("l").create();
    assertThat(a.readWriteLock("l").acquire(ReadWriteLockAcquireRequest.newBuilder()).metadata())
        .containsEntry("field", "mode");
    assertThat(a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    a.lock("other").create();
    assertThat(a.readWriteLock("other").read().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
  }

  @Test
  void shouldGuardACallUnderAnyHoldThatLasts() {
    a.readWriteLock("l").create();
    a.dict("d").create();
    long reads = a.readWriteLock("l").read().response().getToken();

    a.guardedBy("l", reads).dict("d").set("x", 1).response();
    a.readWriteLock("l").releaseRead();
    assertThat(a.guardedBy("l", reads).dict("d").set("x", 2).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_GUARD_FAILED);
  }

  @Test
  void shouldTakeBackWhatWasNotConfirmed() {
    a.readWriteLock("l").create(OnOwnerEnd.ON_OWNER_END_KEEP);
    var write = a.readWriteLock("l").write();
    var waiting = b.readWriteLock("l").read();

    a.undo(write).response();

    assertThat(waiting.response().getPreviousOwnerDied()).isTrue();
  }

  @Test
  void shouldLetThoseBehindGoOnWhenAWaitingWriterLeaves() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").read();
    var writer = b.readWriteLock("l").write(SECOND);
    var reader = c.readWriteLock("l").read();
    world.advance(SECOND);

    assertThat(acquired(writer)).isFalse();
    assertThat(acquired(reader)).isTrue();
  }

  @Test
  void shouldServeAllWaitingCallsOfAnOwnerThatWrites() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").write();
    var write = b.readWriteLock("l").write();
    var other = c.readWriteLock("l").write();
    var again = b.readWriteLock("l").write();
    var read = b.readWriteLock("l").read();

    a.readWriteLock("l").releaseWrite();

    assertThat(acquired(write)).isTrue();
    assertThat(acquired(again)).isTrue();
    assertThat(acquired(read)).isTrue();
    assertThat(other.isWaiting()).isTrue();
  }

  @Test
  void shouldShowWhoReadsAndWhoWaits() {
    a.readWriteLock("l").create();
    a.readWriteLock("l").read();
    b.readWriteLock("l").read();
    c.readWriteLock("l").write();

    var seen = a.readWriteLock("l").get();
    assertThat(seen.getReading()).isEqualTo(2);
    assertThat(seen.getReadersList())
        .extracting(holder -> holder.getParty().getClient())
        .containsExactly("a", "b");
    assertThat(seen.getReaders(0).getDetail()).startsWith("reads, token ");
    assertThat(seen.hasWriter()).isFalse();
    assertThat(seen.getWaiting()).isEqualTo(1);
    assertThat(seen.getWaiters(0).getRpc()).isEqualTo("ReadWriteLockService/Acquire");
    assertThat(a.inspect("l").getHoldersCount()).isEqualTo(2);
    assertThat(a.inspect("l").getObject().getSummary()).isEqualTo("2 readers");
  }

  @Test
  void shouldLetGoOfManyReadersInPiecesWhenItIsDeleted() {
    EngineFixture pieces = EngineFixture.inPieces(8);
    Client owner = pieces.session("owner");
    owner.readWriteLock("l").create();
    for (int i = 0; i < 40; i++) {
      owner.as("thread " + i).readWriteLock("l").read().response();
    }
    Client waiting = pieces.session("waiting");
    List<Pending<?>> writers = new ArrayList<>();
    writers.add(waiting.readWriteLock("l").write());

    owner.delete("l").response();
    assertThat(owner.readWriteLock("l").read().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    pieces.settle();

    assertThat(writers).allMatch(Pending::isRefused);
    owner.end();
    waiting.end();
    pieces.settle();
    assertThat(pieces.isEmpty()).isTrue();
  }

  @Test
  void shouldGiveWhatASessionLeftBehindToWhoeverAsks() {
    EngineFixture pieces = EngineFixture.inPieces(8);
    Client dying = pieces.session("dying");
    Client next = pieces.session("next");
    next.readWriteLock("l").create();
    for (int i = 0; i < 40; i++) {
      dying.as("thread " + i).readWriteLock("l").read().response();
    }
    dying.dies();

    assertThat(next.readWriteLock("l").get().getReading()).isZero();
    assertThat(acquired(next.readWriteLock("l").write(NO_TIME))).isTrue();
    pieces.settle();
    assertThat(next.readWriteLock("l").get().hasWriter()).isTrue();
  }
}
