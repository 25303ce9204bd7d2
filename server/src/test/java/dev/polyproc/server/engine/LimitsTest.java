package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.rpc.Code;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every bound has its sentence. */
final class LimitsTest {
  private static EngineFixture limited(Limits.Builder limits) {
    return new EngineFixture(limits.build());
  }

  private static Limits.Builder limits() {
    return EngineFixture.LIMITS.toBuilder();
  }

  private static void assertLimit(Pending<?> refused, String limit, String sentence) {
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(refused.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(refused.metadata()).containsEntry("limit", limit);
    assertThat(refused.sentence())
        .isEqualTo(
            sentence + "; end or delete some, or start the daemon with a higher --limit " + limit);
  }

  @Test
  void shouldBoundObjects() {
    EngineFixture world = limited(limits().setObjects(2));
    Client anyone = world.anonymous();
    anyone.queue("one").create().response();
    anyone.queue("two").create().response();
    assertLimit(
        anyone.queue("three").create(),
        "objects",
        "Expected at most 2 objects, but there would be more");
    assertThat(anyone.queue("two").create().response().getCreated()).isFalse();
    anyone.delete("one").response();
    assertThat(anyone.queue("three").create().response().getCreated()).isTrue();
  }

  @Test
  void shouldBoundSessions() {
    EngineFixture world = limited(limits().setSessions(1));
    Client a = world.session("a");
    assertLimit(
        world.open(SessionOpenRequest.getDefaultInstance()),
        "sessions",
        "Expected at most 1 sessions, but there would be more");
    a.dies();
    assertThat(world.open(SessionOpenRequest.getDefaultInstance()).response()).isNotNull();
  }

  @Test
  void shouldKeepAQuarterOfTheWaitersForSessionsWithFew() {
    EngineFixture world = limited(limits().setWaiters(8).setSessions(3));
    Client a = world.session("a");
    Client b = world.session("b");
    a.queue("jobs").create().response();
    for (int i = 0; i < 6; i++) {
      assertThat(a.queue("jobs").get().isWaiting()).isTrue();
    }
    assertLimit(
        a.queue("jobs").get(),
        "waiters",
        "Expected at most 6 waiting calls beside those of sessions of which few wait, but there"
            + " would be more");

    assertThat(b.queue("jobs").get().isWaiting()).isTrue();
    assertThat(b.queue("jobs").get().isWaiting()).isTrue();
    assertLimit(
        b.queue("jobs").get(),
        "waiters",
        "Expected at most 8 waiting calls, but there would be more");
  }

  @Test
  void shouldBoundWaiters() {
    EngineFixture world = limited(limits().setWaiters(1));
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create().response();
    var waiting = queue.get();
    assertLimit(
        queue.get(), "waiters", "Expected at most 1 waiting calls, but there would be more");
    assertLimit(
        world.session("a").queue("jobs").consume(1),
        "waiters",
        "Expected at most 1 waiting calls, but there would be more");
    assertThat(queue.get(java.time.Duration.ZERO).response().hasItem()).isFalse();
    queue.put(1);
    assertThat(waiting.isWaiting()).isFalse();
    assertThat(queue.get().isWaiting()).isTrue();
  }

  @Test
  void shouldBoundTheItemsOfAQueue() {
    EngineFixture world = limited(limits().setQueueItems(2));
    QueueCalls queue = world.anonymous().queue("jobs");
    assertThat(queue.create(3).sentence())
        .isEqualTo("Expected maxsize to be at most 2, but it is 3");
    assertThat(queue.create(-1).sentence())
        .isEqualTo("Expected maxsize to be at most 2, but it is 4294967295");
    queue.create().response();
    queue.putMany(List.of(1, 2)).response();
    assertThat(queue.put(3).isWaiting()).isTrue();
    assertThat(queue.putMany(List.of(1, 2, 3)).sentence())
        .isEqualTo("Expected at most 2 items, but there are 3");
  }

  @Test
  void shouldBoundPages() {
    EngineFixture world = limited(limits().setPageSize(2));
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create().response();
    assertThat(queue.putMany(List.of(1, 2, 3)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    queue.putMany(List.of(1, 2)).response();
    queue.put(3).response();
    assertThat(queue.getMany(3).sentence()).isEqualTo("Expected max to be at most 2, but it is 3");
    assertThat(queue.getMany(-1).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(queue.list(100, "").response().getItemsCount()).isEqualTo(2);
    assertThat(queue.list(-5, "").response().getItemsCount()).isEqualTo(2);
    for (String token : List.of("?", "-5", "0", "2", "xx", "100000", "zzzzzzzzzzzzzzzzzzzz")) {
      assertThat(queue.list(0, token).metadata()).containsEntry("field", "page_token");
    }
    String next = queue.list(0, "").response().getNextPageToken();
    assertThat(queue.list(0, next).response().getItemsCount()).isEqualTo(1);
    assertThat(queue.list(0, next.toUpperCase(Locale.ROOT)).metadata())
        .containsEntry("field", "page_token");
    assertThat(queue.getMany(QueueGetManyRequest.newBuilder()).response().getDeliveriesCount())
        .isEqualTo(2);
  }

  @Test
  void shouldBoundTheBytesOfAPage() {
    EngineFixture world = limited(limits().setPageBytes(50));
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create().response();
    IntStream.range(0, 4).forEach(i -> queue.put(("" + i).repeat(30)));
    var page = queue.list(0, "").response();
    assertThat(page.getItemsCount()).isEqualTo(1);
    assertThat(queue.list(0, page.getNextPageToken()).response().getItems(0).getText())
        .startsWith("1");
  }

  @Test
  void shouldBoundDurations() {
    EngineFixture world = limited(limits().setDuration(seconds(60, 0)));
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create().response();
    assertThat(get(queue, seconds(60, 0)).isWaiting()).isTrue();
    assertThat(get(queue, seconds(60, 1)).sentence())
        .isEqualTo("Expected timeout to be 0 s to 60 s, but it is 60 s and 1 ns");
    assertThat(get(queue, seconds(-1, 0)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(get(queue, seconds(0, -1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(get(queue, seconds(0, 1_000_000_000)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
    assertThat(get(queue, seconds(Long.MAX_VALUE, 999_999_999)).metadata())
        .containsEntry("field", "timeout");
    assertThat(get(queue, seconds(Long.MIN_VALUE, 0)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_DURATION);
  }

  @Test
  void shouldWaitForEverWhereTheTimeIsBeyondAllTimes() {
    EngineFixture world = limited(limits().setDuration(seconds(Long.MAX_VALUE, 0)));
    Client patient = world.anonymous().within(java.time.Duration.ofNanos(Long.MAX_VALUE - 1));
    patient.queue("jobs").create().response();
    var get = get(patient.queue("jobs"), seconds(Long.MAX_VALUE, 0));
    world.advance(java.time.Duration.ofDays(3_650));
    assertThat(get.isWaiting()).isTrue();
  }

  private static Duration seconds(long seconds, int nanos) {
    return Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  private static Pending<?> get(QueueCalls queue, Duration timeout) {
    return queue.get(QueueGetRequest.newBuilder().setTimeout(timeout));
  }

  @Test
  void shouldBoundTheDepthOfValues() {
    EngineFixture world = limited(limits().setValueDepth(3));
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create().response();
    assertThat(queue.put(List.of(List.of(1))).response().getAccepted()).isTrue();
    var tooDeep = queue.put(List.of(List.of(List.of(1))));
    assertThat(tooDeep.reason()).isEqualTo(ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
    assertThat(tooDeep.sentence())
        .isEqualTo("Expected item to nest at most 3 deep, but it goes deeper");
    assertThat(queue.contains(List.of(List.of(List.of(1)))).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
  }

  @Test
  void shouldRefuseValuesWithoutAKind() {
    EngineFixture world = new EngineFixture();
    QueueCalls queue = world.anonymous().queue("jobs");
    queue.create().response();
    var refused = queue.put(Value.getDefaultInstance());
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(refused.sentence())
        .isEqualTo("Expected item to be a value of a known kind, but it has none, or is left out");
    assertThat(queue.putMany(List.of(1, Value.getDefaultInstance())).metadata())
        .containsEntry("field", "items");
    assertThat(queue.items()).isEmpty();
  }
}
