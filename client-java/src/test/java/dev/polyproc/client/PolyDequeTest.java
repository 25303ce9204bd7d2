package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the JDK says of {@code BlockingDeque}, on a daemon. */
@Timeout(30)
class PolyDequeTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final int CAPACITY = 6;

  private static int made;

  private final Polyproc polyproc = DAEMON.connect();
  private final PolyDeque<Integer> deque = deque(QueueOptions.DEFAULTS.maxsize(CAPACITY));

  private PolyDeque<Integer> deque(QueueOptions options) {
    return polyproc.queue("deque-" + ++made, Codec.of(Integer.class), options).asDeque();
  }

  private static final List<Function<BlockingDeque<Integer>, Object>> TAKING =
      List.of(
          deque -> deque.pollFirst(),
          deque -> deque.pollLast(),
          deque -> deque.poll(),
          deque -> caught(deque::removeFirst),
          deque -> caught(deque::removeLast),
          deque -> caught(deque::remove),
          deque -> caught(deque::pop),
          deque -> String.valueOf(deque.isEmpty() ? null : caught(deque::takeFirst)),
          deque -> String.valueOf(deque.isEmpty() ? null : caught(deque::takeLast)));

  private static final List<Function<BlockingDeque<Integer>, Object>> LOOKING =
      List.of(
          deque -> String.valueOf(deque.peekFirst()),
          deque -> String.valueOf(deque.peekLast()),
          deque -> String.valueOf(deque.peek()),
          deque -> caught(deque::getFirst),
          deque -> caught(deque::getLast),
          deque -> caught(deque::element),
          deque -> deque.size(),
          deque -> deque.isEmpty(),
          deque -> deque.remainingCapacity());

  /** What a call answers, or the class of what it throws. */
  private static Object caught(Callable<?> call) {
    try {
      return String.valueOf(call.call());
    } catch (Exception e) {
      return e.getClass();
    }
  }

  private static Object done(ThrowingCallable call) {
    return caught(
        () -> {
          try {
            call.call();
            return "done";
          } catch (RuntimeException e) {
            throw e;
          } catch (Throwable e) {
            throw new AssertionError(e);
          }
        });
  }

  private static List<Function<BlockingDeque<Integer>, Object>> putting(int item) {
    return List.of(
        deque -> deque.offerFirst(item),
        deque -> deque.offerLast(item),
        deque -> deque.offer(item),
        deque -> done(() -> deque.addFirst(item)),
        deque -> done(() -> deque.addLast(item)),
        deque -> done(() -> deque.push(item)),
        deque -> caught(() -> deque.add(item)),
        deque -> caught(() -> deque.offerFirst(item, 1, TimeUnit.MILLISECONDS)),
        deque -> caught(() -> deque.offerLast(item, 1, TimeUnit.MILLISECONDS)),
        deque -> caught(() -> deque.offer(item, 0, TimeUnit.MILLISECONDS)),
        deque -> deque.contains(item),
        deque -> deque.remove((Object) item),
        deque -> deque.removeFirstOccurrence(item),
        deque -> deque.removeLastOccurrence(item));
  }

  @Test
  void shouldDoWhatALinkedBlockingDequeDoes() {
    LinkedBlockingDeque<Integer> model = new LinkedBlockingDeque<>(CAPACITY);
    Random random = new Random(166);
    for (int step = 0; step < 1000; step++) {
      List<Function<BlockingDeque<Integer>, Object>> ways =
          switch (random.nextInt(4)) {
            case 0 -> TAKING;
            case 1 -> LOOKING;
            default -> putting(random.nextInt(4));
          };
      int chosen = random.nextInt(ways.size());
      assertThat(ways.get(chosen).apply(deque))
          .as("step %d, way %d of %d, of %s", step, chosen, ways.size(), model)
          .isEqualTo(ways.get(chosen).apply(model));
      if (step % 10 == 0) {
        assertThat(new ArrayList<>(deque)).isEqualTo(new ArrayList<>(model));
        assertThat(descending(deque)).isEqualTo(descending(model));
      }
    }
  }

  private static List<Integer> descending(BlockingDeque<Integer> deque) {
    List<Integer> items = new ArrayList<>();
    deque.descendingIterator().forEachRemaining(items::add);
    return items;
  }

  @Test
  @SuppressWarnings("NullAway") // nulls are what is refused
  void shouldRefuseNullsAtEitherEnd() {
    List<Consumer<BlockingDeque<Integer>>> ways =
        List.of(
            each -> each.addFirst(null),
            each -> each.addLast(null),
            each -> each.add(null),
            each -> each.push(null),
            each -> each.offerFirst(null),
            each -> each.offerLast(null),
            each -> each.offer(null));
    for (Consumer<BlockingDeque<Integer>> way : ways) {
      assertThatNullPointerException().isThrownBy(() -> way.accept(deque));
    }
    assertThatNullPointerException().isThrownBy(() -> deque.putFirst(null));
    assertThatNullPointerException().isThrownBy(() -> deque.putLast(null));
    assertThatNullPointerException().isThrownBy(() -> deque.offerFirst(null, 1, TimeUnit.SECONDS));
    assertThatNullPointerException().isThrownBy(() -> deque.offerLast(null, 1, TimeUnit.SECONDS));
    assertThatNullPointerException().isThrownBy(() -> deque.addAll(null));
    Collection<Integer> itself = deque;
    assertThatIllegalArgumentException().isThrownBy(() -> deque.addAll(itself));
    assertThatIllegalArgumentException().isThrownBy(() -> deque.drainTo(itself));
    assertThat(deque).isEmpty();
  }

  @Test
  void shouldBeAStack() {
    deque.push(1);
    deque.push(2);
    deque.push(3);
    assertThat(deque).containsExactly(3, 2, 1);
    assertThat(deque.pop()).isEqualTo(3);
    assertThat(deque.peek()).isEqualTo(2);
    assertThat(deque.pop()).isEqualTo(2);
    assertThat(deque.pop()).isEqualTo(1);
    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(deque::pop);
  }

  @Test
  void shouldPutAtTheEndThatIsNamedWhateverTheOrder() throws Exception {
    PolyDeque<Integer> stack = deque(QueueOptions.DEFAULTS.lifo());
    stack.putLast(1);
    stack.add(2);
    stack.putFirst(0);
    stack.addAll(List.of(3, 4));
    assertThat(stack).containsExactly(0, 1, 2, 3, 4);
    stack.queue().put(-1);
    assertThat(stack.takeFirst()).isEqualTo(-1);
    assertThat(stack.takeLast()).isEqualTo(4);
    assertThat(stack.pollLast(1, TimeUnit.SECONDS)).isEqualTo(3);
    assertThat(stack.pollFirst(1, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void shouldWaitForRoomAtEitherEndInOneLine() throws Exception {
    deque.addAll(List.of(1, 2, 3, 4, 5, 6));
    assertThatIllegalStateException().isThrownBy(() -> deque.addFirst(0));
    assertThatIllegalStateException().isThrownBy(() -> deque.addLast(0));
    CompletableFuture<Object> first = started(() -> deque.putFirst(0), 1);
    CompletableFuture<Object> last = started(() -> deque.putLast(7), 2);

    assertThat(deque.takeLast()).isEqualTo(6);
    first.get(10, TimeUnit.SECONDS);
    assertThat(last).isNotDone();
    assertThat(deque.takeFirst()).isZero();
    last.get(10, TimeUnit.SECONDS);
    assertThat(deque).containsExactly(1, 2, 3, 4, 5, 7);
  }

  /** Starts what waits, and answers when so many puts do. */
  private CompletableFuture<Object> started(ThrowingCallable put, int waiting) {
    CompletableFuture<Object> end = new CompletableFuture<>();
    Thread thread = new Thread(() -> end.complete(done(put)));
    thread.setDaemon(true);
    thread.start();
    Await.until(() -> deque.queue().status().getWaitingPuts() == waiting);
    return end;
  }

  @Test
  void shouldWaitForItemsAtEitherEndInOneLine() throws Exception {
    CompletableFuture<Thread> waiter = new CompletableFuture<>();
    CompletableFuture<Throwable> interrupted =
        Failure.onThread(
            () -> {
              waiter.complete(Thread.currentThread());
              return deque.takeLast();
            });
    Await.until(() -> deque.queue().status().getWaitingGets() == 1);
    CompletableFuture<Integer> first = taking(deque::takeFirst, 2);
    CompletableFuture<Integer> last = taking(deque::takeLast, 3);
    waiter.get(10, TimeUnit.SECONDS).interrupt();
    assertThat(interrupted.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);

    deque.addAll(List.of(1, 2, 3));
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(last.get(10, TimeUnit.SECONDS)).isEqualTo(3);
    assertThat(deque.take()).isEqualTo(2);
    assertThat(deque.pollFirst(1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(deque.pollLast(1, TimeUnit.MILLISECONDS)).isNull();
  }

  private CompletableFuture<Integer> taking(Callable<Integer> take, int waiting) {
    CompletableFuture<Integer> taken = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                taken.complete(take.call());
              } catch (Exception e) {
                taken.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    Await.until(() -> deque.queue().status().getWaitingGets() == waiting);
    return taken;
  }

  @Test
  void shouldNotWaitWhereTheThreadIsInterrupted() {
    List<ThrowingCallable> ways =
        List.of(
            () -> deque.putFirst(1),
            () -> deque.putLast(1),
            () -> deque.offerFirst(1, 1, TimeUnit.DAYS),
            () -> deque.offerLast(1, 1, TimeUnit.DAYS),
            deque::takeFirst,
            deque::takeLast,
            () -> deque.pollFirst(1, TimeUnit.DAYS),
            () -> deque.pollLast(1, TimeUnit.DAYS));
    for (ThrowingCallable way : ways) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class).isThrownBy(way);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
    assertThat(deque).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // nulls are what is refused
  void shouldRemoveWhatAnIterationMetFromEitherEnd() {
    deque.addAll(List.of(1, 2, 3, 2, 1));
    Iterator<Integer> back = deque.descendingIterator();
    assertThat(back.next()).isEqualTo(1);
    back.remove();
    assertThatIllegalStateException().isThrownBy(back::remove);
    assertThat(back.next()).isEqualTo(2);
    assertThat(deque).containsExactly(1, 2, 3, 2);
    Iterator<Integer> forth = deque.iterator();
    forth.next();
    forth.remove();
    back.remove();
    assertThat(deque).containsExactly(2, 3);
    assertThat(deque.removeLastOccurrence(7)).isFalse();
    Object text = "2";
    assertThat(deque.removeLastOccurrence(text)).isFalse();
    assertThatNullPointerException().isThrownBy(() -> deque.removeLastOccurrence(null));
  }

  @Test
  void shouldFindTheLastOfMoreThanAPage() throws Exception {
    PolyDeque<Integer> many = deque(QueueOptions.DEFAULTS);
    int count = polyproc.requestor().limits().getPageSize() + 2;
    List<Integer> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(i % 7);
    }
    many.addAll(items);
    assertThat(many.peekLast()).isEqualTo(items.get(count - 1));
    assertThat(many.removeLastOccurrence(3)).isTrue();
    items.remove(items.lastIndexOf(3));
    assertThat(many.removeLastOccurrence(items.get(0))).isTrue();
    items.remove(items.lastIndexOf(items.get(0)));
    assertThat(new ArrayList<>(many)).isEqualTo(items);
  }

  @Test
  void shouldFindTheLastThatIsEqualInOtherWords() throws Exception {
    PolyQueue<Value> raw = polyproc.queue("words", Value.class);
    PolyDeque<Instant> instants = polyproc.queue("words", Instant.class).asDeque();
    instants.add(Instant.EPOCH);
    raw.put(Codec.ANY.encode("1970-01-01T00:00:00+00:00"));
    instants.add(Instant.MAX);
    assertThat(instants.removeLastOccurrence(Instant.EPOCH)).isTrue();
    assertThat(instants).containsExactly(Instant.EPOCH, Instant.MAX);
  }

  @Test
  void shouldBeTheSameDequeForEveryHandleOfTheQueue() {
    PolyDeque<Integer> same = deque.queue().asDeque();
    assertThat(same).isEqualTo(deque).hasSameHashCodeAs(deque);
    assertThat(deque.equals(deque.queue().asJoinable())).isFalse();
    assertThat(deque.toString()).isEqualTo("PolyDeque '" + deque.name() + "'");
    assertThat(deque.ref()).isEqualTo(deque.queue().ref());
  }

  @Test
  void shouldTellWhereItCannotBeTakenFromTheTail() {
    PolyDeque<Integer> fair = deque(QueueOptions.DEFAULTS.fair());
    fair.add(1);
    assertThat(Failure.reasonOf(fair::pollLast))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(fair.pollFirst()).isEqualTo(1);
  }
}
