package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.AdminWaitsRequest;
import dev.polyproc.v1.AdminWaitsResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.Peer;
import dev.polyproc.v1.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All calls that wait, in one listing. */
final class WaitsTest {
  private static final long STARTED = EngineFixture.STARTED / 1_000_000_000L;

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");
  private final Client b = world.session("b");

  @BeforeEach
  void createObjects() {
    a.queue("team/jobs").create(1).response();
    a.lock("team/lock").create().response();
    a.event("start").create().response();
  }

  private AdminWaitsResponse waits(AdminWaitsRequest.Builder request) {
    return waits(world, request);
  }

  private static AdminWaitsResponse waits(EngineFixture world, AdminWaitsRequest.Builder request) {
    return world
        .anonymous()
        .call("AdminService/Waits", request.build(), AdminWaitsResponse.getDefaultInstance())
        .response();
  }

  private static List<String> rpcs(AdminWaitsResponse page) {
    return page.getWaitsList().stream().map(wait -> wait.getWaiter().getRpc()).toList();
  }

  @Test
  void shouldListEveryWaitingCallInTheOrderInWhichItBeganToWait() {
    a.event("start").await();
    world.advance(Duration.ofSeconds(1));
    a.queue("team/jobs").get();
    a.lock("team/lock").acquire().response();
    b.as("main\n").from(5).lock("team/lock").acquire(Duration.ofSeconds(9));
    a.process("p").start();

    AdminWaitsResponse page = waits(AdminWaitsRequest.newBuilder());

    assertThat(rpcs(page))
        .containsExactly(
            "EventService/Wait", "QueueService/Get", "LockService/Acquire", "ProcessService/Start");
    Wait acquire = page.getWaits(2);
    assertThat(acquire.getRef()).isEqualTo(a.inspect("team/lock").getObject().getRef());
    assertThat(acquire.getWaiter().getParty().getClient()).isEqualTo("b");
    assertThat(acquire.getWaiter().getParty().getSession()).isPositive();
    assertThat(acquire.getWaiter().getParty().getOwner()).isEqualTo("main\\u{a}");
    assertThat(acquire.getWaiter().getSince().getSeconds()).isEqualTo(STARTED + 1);
    assertThat(acquire.getWaiter().getDeadline().getSeconds()).isEqualTo(STARTED + 10);
    assertThat(page.getWaits(1).getWaiter().hasDeadline()).isFalse();
    assertThat(page.getNextPageToken()).isEmpty();
  }

  @Test
  void shouldListOnlyWhatWaitsForObjectsOfAPrefixOrInASession() {
    a.event("start").await();
    a.queue("team/jobs").get();
    b.queue("team/jobs").get();
    long session =
        waits(AdminWaitsRequest.newBuilder()).getWaits(2).getWaiter().getParty().getSession();

    assertThat(rpcs(waits(AdminWaitsRequest.newBuilder().setPrefix("team/"))))
        .containsExactly("QueueService/Get", "QueueService/Get");
    assertThat(waits(AdminWaitsRequest.newBuilder().setSession(session)).getWaitsList())
        .extracting(wait -> wait.getWaiter().getParty().getClient())
        .containsExactly("b");
    assertThat(rpcs(waits(AdminWaitsRequest.newBuilder().setSession(session).setPrefix("st"))))
        .isEmpty();
    assertThat(rpcs(waits(AdminWaitsRequest.newBuilder().setSession(12_345)))).isEmpty();
    assertThat(rpcs(waits(AdminWaitsRequest.newBuilder().setSession(-1)))).isEmpty();
  }

  @Test
  void shouldListPageByPageThoughCallsComeAndGoMeanwhile() {
    List<Pending<?>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      calls.add(a.event("start").await());
    }
    AdminWaitsResponse first = waits(AdminWaitsRequest.newBuilder().setPageSize(2));
    a.cancel(calls.get(1).sequence());
    a.cancel(calls.get(2).sequence());
    a.queue("team/jobs").get();

    AdminWaitsResponse second =
        waits(AdminWaitsRequest.newBuilder().setPageToken(first.getNextPageToken()));

