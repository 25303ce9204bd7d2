package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.ReadWriteLockAcquireRequest;
import dev.polyproc.v1.ReadWriteLockCreateRequest;
import dev.polyproc.v1.ReadWriteLockReleaseRequest;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.ReadWriteMode;
import dev.polyproc.v1.SessionAttachRequest;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Calls that wait for one thing, as many as may, and are all served, or give up, at once. */
final class WaitingAttacks {
  private static final String LOCK = PREFIX + "lock";
  private static final int MANY = 4_800;
  private static final int FRAME_CALLS = 800;
  private static final int LOCKS = 64;

  private WaitingAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(
        Attack.of(
            "an owner's calls for two reentrant locks that are served at once",
            Credential.SOCKET,
            WaitingAttacks::anOwnersLocks),
        Attack.of(
            "readers of one session behind a writer that goes",
            Credential.SOCKET,
            WaitingAttacks::readers),
        Attack.of(
            "calls for 64 locks that give up at once",
            Credential.SOCKET,
            WaitingAttacks::callsForManyLocks));
  }

  private static RawStream attach(Attacker attacker) throws IOException {
    return RawStream.attach(attacker, attacker.connect(), attacker.session(), 1);
  }

  private static void awaitWaiters(Attacker attacker, String object, int many) {
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(object).build();
    await()
        .until(
            () ->
                attacker.isOver()
                    || attacker.client().admin().describe(describe).getObject().getWaiters()
                        >= many);
  }

  private static void anOwnersLocks(Attacker attacker) throws IOException {
    Client holder = attacker.client().with(Envelope.of(attacker.session()));
    for (String lock : List.of(LOCK + 0, LOCK + 1)) {
      var unused =
          holder
              .locks()
              .create(
                  LockCreateRequest.newBuilder()
                      .setLock(lock)
                      .setKind(LockKind.LOCK_KIND_REENTRANT)
                      .build());
    }
    var held = holder.locks().acquire(LockAcquireRequest.newBuilder().setLock(LOCK + 0).build());
    RawStream stream = attach(attacker);
    LockAcquireAllRequest both =
        LockAcquireAllRequest.newBuilder().addLocks(LOCK + 0).addLocks(LOCK + 1).build();
    for (int first = 1; first < MANY / 2; first += FRAME_CALLS) {
      stream.frame(
          RawStream.commands(first, FRAME_CALLS, LockServiceGrpc.getAcquireAllMethod(), both));
    }
    stream.flush();
    awaitWaiters(attacker, LOCK + 1, MANY / 2);
    var released =
        holder
            .locks()
            .release(
                LockReleaseRequest.newBuilder()
                    .setLock(LOCK + 0)
                    .setToken(held.getToken())
                    .build());
  }

  private static void readers(Attacker attacker) throws IOException {
    Client writer = attacker.client().with(Envelope.of(attacker.session()));
    var created =
        writer
            .readWriteLocks()
            .create(ReadWriteLockCreateRequest.newBuilder().setLock(LOCK).build());
    ReadWriteLockAcquireRequest write =
        ReadWriteLockAcquireRequest.newBuilder()
            .setLock(LOCK)
            .setMode(ReadWriteMode.READ_WRITE_MODE_WRITE)
            .build();
    var held = writer.readWriteLocks().acquire(write);
    ReadWriteLockAcquireRequest read =
        write.toBuilder().setMode(ReadWriteMode.READ_WRITE_MODE_READ).build();
    RawStream stream = attach(attacker);
    for (int first = 1; first < MANY; first += FRAME_CALLS) {
      SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
      for (int call = first; call < first + FRAME_CALLS; call++) {
        frame.addCalls(
            Attachment.call(call, ReadWriteLockServiceGrpc.getAcquireMethod(), read)
                .setOwner("reader" + call));
      }
      stream.frame(frame.build().toByteString());
    }
    stream.flush();
    awaitWaiters(attacker, LOCK, MANY);
    var released =
        writer
            .readWriteLocks()
            .release(
                ReadWriteLockReleaseRequest.newBuilder()
                    .setLock(LOCK)
                    .setMode(ReadWriteMode.READ_WRITE_MODE_WRITE)
                    .setToken(held.getToken())
                    .build());
  }

  private static void callsForManyLocks(Attacker attacker) throws IOException {
    Client holder = attacker.client().with(Envelope.of(attacker.session()));
    List<String> locks = IntStream.range(0, LOCKS).mapToObj(i -> LOCK + i).toList();
    for (String lock : locks) {
      var unused = holder.locks().create(LockCreateRequest.newBuilder().setLock(lock).build());
    }
    var unused =
        holder.locks().acquire(LockAcquireRequest.newBuilder().setLock(LOCK + (LOCKS - 1)).build());
    LockAcquireAllRequest all =
        LockAcquireAllRequest.newBuilder()
            .addAllLocks(locks)
            .setTimeout(Durations.fromMillis(500))
            .build();
    RawStream stream = attach(attacker);
    stream.frame(RawStream.commands(1, MANY / LOCKS, LockServiceGrpc.getAcquireAllMethod(), all));
    stream.flush();
  }
}
