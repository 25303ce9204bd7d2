package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polyproc.v1.ErrorReason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What calls fail with. */
final class Failure {
  private Failure() {}

  /** The failure of a future, which comes within some seconds. */
  static Throwable of(CompletableFuture<?> future) {
    Throwable thrown = catchThrowable(() -> future.get(10, TimeUnit.SECONDS));
    assertThat(thrown).isInstanceOf(ExecutionException.class);
    Throwable cause = thrown.getCause();
    return cause == null ? thrown : cause;
  }

  /** The reason of a future's failure. */
  static ErrorReason reasonOf(CompletableFuture<?> future) {
    return reasonOf(of(future));
  }

  /** The reason of a call's failure, whose sentence is one. */
  static ErrorReason reasonOf(ThrowingCallable call) {
    return reasonOf(catchThrowable(call));
  }

  private static ErrorReason reasonOf(Throwable thrown) {
    assertThat(thrown).isInstanceOf(PolyprocException.class).hasMessageStartingWith("Expected ");
    return ((PolyprocException) thrown).reason();
  }
}
