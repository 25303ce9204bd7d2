package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.testing.JavaProgram;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays in the memory of several programs, before a real daemon. */
@Timeout(60)
class PolySharedArrayTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.connect(DAEMON.address());
    other = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
  }

  private PolySharedArray doubles(String name, int length) {
    return polyproc.sharedArray(name, ElementType.ELEMENT_TYPE_FLOAT64, length);
  }

  private PolySharedArray longs(String name, int length) {
    return polyproc.sharedArray(name, ElementType.ELEMENT_TYPE_INT64, length);
  }

  @Test
  void shouldShowToOthersWhatOneWrites() {
    PolySharedArray prices = doubles("prices", 1_000);
    assertThat(prices.name()).isEqualTo("prices");
    assertThat(prices.length()).isEqualTo(1_000);
    assertThat(prices.type()).isEqualTo(ElementType.ELEMENT_TYPE_FLOAT64);
    assertThat(prices.getDouble(999)).isZero();

    prices.setDouble(999, 0.25);
    double[] all = new double[1_000];
    Arrays.setAll(all, i -> i);
    prices.put(0, all, 0, 999);

    PolySharedArray found = other.sharedArray("prices");
    assertThat(found.getDouble(999)).isEqualTo(0.25);
    double[] read = new double[3];
    found.get(10, read, 1, 2);
    assertThat(read).containsExactly(0, 10, 11);
    assertThat(other.sharedArray("prices", ElementType.ELEMENT_TYPE_FLOAT64, 1_000))
        .isEqualTo(found);
    assertThat(found).isNotEqualTo(prices).hasToString("PolySharedArray 'prices'");
  }

  @Test
  void shouldCountInOneStep() throws Exception {
    PolySharedArray hits = longs("hits", 2);
    PolySharedArray same = other.sharedArray("hits");
    OtherThread counting =
        OtherThread.running(
            () -> {
              for (int i = 0; i < 50_000; i++) {
                same.getAndAdd(1, 1);
              }
            });
    for (int i = 0; i < 50_000; i++) {
      hits.addAndGet(1, 1);
    }
    assertThat(counting.outcome()).isEqualTo("done");

    assertThat(hits.getVolatile(1)).isEqualTo(100_000);
    assertThat(hits.compareAndSet(1, 100_000, 7)).isTrue();
    assertThat(same.getAndSet(1, 8)).isEqualTo(7);
    same.setVolatile(0, 9);
    assertThat(hits.getLong(0)).isEqualTo(9);
    hits.setLong(0, 10);
    assertThat(same.getLong(0)).isEqualTo(10);
  }

  @Test
  void shouldCopyBlocksOfEveryWidth() {
    PolySharedArray bytes = polyproc.sharedArray("w1", ElementType.ELEMENT_TYPE_UINT8, 4);
    bytes.put(1, new byte[] {9, 1, -1}, 1, 2);
    byte[] someBytes = new byte[4];
    bytes.get(0, someBytes, 0, 4);
    assertThat(someBytes).containsExactly(0, 1, -1, 0);
    assertThat(bytes.getLong(2)).isEqualTo(255);

    PolySharedArray shorts = polyproc.sharedArray("w2", ElementType.ELEMENT_TYPE_INT16, 2);
    shorts.put(0, new short[] {258, -2}, 0, 2);
    short[] someShorts = new short[1];
    shorts.get(1, someShorts, 0, 1);
    assertThat(someShorts).containsExactly((short) -2);
    assertThat(shorts.asShortBuffer().get(0)).isEqualTo((short) 258);
    assertThat(shorts.asByteBuffer().get(0)).as("little-endian").isEqualTo((byte) 2);

    PolySharedArray ints = polyproc.sharedArray("w4", ElementType.ELEMENT_TYPE_WCHAR, 2);
    ints.put(0, new int[] {'a', 0x1F600}, 0, 2);
    int[] someInts = new int[2];
    ints.get(0, someInts, 0, 2);
    assertThat(someInts).containsExactly('a', 0x1F600);
    assertThat(ints.asIntBuffer().get(1)).isEqualTo(0x1F600);

    PolySharedArray floats = polyproc.sharedArray("wf", ElementType.ELEMENT_TYPE_FLOAT32, 2);
    floats.put(0, new float[] {0.5f, 1.5f}, 0, 2);
    float[] someFloats = new float[2];
    floats.get(0, someFloats, 0, 2);
    assertThat(someFloats).containsExactly(0.5f, 1.5f);
    assertThat(floats.asFloatBuffer().get(1)).isEqualTo(1.5f);

    PolySharedArray longs = longs("w8", 2);
    longs.put(0, new long[] {Long.MIN_VALUE, 5}, 0, 2);
    long[] someLongs = new long[2];
    longs.get(0, someLongs, 0, 2);
    assertThat(someLongs).containsExactly(Long.MIN_VALUE, 5);
    assertThat(longs.asLongBuffer().get(1)).isEqualTo(5);
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> longs.get(0, new double[2], 0, 2));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> longs.get(1, someLongs, 0, 2))
        .withMessageStartingWith("Expected ");
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> longs.put(0, someLongs, 1, 2));
  }

  @Test
  void shouldRefuseOtherShapesAndNames() {
    PolySharedArray there = longs("shaped", 2);

    assertThat(Failure.reasonOf(() -> longs("shaped", 3)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(Failure.reasonOf(() -> polyproc.sharedArray("none")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThatIllegalArgumentException().isThrownBy(() -> longs("shaped", -1));
    assertThat(Failure.reasonOf(() -> longs("too-long", Integer.MAX_VALUE)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(longs("shaped", 2)).isEqualTo(there);
  }

  @Test
  void shouldRefuseClientsThatMayBeOnAnotherMachine() {
    longs("local", 2);
    try (Polyproc overTcp =
        Polyproc.builder().address("localhost:" + DAEMON.port()).token(DAEMON.token()).connect()) {
      assertThat(Failure.reasonOf(() -> overTcp.sharedArray("local")))
          .isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
    }
  }

  @Test
  void shouldLeaveNothingBehindThatItMadeAndCannotMap() {
    PolySharedArray there = longs("was-there", 2);
    try (Polyproc overTcp =
        Polyproc.builder().address("localhost:" + DAEMON.port()).token(DAEMON.token()).connect()) {
      for (String name : List.of("left-behind", "was-there")) {
        assertThat(
                Failure.reasonOf(
                    () -> overTcp.sharedArray(name, ElementType.ELEMENT_TYPE_INT64, 2)))
            .isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
      }
    }
    assertThat(Failure.reasonOf(() -> polyproc.sharedArray("left-behind")))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(other.sharedArray("was-there")).isEqualTo(other.sharedArray("was-there"));
    assertThat(there.isRemoved()).isFalse();
  }

  private static SharedMemoryCreateRequest referenced(String name) {
    return SharedMemoryCreateRequest.newBuilder()
        .setMemory(name)
        .setType(ElementType.ELEMENT_TYPE_INT8)
        .setLength(3)
        .setLifetime(Lifetime.LIFETIME_REFERENCED)
        .build();
  }

  private static void assertCannotMap(Polyproc overTcp, SharedMemoryCreateRequest shape) {
    assertThat(Failure.reasonOf(() -> overTcp.sharedArray(shape.getMemory())))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
    assertThat(Failure.reasonOf(() -> overTcp.sharedArray(shape)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
  }

  @Test
  void shouldRetainNothingThatItCannotMap() {
    SharedMemoryCreateRequest shape = referenced("unmapped");
    PolySharedArray made = polyproc.sharedArray(shape);
    try (Polyproc overTcp =
        Polyproc.builder().address("localhost:" + DAEMON.port()).token(DAEMON.token()).connect()) {
      assertCannotMap(overTcp, shape);

      polyproc.drop(made);

      Await.until(made::isRemoved);
    }
  }

  @Test
  void shouldRetainWhatItWasGivenThoughItCannotMapIt() throws Exception {
    SharedMemoryCreateRequest shape = referenced("given");
    PolySharedArray made = polyproc.sharedArray(shape);
    polyproc.queue("of-given", polyproc.sharedArrays()).add(made);
    try (Polyproc overTcp =
        Polyproc.builder().address("localhost:" + DAEMON.port()).token(DAEMON.token()).connect()) {
      PolySharedArray taken = overTcp.queue("of-given", overTcp.sharedArrays()).take();
      polyproc.drop(made);

      assertCannotMap(overTcp, shape);

      other.drop(other.sharedArray("given"));
      overTcp.drop(taken);
      Await.until(made::isRemoved);
    }
  }

  @Test
  void shouldRefuseAFileThatSomebodyReplaced() throws Exception {
    longs("replaced", 2);
    Path file =
        Path.of(
            polyproc
                .requestor()
                .call(
                    Operation.of(SharedMemoryServiceGrpc.getLocateMethod()),
                    SharedMemoryLocateRequest.newBuilder().setMemory("replaced").build())
                .getPath());
    Files.delete(file);

    assertThat(Failure.reasonOf(() -> other.sharedArray("replaced")))
        .isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_LOST);
    Files.writeString(file, "mine");
    assertThat(Failure.reasonOf(() -> other.sharedArray("replaced")))
        .isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_LOST);
    assertThat(file).hasContent("mine");
    Files.delete(file);
  }

  /** Who is interrupted has it mapped all the same, and is interrupted still. */
  @Test
  void shouldOpenInAThreadThatIsInterrupted() {
    longs("opened", 2).setLong(0, 7);
    Thread.currentThread().interrupt();
    try (PolySharedArray again = other.sharedArray("opened")) {
      assertThat(again.getLong(0)).isEqualTo(7);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void shouldBeAValue() {
    PolySharedArray array = longs("handed", 2);
    PolyQueue<PolySharedArray> sent = polyproc.queue("sent", polyproc.sharedArrays());
    sent.add(array);

    PolySharedArray got = other.queue("sent", other.sharedArrays()).remove();

    got.setLong(1, 5);
    assertThat(array.getLong(1)).isEqualTo(5);
    assertThat(got.ref()).isEqualTo(array.ref());
    assertThat(got.lock().name()).isEqualTo("handed/lock");
  }

  @Test
  void shouldBeOfNoUseOnceItIsClosed() {
    PolySharedArray array = doubles("closed", 4);
    PolySharedArray same = polyproc.sharedArray("closed");
    DoubleBuffer view = array.asDoubleBuffer();
    ByteBuffer bytes = array.asByteBuffer();

    array.close();
    array.close();

    List<ThrowingCallable> uses =
        List.of(
            array::length,
            array::lock,
            array::sequence,
            array::asByteBuffer,
            array::beginWriting,
            () -> array.getDouble(0),
            () -> array.setDouble(0, 1),
            () -> array.update(() -> {}),
            () -> array.read(() -> 1));
    for (ThrowingCallable use : uses) {
      assertThatIllegalStateException()
          .isThrownBy(use)
          .withMessage("Expected 'closed' to be open here, but this handle was closed");
    }
    assertThat(array).isEqualTo(same);
    view.put(1, 2.5);
    assertThat(same.getDouble(1)).as("a view goes on").isEqualTo(2.5);
    assertThat(bytes.getDouble(8)).isEqualTo(2.5);
  }

  @Test
  void shouldSayThatItWasDeleted() {
    PolySharedArray array = longs("deleted", 2);
    PolySharedArray same = other.sharedArray("deleted");
    assertThat(same.isRemoved()).isFalse();

    array.delete();

    Await.until(same::isRemoved);
    same.setLong(0, 5);
    assertThat(array.getLong(0)).as("those that have it keep it").isEqualTo(5);
    PolySharedArray next = longs("deleted", 2);
    assertThat(next.getLong(0)).isZero();
    assertThat(next).isNotEqualTo(array);
    assertThat(Failure.reasonOf(array::writers)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  @Test
  void shouldGoWithTheLastThatHoldsIt() {
    SharedMemoryCreateRequest shape =
        SharedMemoryCreateRequest.newBuilder()
            .setType(ElementType.ELEMENT_TYPE_INT8)
            .setLength(3)
            .setLifetime(Lifetime.LIFETIME_REFERENCED)
            .setLock("mine")
            .build();
    PolySharedArray made = polyproc.sharedArray(shape);
    assertThat(made.lock().name()).isEqualTo("mine");
    PolySharedArray found = other.sharedArray(made.name());
    polyproc.drop(made);
    assertThat(found.isRemoved()).isFalse();

    other.drop(found);

    Await.until(found::isRemoved);
  }

  // docs/client-java.md shows some of these.

  @Test
  void shouldShareAsThePageShows() {
    try (PolySharedArray quotes =
        polyproc.sharedArray("quotes-java", ElementType.ELEMENT_TYPE_FLOAT64, 1_000)) {
      double[] all = new double[quotes.length()];
      Arrays.fill(all, 0.25);
      quotes.put(0, all, 0, all.length); // at once; one by one it is setDouble(index, number)

      quotes.update( // who reads as below has both, or neither
          () -> {
            quotes.setDouble(0, quotes.getDouble(0) + 1);
            quotes.setDouble(1, quotes.getDouble(1) - 1);
          });
      double sum = quotes.read(() -> quotes.getDouble(0) + quotes.getDouble(1));
      System.out.println(sum); // 0.5
    }

    PolySharedArray counts =
        polyproc.sharedArray("hits-shared", ElementType.ELEMENT_TYPE_INT64, 10);
    System.out.println(counts.addAndGet(3, 1)); // 1 in a first run

    assertThat(counts.getLong(3)).isEqualTo(1);
    PolySharedArray same = other.sharedArray("quotes-java");
    assertThat(same.getDouble(0)).isEqualTo(1.25);
    assertThat(same.getDouble(999)).isEqualTo(0.25);
    assertThat(same.sequence()).isEqualTo(2);
  }

  @Test
  void shouldMendAndWriteAsThePageShows() {
    PolySharedArray rates =
        polyproc.sharedArray("rates-java", ElementType.ELEMENT_TYPE_FLOAT64, 1_000);
    rates.mend(
        hold -> {
          if (hold.previousOwnerDied()) { // all of it may be half changed
            rates.put(0, new double[1_000], 0, 1_000);
          }
          rates.setDouble(0, 0.25);
        });
    try (Writing writing = rates.beginWriting()) { // without the lock
      rates.setDouble(1, 0.5);
    }

    assertThat(rates.getDouble(0)).isEqualTo(0.25);
    assertThat(other.sharedArray("rates-java").getDouble(1)).isEqualTo(0.5);
    assertThat(rates.writers()).isZero();
  }

  @Test
  void shouldHandOverAsThePageShows() throws Exception {
    PolySharedArray image = // it lives while a program or a value of the daemon refers to it
        polyproc.sharedArray(
            dev.polyproc.v1.SharedMemoryCreateRequest.newBuilder()
                .setType(ElementType.ELEMENT_TYPE_UINT8)
                .setLength(10_000_000)
                .setLifetime(dev.polyproc.v1.Lifetime.LIFETIME_REFERENCED)
                .build());
    image.setLong(0, 7);
    PolyQueue<PolySharedArray> images = polyproc.queue("images-java", polyproc.sharedArrays());
    images.add(image); // some bytes, whatever its length
    polyproc.drop(image); // the queue has it

    PolySharedArray taken = images.take(); // as another program does
    System.out.println(taken.getLong(0)); // 7
    polyproc.drop(taken); // nobody has it: it is removed

    Await.until(taken::isRemoved);
    assertThat(Failure.reasonOf(() -> other.sharedArray(taken.name())))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldLiveInAQueueUntilWhoTookItHasGone() throws Exception {
    PolySharedArray made =
        polyproc.sharedArray(
            SharedMemoryCreateRequest.newBuilder()
                .setType(ElementType.ELEMENT_TYPE_INT64)
                .setLength(2)
                .setLifetime(Lifetime.LIFETIME_REFERENCED)
                .build());
    made.setLong(0, 7);
    polyproc.queue("large", polyproc.sharedArrays()).add(made);
    made.close();
    polyproc.drop(made);

    PolySharedArray taken;
    try (Polyproc taker = Polyproc.connect(DAEMON.address())) {
      taken = taker.queue("large", taker.sharedArrays()).take();
      assertThat(taken.getLong(0)).isEqualTo(7);
      assertThat(taken.isRemoved()).isFalse();
    }

    Await.until(taken::isRemoved);
  }

  /** What it took is gone from the queue, unless it has reserved it. */
  @Test
  void shouldLetAClientOnTcpGiveBackWhatItCannotMap() throws Exception {
    polyproc.queue("given-back", polyproc.sharedArrays()).add(longs("not-here", 2));
    try (Polyproc overTcp =
        Polyproc.builder().address("localhost:" + DAEMON.port()).token(DAEMON.token()).connect()) {
      PolyQueue<PolySharedArray> remote = overTcp.queue("given-back", overTcp.sharedArrays());
      try (Delivery<PolySharedArray> delivery = remote.reserve()) {
        assertThat(Failure.reasonOf(() -> delivery.item().getLong(0)))
            .isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
        delivery.reject();
      }
      assertThat(remote).hasSize(1);
      PolySharedArray consumed = remote.take();
      assertThat(Failure.reasonOf(() -> consumed.getLong(0)))
          .isEqualTo(ErrorReason.ERROR_REASON_NOT_LOCAL);
      assertThat(remote).isEmpty();
    }
  }

  // What belongs together.

  @Test
  void shouldShowAnUpdateAsAWholeOrNotAtAll() throws Exception {
    PolySharedArray pair = longs("pair", 2);
    PolySharedArray same = other.sharedArray("pair");
    AtomicBoolean ended = new AtomicBoolean();
    OtherThread updating =
        OtherThread.running(
            () -> {
              for (long i = 1; !ended.get(); i++) {
                long number = i;
                pair.update(
                    () -> {
                      pair.setLong(0, number);
                      pair.setLong(1, -number);
                    });
              }
            });
    long last = 0;
    for (int i = 0; (i < 20_000 || last == 0) && !updating.isDone(); i++) {
      long[] read = same.read(() -> new long[] {same.getLong(0), same.getLong(1)});
      assertThat(read[1]).isEqualTo(-read[0]);
      assertThat(read[0]).isGreaterThanOrEqualTo(last);
      last = read[0];
    }
    ended.set(true);
    assertThat(updating.outcome()).isEqualTo("done");
    assertThat(last).as("it is updated while it is read").isPositive();
    assertThat(pair.sequence()).isEqualTo(2 * pair.getLong(0));
  }

  @Test
  void shouldReadAgainWhereAnUpdateCameInBetween() {
    PolySharedArray pair = longs("between", 2);
    PolySharedArray same = other.sharedArray("between");
    AtomicInteger looks = new AtomicInteger();

    long sum =
        same.read(
            () -> {
              long first = same.getLong(0);
              if (looks.incrementAndGet() == 1) {
                pair.update(
                    () -> {
                      pair.setLong(0, 5);
                      pair.setLong(1, -5);
                    });
              }
              return first + same.getLong(1);
            });

    assertThat(sum).isZero();
    assertThat(looks).hasValue(2);
    int index =
        same.read(
            () -> {
              if (looks.incrementAndGet() == 3) {
                pair.update(() -> pair.setLong(0, 1));
                throw new IndexOutOfBoundsException("as of what was half there");
              }
              return (int) same.getLong(0);
            });
    assertThat(index).isEqualTo(1);
  }

  @Test
  void shouldTakeAnUpdateInsideOfAnotherAsPartOfIt() {
    PolySharedArray array = longs("nested", 2);
    PolySharedArray same = polyproc.sharedArray("nested");

    array.update(
        () -> {
          array.update(() -> array.setLong(0, 1));
          same.update(() -> same.setLong(1, 2));
          assertThat(array.sequence()).as("still the outer one").isEqualTo(1);
          assertThat(same.read(() -> same.getLong(1))).isEqualTo(2);
        });

    assertThat(array.sequence()).isEqualTo(2);
    assertThat(array.lock().isLocked()).isFalse();
  }

  /** Of one client, too: it is no part of an update whose hold is gone. */
  @Test
  void shouldNotTakeForNestedWhatComesUnderAnotherHold() throws Exception {
    PolySharedArray array = longs("taken-away", 2);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    OtherThread updating =
        OtherThread.running(
            () ->
                array.update(
                    () -> {
                      array.setLong(0, 1);
                      begun.countDown();
                      await(goOn);
                      array.setLong(1, -1);
                    }));
    begun.await();
    polyproc.delete(array.lock().name());

    try {
      assertThatIllegalStateException()
          .isThrownBy(() -> array.update(() -> array.setLong(1, 5)))
          .withMessageStartingWith("Expected 'taken-away' to be whole, but ");
      assertThatIllegalStateException()
          .isThrownBy(() -> array.read(() -> array.getLong(0)))
          .withMessageStartingWith("Expected 'taken-away' to be whole, but ");
      assertThat(array.getLong(1)).as("nothing was done").isZero();
    } finally {
      goOn.countDown();
    }

    assertThat(updating.outcome()).isInstanceOf(IllegalMonitorStateException.class);
    assertThat(array.sequence()).as("it was changed as a whole all the same").isEqualTo(2);
    array.update(() -> array.update(() -> array.setLong(0, 3)));
    assertThat(array.sequence()).isEqualTo(4);
  }

  /** As one that was stopped, whose session ran out meanwhile, and that goes on. */
  @Test
  void shouldNotLetWhoLostTheLockEndWhatAnotherMends() throws Exception {
    PolySharedArray array = longs("woken", 2);
    PolySharedArray same = other.sharedArray("woken");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    OtherThread updating =
        OtherThread.running(
            () ->
                array.update(
                    () -> {
                      begun.countDown();
                      await(goOn);
                    }));
    begun.await();
    polyproc.delete(array.lock().name());

    same.mend(
        hold -> {
          same.setLong(0, 1);
          goOn.countDown();
          assertThat(outcome(updating)).isInstanceOf(IllegalMonitorStateException.class);
          assertThat(same.sequence() % 2).as("it is half mended").isEqualTo(1);
          same.setLong(1, -1);
        });

    assertThat(array.<Long>read(() -> array.getLong(0) + array.getLong(1))).isZero();
  }

  private static Object outcome(OtherThread thread) {
    try {
      return thread.outcome();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldBeWholeAfterAnUpdateThatThrew() {
    PolySharedArray array = longs("thrown", 1);

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> array.update(() -> array.setDouble(0, 1)));

    assertThat(array.sequence()).isEqualTo(2);
    assertThat(array.lock().isLocked()).isFalse();
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> array.read(() -> array.getLong(1)));
  }

  @Test
  void shouldReadUnderTheLockWhereUpdatesDoNotEnd() throws Exception {
    PolySharedArray array = longs("slow", 1);
    PolySharedArray same = other.sharedArray("slow");
    CountDownLatch begun = new CountDownLatch(1);
    OtherThread updating =
        OtherThread.running(
            () ->
                array.update(
                    () -> {
                      array.setLong(0, 1);
                      begun.countDown();
                      Await.until(() -> array.lock().waiters().size() == 1);
                      array.setLong(0, 2);
                    }));
    begun.await();

    assertThat(same.read(() -> same.getLong(0))).isEqualTo(2);
    assertThat(updating.outcome()).isEqualTo("done");
  }

  // Who dies.

  private interface WhenHalf {
    void run(Process writer) throws Exception;
  }

  /** Runs a program that has written half of the array. */
  private void withWriter(PolySharedArray array, String how, WhenHalf then) throws Exception {
    Process writer = JavaProgram.start(SharedWriter.class, DAEMON.address(), array.name(), how);
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(output.readLine()).isEqualTo("half");
      then.run(writer);
    } finally {
      writer.destroyForcibly();
    }
  }

  private static void kill(Process writer) throws IOException, InterruptedException {
    DaemonProcess.signal(writer.pid(), "KILL");
    assertThat(writer.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldNotTakeForWholeWhatOneLeftThatDiedInAnUpdate() throws Exception {
    PolySharedArray array = doubles("half", 1_000);
    withWriter(array, "update", PolySharedArrayTest::kill);

    assertThat(array.sequence()).isEqualTo(1);
    assertThat(array.getDouble(499)).isEqualTo(1);
    assertThat(array.getDouble(500)).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> array.read(() -> array.getDouble(0)))
        .withMessageStartingWith("Expected 'half' to be whole, but ");
    assertThatIllegalStateException()
        .isThrownBy(() -> array.update(() -> array.setDouble(0, 2)))
        .withMessage(
            "Expected 'half' to be whole, but who wrote to it last may have left it half changed;"
                + " mend it by mend(hold -> ...)");
    assertThat(array.getDouble(0)).as("nothing was done").isEqualTo(1);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .as("it could not be mended")
        .isThrownBy(() -> array.mend(hold -> array.setDouble(1_000, 1)));
    assertThat(array.sequence() % 2).isEqualTo(1);
    array.mend(
        hold -> {
          assertThat(hold.previousOwnerDied()).isTrue();
          array.put(0, new double[1_000], 0, 1_000);
        });

    assertThat(array.sequence() % 2).isZero();
    assertThat(array.<Double>read(() -> array.getDouble(0))).isZero();
    array.mend(hold -> assertThat(hold.previousOwnerDied()).isFalse());
    assertThat(array.writersDied()).as("who has the lock needs not say so").isZero();
  }

  @Test
  void shouldTellTheNextHolderOfTheLockThatAWriterDied() throws Exception {
    PolySharedArray array = doubles("written", 1_000);
    withWriter(
        array,
        "writing",
        writer -> {
          assertThat(array.writers()).isEqualTo(1);
          assertThat(array.writersDied()).isZero();
          try (Hold hold = array.lock().acquire()) {
            assertThat(hold.previousOwnerDied()).isFalse();
          }
          kill(writer);
        });

    Await.until(() -> array.writersDied() == 1);
    assertThat(array.writers()).isZero();
    try (Hold hold = array.lock().acquire()) {
      assertThat(hold.previousOwnerDied()).isTrue();
    }
    try (Hold hold = array.lock().acquire()) {
      assertThat(hold.previousOwnerDied()).isFalse();
    }
    assertThat(array.getDouble(499)).isEqualTo(1);
  }

  /** Who dies so leaves the sequence even, and one holder only is told. */
  @ParameterizedTest
  @ValueSource(strings = {"writing", "locked"})
  void shouldRefuseUntilMendedWhatAWriterLeftThatDidNotUpdate(String how) throws Exception {
    PolySharedArray array = doubles("refused-" + how, 1_000);
    withWriter(array, how, PolySharedArrayTest::kill);
    if (how.equals("writing")) {
      Await.until(() -> array.writersDied() == 1);
    }

    for (int i = 0; i < 2; i++) {
      assertThatIllegalStateException()
          .isThrownBy(() -> array.update(() -> array.setDouble(0, 2)))
          .withMessageStartingWith("Expected 'refused-" + how + "' to be whole, but ");
    }
    assertThatIllegalStateException().isThrownBy(() -> array.read(() -> array.getDouble(0)));
    assertThat(array.getDouble(0)).as("nothing was done").isEqualTo(1);

    array.mend(
        hold -> {
          assertThat(hold.previousOwnerDied()).isTrue();
          array.update(() -> array.put(0, new double[1_000], 0, 1_000));
        });

    array.update(() -> array.setDouble(1, 3));
    assertThat(array.<Double>read(() -> array.getDouble(0) + array.getDouble(1))).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"update", "writing", "locked"})
  void shouldBeWholeWhenItIsCreatedAnewWhoeverDiedBefore(String how) throws Exception {
    PolySharedArray before = doubles("anew-" + how, 1_000);
    withWriter(before, how, PolySharedArrayTest::kill);
    boolean isHeld = !how.equals("writing");
    Await.until(() -> isHeld ? !before.lock().isLocked() : before.writersDied() == 1);
    before.delete();

    PolySharedArray array = doubles("anew-" + how, 1_000);
    array.update(() -> array.setDouble(0, 2));

    assertThat(array.<Double>read(() -> array.getDouble(0))).isEqualTo(2);
  }

  @Test
  void shouldStayAsItIsWhereTheFirstThatIsToldCannotMend() throws Exception {
    PolySharedArray array = doubles("told", 1_000);
    withWriter(array, "locked", PolySharedArrayTest::kill);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> array.mend(hold -> array.setDouble(1_000, 1)));

    assertThatIllegalStateException().isThrownBy(() -> array.update(() -> {}));
    array.mend(hold -> assertThat(hold.previousOwnerDied()).isTrue());
    array.update(() -> {});
  }

  /** Nobody can tell in which of them it died. */
  @Test
  void shouldTellEachMendUnderAHoldThatWasTold() throws Exception {
    SharedMemoryCreateRequest.Builder shape =
        SharedMemoryCreateRequest.newBuilder()
            .setType(ElementType.ELEMENT_TYPE_FLOAT64)
            .setLength(1_000)
            .setLock("of-both");
    PolySharedArray one = polyproc.sharedArray(shape.setMemory("of-both-one").build());
    PolySharedArray another = polyproc.sharedArray(shape.setMemory("of-both-another").build());
    withWriter(another, "locked", PolySharedArrayTest::kill);

    PolyLock lock = one.lock();
    lock.lock();
    try {
      for (PolySharedArray array : List.of(one, another)) {
        array.mend(hold -> assertThat(hold.previousOwnerDied()).isTrue());
      }
    } finally {
      lock.unlock();
    }

    one.update(() -> another.update(() -> another.setDouble(0, 1)));
  }

  @Test
  void shouldLetUpdateWhoWasToldByALockOfItsOwn() throws Exception {
    PolySharedArray array = doubles("own-lock", 1_000);
    withWriter(array, "locked", PolySharedArrayTest::kill);
    PolyLock lock = array.lock();

    lock.lock();
    try {
      assertThat(lock.hold().orElseThrow().previousOwnerDied()).isTrue();
      array.update(() -> array.put(0, new double[1_000], 0, 1_000));
    } finally {
      lock.unlock();
    }

    array.update(() -> array.setDouble(0, 1));
  }

  /** As where the daemon stands still: what asks nobody does not wait. */
  @Test
  void shouldNotWaitForTheWritersOfOtherSegments() throws Exception {
    DaemonProcess daemon = new DaemonProcess();
    try (Polyproc client = Polyproc.connect(daemon.start().address())) {
      PolySharedArray one = client.sharedArray("one", ElementType.ELEMENT_TYPE_INT8, 1);
      PolySharedArray another = client.sharedArray("another", ElementType.ELEMENT_TYPE_INT8, 1);
      Writing first = one.beginWriting();
      Writing second = one.beginWriting();
      DaemonProcess.signal(daemon.pid(), "STOP");
      AtomicReference<Thread> beginning = new AtomicReference<>();
      OtherThread waiting =
          OtherThread.running(
              () -> {
                beginning.set(Thread.currentThread());
                another.beginWriting().close();
              });
      try {
        Await.until(
            () -> beginning.get() != null && beginning.get().getState() == Thread.State.WAITING);
        OtherThread closing = OtherThread.running(first::close);
        assertThat(closing.outcome()).isEqualTo("done");
      } finally {
        DaemonProcess.signal(daemon.pid(), "CONT");
      }
      assertThat(waiting.outcome()).isEqualTo("done");
      assertThat(one.writers()).isEqualTo(1);
      second.close();
      assertThat(one.writers()).isZero();
    } finally {
      daemon.close();
    }
  }

  @Test
  void shouldBeAWriterUntilTheLastOfAClientIsClosed() throws Exception {
    PolySharedArray array = doubles("several", 2);
    PolySharedArray same = polyproc.sharedArray("several");

    Writing first = array.beginWriting();
    Writing second = same.beginWriting();
    assertThat(array.writers()).as("a client is one").isEqualTo(1);
    try (Writing third = other.sharedArray("several").beginWriting()) {
      assertThat(array.writers()).isEqualTo(2);
      assertThat(third).hasToString("Writing of PolySharedArray 'several', open");
    }
    first.close();
    first.close();
    assertThat(array.writers()).isEqualTo(1);
    second.close();

    assertThat(array.writers()).isZero();
    assertThat(second).hasToString("Writing of PolySharedArray 'several', closed");
    try (Hold hold = array.lock().acquire()) {
      assertThat(hold.previousOwnerDied()).isFalse();
    }
    assertThat(array.writersDied()).isZero();
  }

  @Test
  void shouldCloseAWritingOfWhatIsGone() {
    PolySharedArray array = doubles("gone", 2);
    Writing writing = array.beginWriting();
    array.delete();
    writing.close();

    Polyproc third = Polyproc.connect(DAEMON.address());
    Writing last = third.sharedArray("gone-with", ElementType.ELEMENT_TYPE_INT8, 1).beginWriting();
    third.close();
    last.close();
    PolySharedArray left = polyproc.sharedArray("gone-with");
    Await.until(() -> left.writersDied() == 1);
  }

  @Test
  void shouldOutliveItsDaemonAlone() throws Exception {
    DaemonProcess daemon = new DaemonProcess();
    try (Polyproc client = Polyproc.connect(daemon.start().address())) {
      PolySharedArray array = client.sharedArray("alone", ElementType.ELEMENT_TYPE_INT64, 2);
      array.setLong(1, 5);

      daemon.stop();

      assertThat(array.isRemoved()).isTrue();
      assertThat(array.getAndAdd(1, 1)).isEqualTo(5);
      assertThat(array.getLong(1)).isEqualTo(6);
    } finally {
      daemon.close();
    }
  }
}
