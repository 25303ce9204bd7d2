package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.AtomicDouble;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ElementType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Java's own atomics beside ours: the same methods, and the same answers to the same calls, at the
 * edges of their types too.
 */
@Timeout(120)
class AtomicMethodsTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final int CALLS = 400;

  /** Weaker orders than that of the daemon, and what makes a {@code Number} of it. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "lazySet",
          "getPlain",
          "setPlain",
          "getOpaque",
          "setOpaque",
          "getAcquire",
          "setRelease",
          "compareAndExchangeAcquire",
          "compareAndExchangeRelease",
          "weakCompareAndSet",
          "weakCompareAndSetPlain",
          "weakCompareAndSetVolatile",
          "weakCompareAndSetAcquire",
          "weakCompareAndSetRelease",
          "intValue",
          "longValue",
          "floatValue",
          "doubleValue");

  private final Polyproc polyproc = DAEMON.connect();
  private final Random random = new Random(52);

  private static List<Method> methods(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !LEFT_OUT.contains(method.getName()))
        .toList();
  }

  private static String signature(Method method) {
    return method.getReturnType().getSimpleName()
        + " "
        + method.getName()
        + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList();
  }

  @Test
  void shouldHaveTheMethodsOfJavasAtomics() {
    Map<Class<?>, Class<?>> ours =
        Map.of(
            AtomicLong.class, PolyLong.class,
            AtomicInteger.class, PolyInteger.class,
            AtomicBoolean.class, PolyBoolean.class,
            AtomicDouble.class, PolyDouble.class);
    ours.forEach(
        (theirs, handle) ->
            assertThat(Arrays.stream(handle.getMethods()).map(AtomicMethodsTest::signature))
                .as(handle.getSimpleName())
                .containsAll(methods(theirs).stream().map(AtomicMethodsTest::signature).toList()));
  }

  @Test
  void shouldHaveTheMethodsOfJavasAtomicArrays() {
    for (Class<?> theirs : List.of(AtomicLongArray.class, AtomicIntegerArray.class)) {
      assertThat(Arrays.stream(PolyArray.class.getMethods()).map(AtomicMethodsTest::shape))
          .containsAll(methods(theirs).stream().map(AtomicMethodsTest::shape).toList());
    }
  }

  private static String shape(Method method) {
    return method.getName() + " of " + method.getParameterCount();
  }

  // As of the contract, every method that is one call has a twin.
  @Test
  void shouldHaveATwinOfEveryMethodThatIsOneCall() {
    Set<String> several =
        Set.of("updateAndGet", "getAndUpdate", "accumulateAndGet", "getAndAccumulate", "length");
    Map<Class<?>, Class<?>> ours =
        Map.of(
            AtomicLong.class, PolyLong.class,
            AtomicInteger.class, PolyInteger.class,
            AtomicBoolean.class, PolyBoolean.class,
            AtomicDouble.class, PolyDouble.class,
            AtomicLongArray.class, PolyArray.class);
    ours.forEach(
        (theirs, handle) ->
            assertThat(
                    Arrays.stream(handle.getMethods())
                        .filter(method -> method.getReturnType() == CompletableFuture.class)
                        .map(Method::getName))
                .as(handle.getSimpleName())
                .containsAll(
                    methods(theirs).stream()
                        .map(Method::getName)
                        .filter(name -> !several.contains(name) && !name.equals("toString"))
                        .map(name -> name + "Async")
                        .toList()));
  }

  private long anyLong() {
    long[] edges = {0, 1, -1, 2, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, 1L << 32};
    return random.nextInt(3) == 0 ? random.nextLong() : edges[random.nextInt(edges.length)];
  }

  private int anyInt() {
    int[] edges = {0, 1, -1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE + 1};
    return random.nextInt(3) == 0 ? random.nextInt() : edges[random.nextInt(edges.length)];
  }

  private double anyDouble() {
    double[] edges = {
      1, -1, 0.1, Double.MAX_VALUE, Double.MIN_VALUE, -Double.MAX_VALUE, Double.POSITIVE_INFINITY
    };
    return random.nextInt(3) == 0 ? random.nextDouble() : edges[random.nextInt(edges.length)];
  }

  /** Now and then what is there, so that comparisons hold. */
  private long expected(long there) {
    return random.nextBoolean() ? there : anyLong();
  }

  private static <T> T answer(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  /** An answer each, or null where there is none. */
  private record Answers(Object theirs, Object ours) {}

  private interface Way {
    Answers call() throws Exception;
  }

  /** The answers are the same, whatever is called. */
  private void assertSame(List<Way> ways) throws Exception {
    List<Integer> called = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      int way = i < ways.size() ? i : random.nextInt(ways.size());
      called.add(way);
      Answers answers = ways.get(way).call();
      assertThat(answers.ours()).as("after %s", called).isEqualTo(answers.theirs());
    }
  }

  @Test
  void shouldAnswerAsAnAtomicLongDoes() throws Exception {
    AtomicLong theirs = new AtomicLong(5);
    PolyLong ours = polyproc.atomicLong("long", 5);
    assertSame(
        List.of(
            () -> new Answers(theirs.get(), ours.get()),
            () -> new Answers(theirs.get(), answer(ours.getAsync())),
            () -> {
              long n = anyLong();
              theirs.set(n);
              ours.set(n);
              return new Answers(theirs.get(), ours.get());
            },
            () -> {
              long n = anyLong();
              theirs.set(n);
              answer(ours.setAsync(n));
              return new Answers(theirs.get(), ours.get());
            },
            () -> {
              long n = anyLong();
              return new Answers(theirs.getAndSet(n), ours.getAndSet(n));
            },
            () -> {
              long n = anyLong();
              return new Answers(theirs.getAndAdd(n), ours.getAndAdd(n));
            },
            () -> {
              long n = anyLong();
              return new Answers(theirs.addAndGet(n), ours.addAndGet(n));
            },
            () -> {
              long n = anyLong();
              return new Answers(theirs.addAndGet(n), answer(ours.addAndGetAsync(n)));
            },
            () -> {
              long e = expected(theirs.get());
              long n = anyLong();
              return new Answers(theirs.compareAndSet(e, n), ours.compareAndSet(e, n));
            },
            () -> {
              long e = expected(theirs.get());
              long n = anyLong();
              return new Answers(theirs.compareAndExchange(e, n), ours.compareAndExchange(e, n));
            },
            () -> new Answers(theirs.incrementAndGet(), ours.incrementAndGet()),
            () -> new Answers(theirs.decrementAndGet(), ours.decrementAndGet()),
            () -> new Answers(theirs.getAndIncrement(), ours.getAndIncrement()),
            () -> new Answers(theirs.getAndDecrement(), ours.getAndDecrement()),
            () -> new Answers(theirs.incrementAndGet(), answer(ours.incrementAndGetAsync())),
            () -> new Answers(theirs.decrementAndGet(), answer(ours.decrementAndGetAsync())),
            () -> new Answers(theirs.getAndIncrement(), answer(ours.getAndIncrementAsync())),
            () -> new Answers(theirs.getAndDecrement(), answer(ours.getAndDecrementAsync())),
            () -> new Answers(theirs.updateAndGet(n -> n * 3), ours.updateAndGet(n -> n * 3)),
            () -> new Answers(theirs.getAndUpdate(n -> ~n), ours.getAndUpdate(n -> ~n)),
            () -> {
              long n = anyLong();
              return new Answers(
                  theirs.accumulateAndGet(n, Math::max), ours.accumulateAndGet(n, Math::max));
            },
            () -> {
              long n = anyLong();
              return new Answers(
                  theirs.getAndAccumulate(n, Math::min), ours.getAndAccumulate(n, Math::min));
            }));
  }

  @Test
  void shouldAnswerAsAnAtomicIntegerDoes() throws Exception {
    AtomicInteger theirs = new AtomicInteger(5);
    PolyInteger ours = polyproc.atomicInteger("int", 5);
    assertSame(
        List.of(
            () -> {
              int n = anyInt();
              return new Answers(theirs.getAndSet(n), ours.getAndSet(n));
            },
            () -> {
              int n = anyInt();
              return new Answers(theirs.getAndAdd(n), ours.getAndAdd(n));
            },
            () -> {
              int n = anyInt();
              return new Answers(theirs.addAndGet(n), ours.addAndGet(n));
            },
            () -> {
              int e = random.nextBoolean() ? theirs.get() : anyInt();
              int n = anyInt();
              return new Answers(theirs.compareAndSet(e, n), ours.compareAndSet(e, n));
            },
            () -> new Answers(theirs.incrementAndGet(), ours.incrementAndGet()),
            () -> new Answers(theirs.decrementAndGet(), ours.decrementAndGet()),
            () -> new Answers(theirs.incrementAndGet(), answer(ours.incrementAndGetAsync())),
            () -> new Answers(theirs.getAndDecrement(), answer(ours.getAndDecrementAsync())),
            () -> new Answers(theirs.updateAndGet(n -> n * 3), ours.updateAndGet(n -> n * 3)),
            () -> {
              int n = anyInt();
              return new Answers(
                  theirs.getAndAccumulate(n, Math::min), ours.getAndAccumulate(n, Math::min));
            },
            () -> new Answers(theirs.get(), ours.get())));
  }

  @Test
  void shouldAnswerAsGuavasAtomicDoubleDoes() throws Exception {
    AtomicDouble theirs = new AtomicDouble(0.5);
    PolyDouble ours = polyproc.atomicDouble("double", 0.5);
    assertSame(
        List.of(
            () -> {
              double n = anyDouble();
              return new Answers(theirs.getAndSet(n), ours.getAndSet(n));
            },
            () -> {
              double n = anyDouble();
              return new Answers(theirs.addAndGet(n), ours.addAndGet(n));
            },
            () -> {
              double n = anyDouble();
              return new Answers(theirs.getAndAdd(n), answer(ours.getAndAddAsync(n)));
            },
            () -> {
              double e = theirs.get();
              double n = anyDouble();
              return new Answers(theirs.compareAndSet(e, n), ours.compareAndSet(e, n));
            },
            () -> {
              double n = anyDouble();
              theirs.set(n);
              ours.set(n);
              return new Answers(theirs.get(), ours.get());
            }));
  }

  @Test
  void shouldAnswerAsAnAtomicBooleanDoes() throws Exception {
    AtomicBoolean theirs = new AtomicBoolean();
    PolyBoolean ours = polyproc.atomicBoolean("boolean");
    assertSame(
        List.of(
            () -> new Answers(theirs.get(), ours.get()),
            () -> {
              boolean b = random.nextBoolean();
              theirs.set(b);
              answer(ours.setAsync(b));
              return new Answers(theirs.get(), answer(ours.getAsync()));
            },
            () -> {
              boolean b = random.nextBoolean();
              return new Answers(theirs.getAndSet(b), ours.getAndSet(b));
            },
            () -> {
              boolean e = random.nextBoolean();
              boolean b = random.nextBoolean();
              return new Answers(theirs.compareAndSet(e, b), ours.compareAndSet(e, b));
            },
            () -> {
              boolean e = random.nextBoolean();
              boolean b = random.nextBoolean();
              return new Answers(
                  theirs.compareAndExchange(e, b), answer(ours.compareAndExchangeAsync(e, b)));
            }));
  }

  @Test
  void shouldAnswerAsAnAtomicLongArrayDoes() throws Exception {
    AtomicLongArray theirs = new AtomicLongArray(3);
    PolyArray<Long> ours = polyproc.array("longs", ElementType.ELEMENT_TYPE_INT64, 3, Long.class);
    assertSame(
        List.of(
            () -> {
              int i = random.nextInt(3);
              long n = anyLong();
              theirs.set(i, n);
              ours.set(i, n);
              return new Answers(theirs.get(i), ours.get(i));
            },
            () -> {
              int i = random.nextInt(3);
              long n = anyLong();
              return new Answers(theirs.getAndSet(i, n), ours.getAndSet(i, n));
            },
            () -> {
              int i = random.nextInt(3);
              long n = anyLong();
              return new Answers(theirs.addAndGet(i, n), ours.addAndGetLong(i, n));
            },
            () -> {
              int i = random.nextInt(3);
              long n = anyLong();
              return new Answers(theirs.getAndAdd(i, n), answer(ours.getAndAddAsync(i, n)));
            },
            () -> {
              int i = random.nextInt(3);
              long e = expected(theirs.get(i));
              long n = anyLong();
              return new Answers(theirs.compareAndSet(i, e, n), ours.compareAndSetLong(i, e, n));
            },
            () -> {
              int i = random.nextInt(3);
              long e = expected(theirs.get(i));
              long n = anyLong();
              return new Answers(
                  theirs.compareAndExchange(i, e, n), ours.compareAndExchange(i, e, n));
            },
            () -> {
              int i = random.nextInt(3);
              return new Answers(theirs.incrementAndGet(i), ours.incrementAndGet(i));
            },
            () -> {
              int i = random.nextInt(3);
              return new Answers(theirs.decrementAndGet(i), ours.decrementAndGet(i));
            },
            () -> {
              int i = random.nextInt(3);
              return new Answers(theirs.getAndIncrement(i), answer(ours.getAndIncrementAsync(i)));
            },
            () -> {
              int i = random.nextInt(3);
              return new Answers(theirs.getAndDecrement(i), ours.getAndDecrement(i));
            },
            () -> {
              int i = random.nextInt(3);
              return new Answers(
                  theirs.updateAndGet(i, n -> n * 3), ours.updateAndGet(i, n -> n * 3));
            },
            () -> {
              int i = random.nextInt(3);
              long n = anyLong();
              return new Answers(
                  theirs.getAndAccumulate(i, n, Math::max), ours.getAndAccumulate(i, n, Math::max));
            },
            () ->
                new Answers(
                    List.of(theirs.get(0), theirs.get(1), theirs.get(2)),
                    Arrays.stream(ours.longs()).boxed().toList())));
  }

  @Test
  void shouldAnswerAsAnAtomicIntegerArrayDoes() throws Exception {
    AtomicIntegerArray theirs = new AtomicIntegerArray(2);
    PolyArray<Integer> ours =
        polyproc.array("ints", ElementType.ELEMENT_TYPE_INT32, 2, Integer.class);
    assertSame(
        List.of(
            () -> {
              int n = anyInt();
              return new Answers(theirs.getAndSet(1, n), ours.getAndSet(1, n));
            },
            () -> {
              int n = anyInt();
              return new Answers(theirs.addAndGet(1, n), ours.addAndGet(1, n));
            },
            () -> new Answers(theirs.incrementAndGet(1), answer(ours.incrementAndGetAsync(1))),
            () -> new Answers(theirs.getAndDecrement(1), answer(ours.getAndDecrementAsync(1))),
            () -> new Answers(theirs.decrementAndGet(1), answer(ours.decrementAndGetAsync(1))),
            () -> {
              int n = anyInt();
              return new Answers(
                  theirs.accumulateAndGet(1, n, Math::min), ours.accumulateAndGet(1, n, Math::min));
            },
            () -> new Answers(theirs.get(0), ours.get(0))));
  }
}