    assertThat(first.getWaitsList()).hasSize(2);
    assertThat(rpcs(second))
        .containsExactly("EventService/Wait", "EventService/Wait", "QueueService/Get");
    var made = AdminWaitsRequest.newBuilder().setPageToken("made up").build();
    assertThat(a.call("AdminService/Waits", made, AdminWaitsResponse.getDefaultInstance()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  /** Whoever asks for what is not there gets an empty page now and then, and nobody waits. */
  @Test
  void shouldLookAtSoManyCallsForAPageAndNoMore() {
    EngineFixture full =
        new EngineFixture(
            EngineFixture.LIMITS.toBuilder().setWaiters(40_000).setWindowCalls(40_000).build(),
            EngineFixture.Care.INVARIANTS);
    Client client = full.anonymous();
    client.event("many").create().response();
    client.event("last").create().response();
    Engine engine = full.engine();
    for (int i = 0; i < 17_000; i++) {
      engine.apply(
          EngineFixture.STARTED,
          new Invocation(
              engine.operations().byName("EventService/Wait"),
              EventWaitRequest.newBuilder().setEvent("many").build(),
              Envelope.getDefaultInstance(),
              Recipient.NOBODY));
    }
    client.event("last").await();

    AdminWaitsResponse first = waits(full, AdminWaitsRequest.newBuilder().setPrefix("last"));
    assertThat(first.getWaitsList()).isEmpty();
    AdminWaitsResponse second =
        waits(
            full,
            AdminWaitsRequest.newBuilder()
                .setPrefix("last")
                .setPageToken(first.getNextPageToken()));
    assertThat(rpcs(second)).containsExactly("EventService/Wait");
  }

  @Test
  void shouldShowWhatTheConnectionKnowsOfACallerWithoutASession() {
    Peer process = Peer.newBuilder().setPid(17).setUser("1000").build();
    Client shell = world.anonymous().seenAs(process);
    shell.lock("team/lock").lease(Duration.ofSeconds(60)).response();
    shell.queue("team/jobs").get();
    shell.queue("made").create().response();
    a.seenAs(process).event("start").await();

    AdminWaitsResponse page = waits(AdminWaitsRequest.newBuilder());

    assertThat(page.getWaits(0).getWaiter().getParty().getPeer()).isEqualTo(process);
    assertThat(page.getWaits(1).getWaiter().getParty().hasPeer())
        .as("a session says who it is")
        .isFalse();
    assertThat(a.inspect("team/lock").getHolders(0).getParty().getPeer()).isEqualTo(process);
    assertThat(a.inspect("made").getCreator().getPeer()).isEqualTo(process);
  }

  @Test
  void shouldSaveWhatEachCallWantsAndNotItsRequest() {
    a.queue("team/jobs").put("first").response();
    b.queue("team/jobs").put("second");
    b.lock("team/lock").acquire().response();
    a.lock("team/lock").lease(Duration.ofSeconds(60));
    b.event("start").await();

    List<ParkedState> saved = world.engine().snapshot().toState().getParkedList();

    assertThat(saved)
        .extracting(ParkedState::getWantsCase)
        .containsExactly(WantsCase.PUTTER, WantsCase.SINGLE_ACQUIRER, WantsCase.EVENT_WAITER);
    assertThat(saved).allMatch(parked -> parked.getCall().getRequest().isEmpty());
    assertThat(saved.get(0).getPutter().getItemsList()).containsExactly(Plain.value("second"));
    assertThat(saved.get(1).getSingleAcquirer()).isEqualTo(Duration.ofSeconds(60).toNanos());
  }

  @Test
  void shouldSayWhatACallAsksFor() {
    a.semaphore("permits").create(1).response();
    a.readWriteLock("rw").create().response();
    a.readWriteLock("rw").write().response();
    a.semaphore("permits").acquire(1).response();
    b.semaphore("permits").acquire(1);
    b.readWriteLock("rw").read();
    b.as("t2").readWriteLock("rw").write();
    b.event("start").await();

    assertThat(waits(AdminWaitsRequest.newBuilder()).getWaitsList())
        .extracting(wait -> wait.getWaiter().getDetail())
        .containsExactly("1 permit", "to read", "to write", "");
  }

  @Test
  void shouldListACallThatWaitsForSeveralUnderTheOneThatIsAskedFor() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      names.add((i == 0 ? "first/" : "then/") + i);
      a.lock(names.get(i)).create().response();
      a.lock(names.get(i)).acquire().response();
    }
    b.call(
        "LockService/AcquireAll",
        LockAcquireAllRequest.newBuilder().addAllLocks(names.subList(0, 3)).build(),
        LockAcquireAllResponse.getDefaultInstance());
    b.call(
        "LockService/AcquireAll",
        LockAcquireAllRequest.newBuilder().addAllLocks(names).build(),
        LockAcquireAllResponse.getDefaultInstance());

    assertThat(waits(AdminWaitsRequest.newBuilder().setPrefix("then/")).getWaitsList())
        .extracting(wait -> wait.getRef().getName(), wait -> wait.getWaiter().getDetail())
        .containsExactly(
            tuple("then/1", "also 'first/0', 'then/2'"),
            tuple(
                "then/1",
                "also 'first/0', 'then/2', 'then/3', 'then/4', 'then/5', 'then/6', 'then/7',"
                    + " 'then/8' and 3 more"));
    assertThat(waits(AdminWaitsRequest.newBuilder()).getWaits(0).getRef().getName())
        .isEqualTo("first/0");
    assertThat(a.lock("then/2").get().getWaiters(0).getDetail())
        .isEqualTo("also 'first/0', 'then/1'");
    assertThat(waits(AdminWaitsRequest.newBuilder().setPrefix("other")).getWaitsList()).isEmpty();
  }
}
