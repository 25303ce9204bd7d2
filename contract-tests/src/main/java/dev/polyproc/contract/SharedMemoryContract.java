package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import io.grpc.Channel;
import org.junit.jupiter.api.Test;

/** SharedMemoryService, for whoever calls it: what it is without its bytes. */
public abstract class SharedMemoryContract extends SharedMemorySuite {
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
    assertThat(reasonOf(() -> memory().create(shape().setLength(LENGTH + 1).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
  }

  @Test
  void shouldRefuseWhatNobodyCouldMapOrHasNoType() {
    assertThat(reasonOf(() -> memory().create(shape().setLength(1L << 28).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reasonOf(() -> memory().create(shape().clearType().build())))
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
  void shouldTellThatAWriterDied() {
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
}
