package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.LockReleaseRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryGetResponse;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.SharedMemoryRemoveWriterRequest;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import dev.polyproc.v1.SharedMemoryServiceGrpc.SharedMemoryServiceBlockingStub;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** SharedMemoryService, with segments that are files, mapped where the caller may know of them. */
public abstract class SharedMemoryContract extends ContractSuite {
  private static final int LENGTH = 100;
  private static final int BYTES = 64 + 8 * LENGTH;
  private static final int STATE = 40;
  private static final int WRITERS_DIED = 44;
  private static final int ELEMENTS = 64;

  private SharedMemoryServiceBlockingStub memory;

  /** Whether its callers come by the Unix socket, and so from the same machine. */
  protected abstract boolean isLocal();

  @BeforeEach
  void call() {
    memory = SharedMemoryServiceGrpc.newBlockingStub(channel());
  }

  /** Their space is limited, and others want some. */
  @AfterEach
  void leaveNothing() {
    try {
      delete();
    } catch (RuntimeException e) {
      assertThat(reason(e)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    }
  }

  private void delete() {
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());
  }

  private SharedMemoryCreateRequest.Builder shape() {
    return SharedMemoryCreateRequest.newBuilder()
        .setMemory(name())
        .setType(ElementType.ELEMENT_TYPE_INT64)
        .setLength(LENGTH);
  }

  private SharedMemoryCreateResponse create() {
    return memory.create(shape().build());
  }

  private SharedMemoryLocateResponse locate() {
    return memory.locate(SharedMemoryLocateRequest.newBuilder().setMemory(name()).build());
  }

  private SharedMemoryGetResponse now() {
    return memory.get(SharedMemoryGetRequest.newBuilder().setMemory(name()).build());
  }

  private int addWriter(Channel session) {
    return SharedMemoryServiceGrpc.newBlockingStub(session)
        .addWriter(SharedMemoryAddWriterRequest.newBuilder().setMemory(name()).build())
        .getWritersDied();
  }

  private void removeWriter(Channel session) {
    var unused =
        SharedMemoryServiceGrpc.newBlockingStub(session)
            .removeWriter(SharedMemoryRemoveWriterRequest.newBuilder().setMemory(name()).build());
  }

  private static void end(Channel session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(session).end(SessionEndRequest.getDefaultInstance());
  }

  private static MappedByteBuffer map(Path segment) throws IOException {
    try (FileChannel file =
        FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
      mapped.order(ByteOrder.LITTLE_ENDIAN);
      return mapped;
    }
  }

  // What it is.

