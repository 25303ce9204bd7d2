package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polyproc.v1.ErrorReason;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What calls fail with. */
public final class Failure {
  private Failure() {}

  /** The failure of a future, which comes within some seconds. */
  public static Throwable of(CompletableFuture<?> future) {
    Throwable thrown = catchThrowable(() -> future.get(10, TimeUnit.SECONDS));
    assertThat(thrown).isInstanceOf(ExecutionException.class);
    Throwable cause = thrown.getCause();
    return cause == null ? thrown : cause;
  }

  /** The reason of a future's failure. */
  public static ErrorReason reasonOf(CompletableFuture<?> future) {
    return reasonOf(of(future));
  }

  /** The reason of a call's failure, whose sentence is one. */
  public static ErrorReason reasonOf(ThrowingCallable call) {
    return reasonOf(catchThrowable(call));
  }

  private static ErrorReason reasonOf(Throwable thrown) {
    assertThat(thrown).isInstanceOf(PolyprocException.class).hasMessageStartingWith("Expected ");
    return ((PolyprocException) thrown).reason();
  }

  /** What a call fails with that is made on a thread of its own. */
  public static CompletableFuture<Throwable> onThread(Callable<?> call) {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                end.completeExceptionally(
                    new AssertionError("Expected a failure, but it answered " + call.call()));
              } catch (Throwable e) {
                end.complete(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return end;
  }
}
