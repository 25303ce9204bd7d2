package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import org.junit.jupiter.api.Test;

/** SharedMemoryService, for who may be on another machine. */
public abstract class FarSharedMemoryContract extends SharedMemorySuite {
  @Test
  void shouldRefuseWhoIsFar() {
    assertThat(create().getCreated()).isTrue();

    assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
  }
}
