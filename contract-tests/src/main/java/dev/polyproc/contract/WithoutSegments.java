package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import org.junit.jupiter.api.Test;

/** SharedMemoryService of whoever makes no segments. */
public abstract class WithoutSegments extends ContractSuite {
  @Test
  void shouldFailAndLeaveTheNameFree() {
    var memory = SharedMemoryServiceGrpc.newBlockingStub(channel());
    SharedMemoryCreateRequest create =
        SharedMemoryCreateRequest.newBuilder()
            .setMemory(name())
            .setType(ElementType.ELEMENT_TYPE_INT64)
            .setLength(1)
            .build();
    SharedMemoryGetRequest get = SharedMemoryGetRequest.newBuilder().setMemory(name()).build();

    assertThat(reasonOf(() -> memory.create(create)))
        .isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_FAILED);
    assertThat(reasonOf(() -> memory.get(get)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }
}
