package dev.polyproc.client.internal.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Await;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.v1.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callbacks where threads are few. */
@Timeout(60)
class CallbackThreadsTest {
  private final Transport transport =
      new Transport(Address.parse("unix:/nowhere"), null, null, null);

  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void close() {
    transport.close();
  }

  private Calls calls(CallbackThreads threads) {
    return new Calls(
        transport,
        Limits.newBuilder().setRequestBytes(1 << 20).build(),
        () -> {},
        ended -> {},
        new Callbacks(null, threads, transport));
  }

  private static AsyncCall<String> call(Calls calls, Object object) {
    return calls.entrance().prepareAsync(new byte[0], object, false, bytes -> () -> "");
  }

  /** A system that has no thread to give at first. */
  private ThreadFactory scarce(int refused) {
    ThreadFactory usual = CallbackThreads.threads();
    return task -> {
      if (asked.getAndIncrement() < refused) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      return usual.newThread(task);
    };
  }

  @Test
  void shouldCompleteFuturesOnceThereIsAThread() throws Exception {
    Calls calls = calls(new CallbackThreads(8, scarce(6)));
    AsyncCall<String> call = call(calls, "object");
    CompletableFuture<String> callback = call.thenApply(result -> result + "!");

    call.finish("x");

    assertThat(callback.get(20, TimeUnit.SECONDS)).isEqualTo("x!");
  }

  @Test
  void shouldCompleteFuturesOnceThereIsAThreadThoughTheClientWasClosed() throws Exception {
    Calls calls = calls(new CallbackThreads(8, scarce(6)));
    transport.close();
    AsyncCall<String> call = call(calls, "object");
    CompletableFuture<String> callback = call.thenApply(result -> result + "!");

    call.finish("x");

    assertThat(callback.get(20, TimeUnit.SECONDS)).isEqualTo("x!");
  }

  @Test
  void shouldTakeNoMoreThreadsThanItMay() throws Exception {
    int most = 2; // and so fewer than begin at once
    Calls calls = calls(new CallbackThreads(most, CallbackThreads.threads()));
    CountDownLatch enough = new CountDownLatch(1);
    AtomicInteger waiting = new AtomicInteger();
    AtomicInteger mostWaiting = new AtomicInteger();
    List<CompletableFuture<Void>> callbacks = new ArrayList<>();
    for (int i = 0; i < 5 * most; i++) {
      AsyncCall<String> call = call(calls, "object " + i);
      callbacks.add(
          call.thenAccept(
              result -> {
                mostWaiting.accumulateAndGet(waiting.incrementAndGet(), Math::max);
                uninterruptibly(enough);
                waiting.decrementAndGet();
              }));
      call.finish("x");
    }
    Await.until(() -> waiting.get() == most);

    enough.countDown();

    CompletableFuture.allOf(callbacks.toArray(CompletableFuture[]::new)).get(40, TimeUnit.SECONDS);
    assertThat(mostWaiting).hasValue(most);
  }

  @Test
  void shouldRunSoonWhatIsNoCallbackThoughAllThreadsAreBusy() throws Exception {
    CallbackThreads threads = new CallbackThreads(1, CallbackThreads.threads());
    CountDownLatch enough = new CountDownLatch(1);
    threads.execute(() -> uninterruptibly(enough));
    CompletableFuture<Boolean> done = new CompletableFuture<>();

    threads.executeSoon(() -> done.complete(true));

    assertThat(done.get(20, TimeUnit.SECONDS)).isTrue();
    enough.countDown();
  }

  private static void uninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
