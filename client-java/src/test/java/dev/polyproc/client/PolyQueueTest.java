package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueSizeResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class PolyQueueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private PolyQueue<String> queue;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    queue = polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.STRING);
  }

  @AfterEach
  void close() {
    polyproc.close();
  }

  @Test
  void shouldTakeInTheOrderOfPutting() throws Exception {
    queue.put("first");
    queue.putMany(List.of("second", "third"));
    assertThat(queue.offer("fourth")).isTrue();

    assertThat(queue.size()).isEqualTo(4);
    assertThat(queue.peek()).isEqualTo("first");
    assertThat(queue.peekAsync().get()).isEqualTo("first");
    assertThat(queue).containsExactly("first", "second", "third", "fourth");
    assertThat(queue.take()).isEqualTo("first");
    assertThat(queue.poll()).isEqualTo("second");
    assertThat(queue.getMany(10)).containsExactly("third", "fourth");
    assertThat(queue.poll()).isNull();
    assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(queue.getMany(10, 0, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void shouldHaveTwinsOfWhatDoesNotWait() throws Exception {
    queue.putMany(List.of("a", "b", "c"));
    CompletableFuture<Boolean> contained = queue.containsAsync("b");
    CompletableFuture<Boolean> removed = queue.removeAsync("b");
    CompletableFuture<Boolean> gone = queue.containsAsync("b");
    CompletableFuture<Boolean> notRemoved = queue.removeAsync("b");
    CompletableFuture<QueueSizeResponse> status = queue.statusAsync();
    CompletableFuture<Void> cleared = queue.clearAsync();
    CompletableFuture<Void> closed = queue.shutdownForAllAsync();
    assertThat(Failure.reasonOf(queue.takeAsync())).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(contained).isCompletedWithValue(true);
    assertThat(removed).isCompletedWithValue(true);
    assertThat(gone).isCompletedWithValue(false);
    assertThat(notRemoved).isCompletedWithValue(false);
    assertThat(status.get().getSize()).isEqualTo(2);
    assertThat(cleared).isCompleted();
    assertThat(closed).isCompleted();
  }

  @Test
  void shouldTellWhetherThereWasRoom() throws Exception {
    PolyQueue<String> one =
        polyproc.queue(QueueCreateRequest.newBuilder().setMaxsize(1).build(), Codec.STRING);
    assertThat(one.offer("in")).isTrue();
    assertThat(one.offer("out")).isFalse();
    assertThat(one.offer("out", 1, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(one.offerMany(List.of("out"), 1, TimeUnit.MILLISECONDS)).isFalse();

    CompletableFuture<Void> waiting = one.putAsync("next");
    assertThat(one.take()).isEqualTo("in");
    waiting.get(5, TimeUnit.SECONDS);
    assertThat(one.take()).isEqualTo("next");
  }

  @Test
  void shouldFindAndRemoveEqualItems() throws Exception {
    queue.putMany(List.of("a", "b", "a"));
    assertThat(queue.contains("b")).isTrue();
    assertThat(queue.remove("a")).isTrue();
    assertThat(queue.remove("c")).isFalse();
    assertThat(queue).containsExactly("b", "a");
    queue.clear();
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void shouldDoAsABlockingQueueDoes() {
    PolyQueue<String> three =
        polyproc.queue(QueueCreateRequest.newBuilder().setMaxsize(3).build(), Codec.STRING);
    assertThat(three.add("a")).isTrue();
    assertThat(three.remainingCapacity()).isEqualTo(2);
    assertThatIllegalStateException()
        .isThrownBy(() -> three.addAll(List.of("b", "c", "d", "e")))
        .withMessage("Expected room for more items, but queue '%s' is full", three.name());
    assertThat(three).containsExactly("a", "b", "c");
    assertThatIllegalStateException().isThrownBy(() -> three.add("d"));
    assertThat(three.remainingCapacity()).isZero();
    assertThat(three.element()).isEqualTo("a");
    assertThat(three.remove()).isEqualTo("a");

    List<String> drained = new ArrayList<>();
    assertThat(three.drainTo(drained, 1)).isEqualTo(1);
    assertThat(three.drainTo(drained)).isEqualTo(1);
    assertThat(three.drainTo(drained)).isZero();
    assertThat(drained).containsExactly("b", "c");
    assertThatIllegalArgumentException().isThrownBy(() -> three.drainTo(three));
    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(three::element);
    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(three::remove);
    assertThat(queue.remainingCapacity()).isEqualTo(polyproc.limits().getQueueItems());
  }

  @Test
  void shouldKnowBoundOfAQueueThatCameAsAValue() {
    PolyQueue<String> three =
        polyproc.queue(QueueCreateRequest.newBuilder().setMaxsize(3).build(), Codec.STRING);
    PolyQueue<PolyQueue<String>> queues =
        polyproc.queue(QueueCreateRequest.getDefaultInstance(), polyproc.queues(Codec.STRING));
    queues.add(three);
    queues.add(three);
    PolyQueue<String> asked = queues.remove();
    PolyQueue<String> filled = queues.remove();

    asked.add("a");
    assertThat(asked.remainingCapacity()).isEqualTo(2);
    assertThatIllegalStateException()
        .isThrownBy(() -> filled.addAll(List.of("b", "c", "d", "e")))
        .withMessage("Expected room for more items, but queue '%s' is full", three.name());
    assertThat(three).containsExactly("a", "b", "c");
    assertThat(filled.remainingCapacity()).isZero();
  }

  @Test
  void shouldRemoveTheVeryItemThatTheIterationMet() {
    queue.addAll(List.of("a", "b", "a"));
    Iterator<String> items = queue.iterator();
    items.next();
    items.next();
    items.next();
    items.remove();
    assertThat(queue).containsExactly("a", "b");

    Iterator<String> late = queue.iterator();
    late.next();
    assertThat(queue.poll()).isEqualTo("a");
    queue.add("a");
    late.remove(); // the item is gone, and the equal one stays
    assertThat(queue).containsExactly("b", "a");
  }

  @Test
  void shouldDrainAndFilterManyPages() {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      items.add("item " + i);
    }
    queue.addAll(items);
    assertThat(queue.removeIf(item -> item.endsWith("7"))).isTrue();
    assertThat(queue.removeIf(item -> item.endsWith("7"))).isFalse();
    items.removeIf(item -> item.endsWith("7"));
    List<String> drained = new ArrayList<>();
    assertThat(queue.drainTo(drained)).isEqualTo(2700);
    assertThat(drained).isEqualTo(items);
  }

  @Test
  void shouldDrainWhatIsAfterAnItemOfAnotherType() throws Exception {
    queue.put("before");
    polyproc.queue(queue.name(), Long.class).put(7L);
    queue.put("after");
    List<String> drained = new ArrayList<>();
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> queue.drainTo(drained))
        .satisfies(e -> assertThat(e.value().getInt()).isEqualTo(7));
    assertThat(drained).containsExactly("before", "after");
  }

  @Test
  void shouldListMoreThanAPage() throws Exception {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < 2500; i++) {
      items.add("item " + i);
      queue.putAsync("item " + i);
    }
    assertThat(queue).containsExactlyElementsOf(items);
  }

  @Test
  void shouldGiveReservedItemBackWhenRejected() throws Exception {
    queue.put("job");
    try (Delivery<String> delivery = queue.reserve()) {
      assertThat(delivery.item()).isEqualTo("job");
      assertThat(delivery.attempt()).isEqualTo(1);
      assertThat(queue.status().getReserved()).isEqualTo(1);
    }
    Delivery<String> again = queue.reserve();
    assertThat(again.attempt()).isEqualTo(2);
    again.acknowledge();
    again.reject(); // does nothing any more
    assertThat(queue.status().getReserved()).isZero();
    assertThat(queue.reserve(1, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void shouldReserveThoseThatAreThereUntilTheTimeIsUp() throws Exception {
    assertThat(queue.reserveMany(3, 1, TimeUnit.MILLISECONDS)).isEmpty();
    assertThat(queue.reserveManyAsync(3, 1, TimeUnit.MILLISECONDS).get()).isEmpty();
    assertThat(queue.status().getWaitingGets()).isZero();

    queue.putMany(List.of("a", "b", "c"));
    List<Delivery<String>> some = queue.reserveMany(2, 8, TimeUnit.SECONDS);
    assertThat(some).extracting(Delivery::item).containsExactly("a", "b");
    assertThat(queue.reserveManyAsync(2, 8, TimeUnit.SECONDS).get())
        .extracting(Delivery::item)
        .containsExactly("c");
    assertThat(queue.status().getReserved()).isEqualTo(3);

    some.get(0).acknowledge();
    some.get(1).reject();
    Delivery<String> again = queue.reserveMany(2, 0, TimeUnit.SECONDS).get(0);
    assertThat(again.item()).isEqualTo("b");
    assertThat(again.attempt()).isEqualTo(2);
    assertThat(queue.status().getReserved()).isEqualTo(2);
  }

  @Test
  void shouldWaitForTheFirstOfThoseThatItReserves() throws Exception {
    CompletableFuture<List<Delivery<String>>> waiting =
        queue.reserveManyAsync(2, 30, TimeUnit.SECONDS);
    Await.until(() -> queue.status().getWaitingGets() == 1);
    queue.put("a");
    assertThat(waiting.get(10, TimeUnit.SECONDS)).extracting(Delivery::item).containsExactly("a");
  }

  @Test
  void shouldReserveNoneOfManyWhenInterrupted() throws Exception {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                queue.reserveMany(2, 1, TimeUnit.HOURS);
              } catch (Exception e) {
                end.complete(e);
              }
            });
    thread.start();
    Await.until(() -> queue.status().getWaitingGets() == 1);
    thread.interrupt();
    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(queue.status().getWaitingGets()).isZero();
    queue.put("kept");
    assertThat(queue.poll()).isEqualTo("kept");
  }

  @Test
  void shouldGiveReservedItemBackWhenSessionEnds() throws Exception {
    queue.put("job");
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      other.queue(queue.name(), String.class).reserve();
    }
    Delivery<String> delivery = queue.reserve();
    assertThat(delivery.attempt()).isEqualTo(2);
    delivery.giveUp();
    assertThat(queue.status().getReserved()).isZero();
  }

  @Test
  void shouldKeepItemTakenRightBeforeClose() throws Exception {
    queue.putMany(List.of("taken", "left"));
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      assertThat(other.queue(queue.name(), String.class).take()).isEqualTo("taken");
    }
    assertThat(queue).containsExactly("left");
  }

  @Test
  void shouldConsumeOnCallingThreadUntilClosed() throws Exception {
    queue.putMany(List.of("a", "b", "c"));
    queue.shutdownForAll();
    List<String> handled = new ArrayList<>();
    queue.consume(2, delivery -> handled.add(delivery.item()));
    assertThat(handled).containsExactly("a", "b", "c");
    assertThat(queue.status().getReserved()).isZero();
  }

  @Test
  void shouldGiveItemBackWhenHandlerThrows() throws Exception {
    queue.putMany(List.of("a", "bad", "c"));
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(
            () ->
                queue.consume(
                    3,
                    delivery -> {
                      if (delivery.item().equals("bad")) {
                        throw new IllegalArgumentException("bad");
                      }
                    }))
        .withCauseInstanceOf(IllegalArgumentException.class);
    assertThat(queue).containsExactly("bad", "c");
    assertThat(queue.reserve().attempt()).isEqualTo(2);
  }

  @Test
  void shouldConsumeOnExecutor() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      CompletableFuture<Void> enough = new CompletableFuture<>();
      List<String> handled = Collections.synchronizedList(new ArrayList<>());
      Consumption<String> consumption =
          queue.consume(
              10,
              threads,
              delivery -> {
                handled.add(delivery.item());
                if (handled.size() == 1000) {
                  enough.complete(null);
                }
              });
      for (int i = 0; i < 1000; i++) {
        queue.putAsync("item " + i);
      }
      enough.get(10, TimeUnit.SECONDS);
      consumption.close();
      consumption.done().get(5, TimeUnit.SECONDS);
      assertThat(handled).doesNotHaveDuplicates().hasSize(1000);
      assertThat(queue.status().getReserved()).isZero();
      assertThat(queue.status().getWaitingGets()).isZero();
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void shouldStopConsumingWhenInterrupted() throws Exception {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                queue.consume(2, delivery -> {});
              } catch (Exception e) {
                end.complete(e);
              }
            });
    thread.start();
    Await.until(() -> queue.status().getWaitingGets() == 1);
    thread.interrupt();
    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(queue.status().getWaitingGets()).isZero();
  }

  @Test
  void shouldNotLoseItemOfAnotherType() throws Exception {
    polyproc.queue(queue.name(), Long.class).put(7L);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(queue::take)
        .satisfies(e -> assertThat(e.value().getInt()).isEqualTo(7));

    queue.put("before");
    polyproc.queue(queue.name(), Long.class).put(7L);
    queue.put("after");
    List<String> items = queue.getMany(3);
    assertThat(items.get(0)).isEqualTo("before");
    assertThatExceptionOfType(UnexpectedValueException.class).isThrownBy(() -> items.get(1));
    assertThat(items.get(2)).isEqualTo("after");
  }

  @Test
  void shouldTellThatQueueIsClosedOrDeleted() throws Exception {
    CompletableFuture<String> waiting = queue.takeAsync();
    queue.shutdownForAll();
    assertThat(Failure.reasonOf(waiting)).isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    assertThat(Failure.reasonOf(() -> queue.put("late")))
        .isEqualTo(ErrorReason.ERROR_REASON_CLOSED);
    queue.delete();
    assertThat(Failure.reasonOf(queue::size)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldWaitAsLongAsToldInTheTwins() throws Exception {
    PolyQueue<Long> twins =
        polyproc.queue(
            QueueCreateRequest.newBuilder().setQueue("twins").setMaxsize(2).build(),
            Codec.of(Long.class));

    assertThat(twins.offerManyAsync(List.of(1L, 2L), 0, TimeUnit.SECONDS).get()).isTrue();
    assertThat(twins.offerManyAsync(List.of(3L), 1, TimeUnit.MILLISECONDS).get()).isFalse();
    assertThat(twins.getManyAsync(5, 0, TimeUnit.SECONDS).get()).containsExactly(1L, 2L);
    assertThat(twins.getManyAsync(5, 1, TimeUnit.MILLISECONDS).get()).isEmpty();
    assertThat(twins.reserveAsync(1, TimeUnit.MILLISECONDS).get()).isNull();
    twins.put(4L);
    assertThat(twins.reserveAsync(8, TimeUnit.SECONDS).get().item()).isEqualTo(4L);
  }
}
