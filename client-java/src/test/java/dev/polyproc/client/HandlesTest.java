package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.polyproc.client.internal.session.Settings;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.BarrierCreateRequest;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.LatchCreateRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.ValueCreateRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What handles say of themselves without a call, and which of them are equal. */
@Timeout(60)
class HandlesTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc polyproc;
  private Polyproc other;

  @BeforeEach
  void connect() {
    polyproc = Polyproc.builder().address(DAEMON.address()).clientName("me").connect();
    other = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    polyproc.close();
    other.close();
  }

  @Test
  void shouldSayWhatTheyAreWhileTheDaemonStandsStill() throws Exception {
    PolyQueue<String> queue = polyproc.queue("jobs", String.class);
    queue.addAll(List.of("a", "b"));
    PolyDict<String, Long> dict = polyproc.dict("totals", String.class, Long.class);
    PolyList<Long> list = polyproc.list("numbers", Long.class);
    list.addAll(List.of(1L, 2L, 3L));
    List<Long> part = list.subList(0, 3).subList(1, 2);
    PolyPipe<Object> pipe = polyproc.pipe("wire");
    Delivery<String> delivery = queue.reserve();
    Hold hold = polyproc.lock("deploy").acquire();
    PolyEvent event = polyproc.event("ready");
    PolyNamespace namespace = polyproc.namespace("config");
    PolySemaphore semaphore = polyproc.semaphore("licences", 5);
    Permits permits = semaphore.hold(2);
    PolyLatch latch = polyproc.latch("ready-all", 3);
    PolyReadWriteLock prices = polyproc.readWriteLock("prices");
    Hold reading = prices.readLock().acquire();
    PolyCondition changed = polyproc.lock("deploy").condition("changed");
    PolyBarrier barrier = polyproc.barrier("step", 2, () -> {});
    PolyLong hits = polyproc.atomicLong("hits");
    PolyArray<Double> shares =
        polyproc.array("shares", ElementType.ELEMENT_TYPE_FLOAT64, 2, Double.class);
    PolySharedArray rates = polyproc.sharedArray("rates", ElementType.ELEMENT_TYPE_FLOAT64, 2);
    PolyPool pool = polyproc.pool("numbers-pool");
    PolyJob job = pool.job("numbers-job");

    DAEMON.signal("STOP");
    try {
      assertThat(queue).hasToString("PolyQueue 'jobs'");
      assertThat(dict.toString()).isEqualTo("PolyDict 'totals'");
      assertThat(dict.keySet().toString()).isEqualTo("PolyDict 'totals'.keySet()");
      assertThat(dict.values().toString()).isEqualTo("PolyDict 'totals'.values()");
      assertThat(dict.entrySet().toString()).isEqualTo("PolyDict 'totals'.entrySet()");
      assertThat(dict.keySet().iterator()).hasToString("an iterator of PolyDict 'totals'");
      assertThat(dict.values().iterator()).hasToString("an iterator of PolyDict 'totals'");
      assertThat(dict.entrySet().iterator()).hasToString("an iterator of PolyDict 'totals'");
      assertThat(queue.iterator()).hasToString("an iterator of PolyQueue 'jobs'");
      assertThat(part.listIterator())
          .hasToString(
              "an iterator of PolyList 'numbers'.subList(0, 3).subList(1, 2) before index 0");
      assertThat(list.toString()).isEqualTo("PolyList 'numbers'");
      assertThat(part.toString()).isEqualTo("PolyList 'numbers'.subList(0, 3).subList(1, 2)");
      assertThat(pipe.first()).hasToString("PolyPipeEnd '" + pipe.first().name() + "'");
      assertThat(pipe.toString()).startsWith("PolyPipe from '" + pipe.first().name() + "' to '");
      assertThat(delivery).hasToString("Delivery of PolyQueue 'jobs', attempt 1, reserved");
      assertThat(hold).hasToString("Hold of PolyLock 'deploy', held");
      assertThat(event).hasToString("PolyEvent 'ready'");
      assertThat(namespace).hasToString("PolyNamespace 'config'");
      assertThat(semaphore).hasToString("PolySemaphore 'licences'");
      assertThat(permits).hasToString("2 permits of PolySemaphore 'licences', held");
      assertThat(latch).hasToString("PolyLatch 'ready-all'");
      assertThat(prices).hasToString("PolyReadWriteLock 'prices'");
      assertThat(prices.writeLock()).hasToString("PolyReadWriteLock 'prices' to write");
      assertThat(reading).hasToString("Hold of PolyReadWriteLock 'prices', held");
      assertThat(barrier).hasToString("PolyBarrier 'step'");
      assertThat(changed).hasToString("PolyCondition 'changed'");
      assertThat(hits).hasToString("PolyLong 'hits'");
      assertThat(shares).hasToString("PolyArray 'shares'");
      assertThat(rates).hasToString("PolySharedArray 'rates'");
      assertThat(pool).hasToString("PolyPool 'numbers-pool'");
      assertThat(job).hasToString("PolyJob 'numbers-job'");
      assertThat(polyproc)
          .hasToString(
              "Polyproc 'me' at "
                  + DAEMON.address()
                  + ", session "
                  + polyproc.session()
                  + ", open");
      assertThat(polyproc.guardedBy(hold).toString()).endsWith(", open, guarded by lock 'deploy'");
      assertThat(polyproc.command("sh", "secret")).hasToString("ProcessStarter 'sh'");
    } finally {
      DAEMON.signal("CONT");
    }
    delivery.acknowledge();
    hold.close();
    assertThat(delivery).hasToString("Delivery of PolyQueue 'jobs', attempt 1, settled");
    assertThat(hold).hasToString("Hold of PolyLock 'deploy', released");
    polyproc.close();
    assertThat(polyproc.toString()).endsWith(", closed");
    assertThat(queue).hasToString("PolyQueue 'jobs'");
  }

  @Test
  void shouldSayHowAConsumptionGoesOn() throws Exception {
    PolyQueue<String> queue =
        polyproc.queue(QueueCreateRequest.newBuilder().setQueue("consumed").build(), Codec.STRING);
    Consumption<String> consumption = queue.consume(2, Runnable::run, delivery -> {});
    assertThat(consumption)
        .hasToString("Consumption of PolyQueue 'consumed', 0 in flight, running");
    consumption.close();
    consumption.done().get(20, TimeUnit.SECONDS);
    assertThat(consumption).hasToString("Consumption of PolyQueue 'consumed', 0 in flight, ended");
  }

  @Test
  void shouldKeepSecretsToItself() {
    String token = DAEMON.token();
    try (Polyproc overTcp =
        Polyproc.builder().address("localhost:" + DAEMON.port()).token(token).connect()) {
      String id = overTcp.requestor().session().opened().getSession();
      assertThat(overTcp.toString()).doesNotContain(token).doesNotContain(id);
      assertThat(Polyproc.builder().token(token).toString()).doesNotContain(token);
      assertThat(
              new Settings(
                      Address.parse("localhost:1"), token, null, null, "me", null, null, lost -> {})
                  .toString())
          .doesNotContain(token);
    }
  }

  private static void assertEqual(Object one, Object same, Object another) {
    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(one).isNotEqualTo(another);
    assertThat(one).isNotEqualTo("another");
  }

  @Test
  void shouldBeEqualWhereTheyMeanTheSameObject() {
    assertEqual(
        polyproc.queue("a", String.class), polyproc.queue("a", Long.class), polyproc.queue("b"));
    assertEqual(polyproc.lock("l"), polyproc.lock("l"), polyproc.lock("m"));
    assertEqual(
        polyproc.readWriteLock("rw"),
        polyproc.readWriteLock("rw").leased(Duration.ofDays(1)),
        polyproc.readWriteLock("rw2"));
    assertEqual(
        polyproc.lock("l").condition("c"),
        polyproc.lock("l").condition("c"),
        polyproc.lock("l").newCondition());
    assertEqual(polyproc.keyLock("k"), polyproc.keyLock("k"), polyproc.keyLock("n"));
    assertEqual(polyproc.event("e"), polyproc.event("e"), polyproc.event("f"));
    assertEqual(
        polyproc.semaphore("s1", 1),
        polyproc.semaphore("s1", 1).leased(Duration.ofDays(1)),
        polyproc.semaphore("s2", 1));
    assertEqual(polyproc.latch("l1", 1), polyproc.latch("l1", 1), polyproc.latch("l2", 1));
    assertEqual(
        polyproc.barrier("b1", 2).withAction(() -> {}),
        polyproc.barrier("b1", 2),
        polyproc.barrier("b2", 2));
    assertEqual(polyproc.atomicLong("n1"), polyproc.atomicLong("n1"), polyproc.atomicLong("n2"));
    polyproc.array("a1", ElementType.ELEMENT_TYPE_INT8, 1, Long.class);
    polyproc.array("a2", ElementType.ELEMENT_TYPE_INT8, 1, Long.class);
    assertEqual(polyproc.array("a1"), polyproc.array("a1", Long.class), polyproc.array("a2"));
    assertEqual(
        polyproc.sharedArray("m1", ElementType.ELEMENT_TYPE_INT8, 1),
        polyproc.sharedArray("m1"),
        polyproc.sharedArray("m2", ElementType.ELEMENT_TYPE_INT8, 1));
    PolyPool pool = polyproc.pool("pool1");
    assertEqual(pool, polyproc.existingPool("pool1"), polyproc.pool("pool2"));
    assertEqual(pool.job("job1"), polyproc.existingJob("job1"), pool.job("job2"));
    assertEqual(polyproc.namespace("s"), polyproc.namespace("s"), polyproc.namespace("t"));
    PolyPipe<Object> pipe = polyproc.pipe("p");
    PolyPipeEnd<Object> end = polyproc.pipeEnd(pipe.first().name(), Codec.ANY);
    assertEqual(pipe.first(), end, pipe.second());
    try (PolyPipeEnd<Object> unused = end) {
      assertThat(polyproc.queue("a")).isNotEqualTo(other.queue("a"));
    }
  }

  @Test
  void shouldNotBeEqualToALaterObjectOfTheName() {
    PolyQueue<Object> before = polyproc.queue("again");
    before.delete();
    assertThat(polyproc.queue("again")).isNotEqualTo(before);
  }

  @Test
  void shouldNotBeEqualUnderAnotherGuard() throws Exception {
    try (Hold hold = polyproc.lock(LockCreateRequest.getDefaultInstance()).acquire()) {
      Toolbox guarded = polyproc.guardedBy(hold);
      assertThat(guarded.queue("g")).isNotEqualTo(polyproc.queue("g"));
      assertThat(guarded.queue("g")).isEqualTo(polyproc.guardedBy(hold).queue("g"));
    }
  }

  @Test
  void shouldKeepWhatItFoundAndNobodyElseNeeds() throws Exception {
    Lifetime lifetime = Lifetime.LIFETIME_REFERENCED;
    List<PolyObject> made =
        List.of(
            polyproc.latch(
                LatchCreateRequest.newBuilder().setCount(1).setLifetime(lifetime).build()),
            polyproc.semaphore(
                SemaphoreCreateRequest.newBuilder().setPermits(1).setLifetime(lifetime).build()),
            polyproc.barrier(
                BarrierCreateRequest.newBuilder().setParties(1).setLifetime(lifetime).build()),
            polyproc.value(
                ValueCreateRequest.newBuilder()
                    .setType(ElementType.ELEMENT_TYPE_INT8)
                    .setLifetime(lifetime)
                    .build(),
                Long.class),
            polyproc.array(
                ArrayCreateRequest.newBuilder()
                    .setType(ElementType.ELEMENT_TYPE_INT8)
                    .setLength(3)
                    .setLifetime(lifetime)
                    .build(),
                Long.class),
            polyproc.sharedArray(
                SharedMemoryCreateRequest.newBuilder()
                    .setType(ElementType.ELEMENT_TYPE_INT8)
                    .setLength(3)
                    .setLifetime(lifetime)
                    .build()));
    try (Polyproc other = Polyproc.connect(DAEMON.address())) {
      PolyLatch latch = other.latch(made.get(0).name());
      PolySemaphore semaphore = other.semaphore(made.get(1).name());
      PolyBarrier barrier = other.barrier(made.get(2).name());
      PolyValue<Object> value = other.value(made.get(3).name());
      PolyArray<Object> array = other.array(made.get(4).name());
      PolySharedArray shared = other.sharedArray(made.get(5).name());
      made.forEach(polyproc::drop);

      assertThat(latch.getCount()).isEqualTo(1);
      assertThat(semaphore.availablePermits()).isEqualTo(1);
      assertThat(barrier.await()).isEqualTo(0);
      assertThat(value.content()).isEqualTo(0L);
      assertThat(array.length()).isEqualTo(3);
      assertThat(shared.isRemoved()).isFalse();
    }
  }

  @Test
  void shouldRefuseEmptyNamesAtOnce() {
    List<Consumer<String>> making =
        List.of(
            polyproc::queue,
            polyproc::lock,
            polyproc::keyLock,
            polyproc::readWriteLock,
            polyproc.lock("l")::condition,
            polyproc::event,
            name -> polyproc.semaphore(name, 1),
            name -> polyproc.boundedSemaphore(name, 1),
            name -> polyproc.latch(name, 1),
            name -> polyproc.barrier(name, 1),
            polyproc::dict,
            polyproc::list,
            polyproc::namespace,
            polyproc::pipe,
            polyproc::pool,
            polyproc.pool("p")::job,
            polyproc::atomicLong,
            polyproc::atomicInteger,
            polyproc::atomicDouble,
            polyproc::atomicBoolean,
            name -> polyproc.array(name, ElementType.ELEMENT_TYPE_INT8, 1, Long.class),
            name -> polyproc.sharedArray(name, ElementType.ELEMENT_TYPE_INT8, 1));
    List<Consumer<String>> finding =
        List.of(
            name -> polyproc.pipeEnd(name, Codec.ANY),
            polyproc::existingQueue,
            name -> polyproc.existingQueue(name, String.class),
            name -> polyproc.barrier(name),
            name -> polyproc.semaphore(name),
            name -> polyproc.latch(name),
            name -> polyproc.value(name),
            name -> polyproc.array(name),
            name -> polyproc.sharedArray(name),
            polyproc::process,
            polyproc::existingPool,
            polyproc::existingJob,
            polyproc::delete);
    for (Consumer<String> way : making) {
      assertRefusesNames(way, "; for a generated name, give a create request without one");
    }
    for (Consumer<String> way : finding) {
      assertRefusesNames(way, "");
    }
    assertThat(polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.ANY).name())
        .isNotEmpty();
  }

  private static void assertRefusesNames(Consumer<String> way, String hint) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> way.accept(""))
        .withMessageMatching("Expected the name of [a-z -]*, but it is empty" + hint);
    assertThatNullPointerException()
        .isThrownBy(() -> way.accept(null))
        .withMessageMatching("Expected the name of [a-z -]*, but it is null");
  }

  @Test
  void shouldSayItemsThatAreOfAnotherType() throws Exception {
    PolyQueue<Object> any = polyproc.queue("mixed");
    any.addAll(List.of(1L, "two"));
    assertThat(polyproc.queue("mixed", Long.class).getMany(2).toString())
        .isEqualTo("[1, text 'two']");
  }
}