  @Test
  void shouldMakeOneOfAName() {
    SharedMemoryCreateResponse first = create();
    SharedMemoryCreateResponse second = create();

    assertThat(first.getCreated()).isTrue();
    assertThat(first.getRef().getName()).isEqualTo(name());
    assertThat(first.getLock()).isEqualTo(name() + "/lock");
    assertThat(second.getCreated()).isFalse();
    assertThat(second.getRef()).isEqualTo(first.getRef());
    assertThat(now().getType()).isEqualTo(ElementType.ELEMENT_TYPE_INT64);
    assertThat(now().getLength()).isEqualTo(LENGTH);
    assertThat(now().getLock()).isEqualTo(first.getLock());
    assertThat(reasonOf(() -> memory.create(shape().setLength(LENGTH + 1).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldRefuseWhatNobodyCouldMapOrHasNoType() {
    assertThat(reasonOf(() -> memory.create(shape().setLength(1L << 28).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(() -> memory.create(shape().clearType().build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(this::now)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldGoWithTheSessionItLivesAsLongAs() {
    Channel session = in(openSession());
    assertThat(
            SharedMemoryServiceGrpc.newBlockingStub(session)
                .create(shape().setLifetime(Lifetime.LIFETIME_SESSION).build())
                .getCreated())
        .isTrue();

    end(session);

    assertThat(reasonOf(this::now)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  // Where it is.

  @Test
  void shouldTellOnlyWhoIsOnTheMachineWhereItIs() throws IOException {
    SharedMemoryCreateResponse created = create();

    if (!isLocal()) {
      assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
      return;
    }
    SharedMemoryLocateResponse located = locate();
    assertThat(located.getBytes()).isEqualTo(BYTES);
    assertThat(located.getRef()).isEqualTo(created.getRef());
    assertThat(located.getType()).isEqualTo(ElementType.ELEMENT_TYPE_INT64);
    assertThat(located.getLength()).isEqualTo(LENGTH);
    assertThat(located.getLock()).isEqualTo(created.getLock());
    assertThat(Files.readAllBytes(Path.of(located.getPath())))
        .isEqualTo(atFirst(created.getRef().getIncarnation()));
  }

  /** By the page of the layout. */
  private static byte[] atFirst(long incarnation) {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("POLYPROC".getBytes(StandardCharsets.US_ASCII))
        .putInt(1)
        .putInt(ElementType.ELEMENT_TYPE_INT64_VALUE)
        .putLong(LENGTH)
        .putLong(incarnation)
        .putInt(STATE, 1)
        .array();
  }

  @Test
  void shouldBeTheSameForAllWhoMapItUntilItIsDeleted() throws IOException {
    create();
    if (!isLocal()) {
      assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
      return;
    }
    Path segment = Path.of(locate().getPath());
    MappedByteBuffer mine = map(segment);
    MappedByteBuffer yours = map(segment);

    mine.putLong(ELEMENTS, 7);
    assertThat(yours.getLong(ELEMENTS)).isEqualTo(7);
    assertThat(yours.getInt(STATE)).isEqualTo(1);

    delete();
    await().until(() -> yours.getInt(STATE) == 2 && !Files.exists(segment));
    assertThat(yours.getLong(ELEMENTS)).isEqualTo(7);
    assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldTellWhoLooksForWhatWasReplacedThatItIsLost() throws IOException {
    create();
    if (!isLocal()) {
      assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
      return;
    }
    Files.delete(Path.of(locate().getPath()));

    assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_LOST);
  }

  @Test
  void shouldNotFindWhatIsNotThere() {
    assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(reasonOf(this::now)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  // Who writes.

  @Test
  void shouldAskForASessionToWrite() {
    create();

    assertThat(reasonOf(() -> addWriter(channel())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    assertThat(reasonOf(() -> removeWriter(channel())))
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
  }

  @Test
  void shouldTellThatAWriterDied() throws IOException {
    create();
    Channel writer = in(openSession());
    addWriter(writer);
    assertThat(addWriter(writer)).isZero();
    assertThat(now().getWriters()).isEqualTo(1);

    end(writer);

    assertThat(now().getWriters()).isZero();
    assertThat(now().getWritersDied()).isEqualTo(1);
    Channel next = in(openSession());
    assertThat(addWriter(next)).isEqualTo(1);
    assertThat(acquire(next).getPreviousOwnerDied()).isTrue();
    if (isLocal()) {
      MappedByteBuffer mapped = map(Path.of(locate().getPath()));
      await().until(() -> mapped.getInt(WRITERS_DIED) == 1);
    }
    release(next);
    assertThat(acquire(next).getPreviousOwnerDied()).isFalse();
  }

  @Test
  void shouldTellNobodyOfWhoDidNotWriteAnyMore() {
    create();
    Channel writer = in(openSession());
    addWriter(writer);
    removeWriter(writer);
    removeWriter(writer);

    end(writer);

    assertThat(now().getWritersDied()).isZero();
    assertThat(acquire(in(openSession())).getPreviousOwnerDied()).isFalse();
  }

  private LockAcquireResponse acquire(Channel session) {
    LockAcquireResponse acquired =
        LockServiceGrpc.newBlockingStub(session)
            .acquire(
                LockAcquireRequest.newBuilder()
                    .setLock(name() + "/lock")
                    .setTimeout(NOW)
                    .setCreate(
                        LockCreateRequest.newBuilder()
                            .setKind(LockKind.LOCK_KIND_REENTRANT)
                            .setLifetime(Lifetime.LIFETIME_WHILE_USED))
                    .build());
    assertThat(acquired.getAcquired()).isTrue();
    return acquired;
  }

  private void release(Channel session) {
    var unused =
        LockServiceGrpc.newBlockingStub(session)
            .release(LockReleaseRequest.newBuilder().setLock(name() + "/lock").build());
  }
}
