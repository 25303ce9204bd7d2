package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.EngineFixture.Care;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListAppendResponse;
import dev.polyproc.v1.ListClearRequest;
import dev.polyproc.v1.ListClearResponse;
import dev.polyproc.v1.ListCountRequest;
import dev.polyproc.v1.ListCountResponse;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListDeleteSliceRequest;
import dev.polyproc.v1.ListDeleteSliceResponse;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListRepeatRequest;
import dev.polyproc.v1.ListRepeatResponse;
import dev.polyproc.v1.ListReverseRequest;
import dev.polyproc.v1.ListReverseResponse;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.ListSortRequest;
import dev.polyproc.v1.ListSortResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueUnfinished;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What takes long is counted, so that a log hands over between long calls that came together. */
final class WorkTest {
  private static final int MANY = 8_000;

  private final EngineFixture world = new EngineFixture(EngineFixture.LIMITS, Care.INVARIANTS);
  private final Client a = world.anonymous();

  private long workOf(Runnable call) {
    long before = world.engine().work();
    call.run();
    return world.engine().work() - before;
  }

  private <R extends Message> long workOf(String method, Message request, R prototype) {
    return workOf(() -> a.call("ListService/" + method, request, prototype).response());
  }

  private long repeat(int times) {
    return workOf(
        "Repeat",
        ListRepeatRequest.newBuilder().setList("l").setTimes(times).build(),
        ListRepeatResponse.getDefaultInstance());
  }

  private void createList(int size) {
    workOf(
        "Create",
        ListCreateRequest.newBuilder().setList("l").build(),
        ListCreateResponse.getDefaultInstance());
    workOf(
        "Append",
        ListAppendRequest.newBuilder().setList("l").setValue(Plain.value(1)).build(),
        ListAppendResponse.getDefaultInstance());
    repeat(size);
  }

  @Test
  void shouldCountTheValuesThatACallOfAListLooksAt() {
    createList(MANY);
    long units = MANY / 16;

    assertThat(
            workOf(
                "Count",
                ListCountRequest.newBuilder().setList("l").setValue(Plain.value(1)).build(),
                ListCountResponse.getDefaultInstance()))
        .isBetween(units, units + 1);
    assertThat(
            workOf(
                "Find",
                ListFindRequest.newBuilder().setList("l").setValue(Plain.value(2)).build(),
                ListFindResponse.getDefaultInstance()))
        .isBetween(units, units + 1);
    assertThat(
            workOf(
                "Reverse",
                ListReverseRequest.newBuilder().setList("l").build(),
                ListReverseResponse.getDefaultInstance()))
        .isBetween(units, units + 1);
    assertThat(
            workOf(
                "DeleteSlice",
                ListDeleteSliceRequest.newBuilder()
                    .setList("l")
                    .setRange(ListRange.newBuilder().setStep(2))
                    .build(),
                ListDeleteSliceResponse.getDefaultInstance()))
        .isBetween(units, units + 1);
    assertThat(repeat(2)).isBetween(units, units + 1);
    assertThat(
            workOf(
                "Slice",
                ListSliceRequest.newBuilder().setList("l").build(),
                ListSliceResponse.getDefaultInstance()))
        .isBetween(5L, 8L);
    assertThat(
            workOf(
                "Clear",
                ListClearRequest.newBuilder().setList("l").build(),
                ListClearResponse.getDefaultInstance()))
        .isBetween(units, units + 1);
  }

  @Test
  void shouldCountAUnitForEachValueThatIsSorted() {
    createList(1_000);

    assertThat(
            workOf(
                "Sort",
                ListSortRequest.newBuilder().setList("l").build(),
                ListSortResponse.getDefaultInstance()))
        .isEqualTo(1_000);
  }

  @Test
  void shouldCountTheItemsThatCallsOfAQueueHandle() {
    a.queue("q").create().response();
    List<Integer> some = IntStream.range(0, 96).boxed().toList();

    assertThat(workOf(() -> a.queue("q").putMany(some).response())).isEqualTo(6);
    assertThat(workOf(() -> a.queue("q").contains(-1).response())).isEqualTo(6);
    assertThat(workOf(() -> a.queue("q").getMany(48).response())).isEqualTo(6);
    assertThat(workOf(() -> a.queue("q").clear().response()))
        .as("each is given back, and that is all")
        .isEqualTo(49);
  }

  @Test
  void shouldCountTheDelayedItemsThatACallLooksAt() {
    a.queue("q").create().response();
    QueueItemOptions.Builder later =
        QueueItemOptions.newBuilder().setDelay(Times.duration(1_000_000_000L));
    for (int i = 0; i < 320; i++) {
      a.queue("q").put(i, later).response();
    }

    assertThat(workOf(() -> a.queue("q").contains(-1).response())).isBetween(20L, 21L);
    assertThat(workOf(() -> a.queue("q").removePlace(Long.MAX_VALUE).response()))
        .isBetween(20L, 21L);
  }

  @Test
  void shouldCountTheOwnersAmongWhomTheOldestItemInHandIsSought() {
    Client worker = world.session("worker");
    Client another = world.session("another");
    a.queue("q")
        .create(
            QueueCreateRequest.newBuilder().setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN))
        .response();
    for (int i = 0; i < 320; i++) {
      a.queue("q").put(i).response();
      worker.as("thread " + i).queue("q").get().response();
    }
    QueueCalls first = worker.as("thread 0").queue("q");

    assertThat(workOf(() -> first.taskDone().response())).as("its own").isLessThan(2);
    assertThat(workOf(() -> first.taskDone().response())).as("its session's").isBetween(39L, 41L);
    assertThat(workOf(() -> another.queue("q").taskDone().response()))
        .as("anybody's")
        .isBetween(39L, 41L);
  }

  @Test
  void shouldCountThoseThatACallWakes() {
    a.event("e").create().response();
    for (int i = 0; i < 300; i++) {
      a.event("e").await();
    }

    assertThat(workOf(() -> a.event("e").set().response())).isEqualTo(300);
  }

  @Test
  void shouldCountTheObjectsThatAListingLooksAt() {
    for (int i = 0; i < 320; i++) {
      a.queue("q" + i).create().response();
    }
    AdminListRequest none = AdminListRequest.newBuilder().setPrefix("none").build();

    assertThat(
            workOf(
                () ->
                    a.call("AdminService/List", none, AdminListResponse.getDefaultInstance())
                        .response()))
        .isBetween(20L, 30L);
  }

  @Test
  void shouldCountNothingForShortCalls() {
    a.queue("q").create().response();

    assertThat(
            workOf(
                () -> {
                  for (int i = 0; i < 64; i++) {
                    a.queue("q").put(i).response();
                    a.queue("q").get().response();
                  }
                }))
        .isLessThan(10);
  }
}
