package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireResponse;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the suites of SharedMemoryService have in common: one segment, and the calls about it. */
public abstract class SharedMemorySuite extends ContractSuite {
  static final int LENGTH = 100;

  private SharedMemoryServiceBlockingStub memory;

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

  final void delete() {
    var unused =
        AdminServiceGrpc.newBlockingStub(channel())
            .delete(AdminDeleteRequest.newBuilder().setObject(name()).build());
  }

  final SharedMemoryServiceBlockingStub memory() {
    return memory;
  }

  /** How it is asked for: so many of INT64. */
  final SharedMemoryCreateRequest.Builder shape() {
    return SharedMemoryCreateRequest.newBuilder()
        .setMemory(name())
        .setType(ElementType.ELEMENT_TYPE_INT64)
        .setLength(LENGTH);
  }

  final SharedMemoryCreateResponse create() {
    return memory.create(shape().build());
  }

  final SharedMemoryLocateResponse locate() {
    return memory.locate(SharedMemoryLocateRequest.newBuilder().setMemory(name()).build());
  }

  /** What it is. */
  final SharedMemoryGetResponse now() {
    return memory.get(SharedMemoryGetRequest.newBuilder().setMemory(name()).build());
  }

  final int addWriter(Channel session) {
    return SharedMemoryServiceGrpc.newBlockingStub(session)
        .addWriter(SharedMemoryAddWriterRequest.newBuilder().setMemory(name()).build())
        .getWritersDied();
  }

  final void removeWriter(Channel session) {
    var unused =
        SharedMemoryServiceGrpc.newBlockingStub(session)
            .removeWriter(SharedMemoryRemoveWriterRequest.newBuilder().setMemory(name()).build());
  }

  static void end(Channel session) {
    var unused =
        SessionServiceGrpc.newBlockingStub(session).end(SessionEndRequest.getDefaultInstance());
  }

  /** Acquires its lock, which is free. */
  final LockAcquireResponse acquire(Channel session) {
    LockAcquireResponse acquired =
        LockServiceGrpc.newBlockingStub(session)
            .acquire(acquireGuard(name() + "/lock").toBuilder().setTimeout(NOW).build());
    assertThat(acquired.getAcquired()).isTrue();
    return acquired;
  }

  final void release(Channel session) {
    var unused =
        LockServiceGrpc.newBlockingStub(session)
            .release(LockReleaseRequest.newBuilder().setLock(name() + "/lock").build());
  }
}
