package dev.polyproc.server.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.Ref;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the simulation found, each as small as it gets. */
final class FoundTest {
  private final EngineFixture world = new EngineFixture();

  /** Seed 2: undoing the unconfirmed acquisition handed the lock on before it was deleted. */
  @Test
  void shouldNotHandOnALockThatEndsWithItsSession() {
    Client a = world.session("a");
    a.lock("mine").create(LockCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION));
    a.lock("mine").acquire().response();
    var waiting = world.session("b").lock("mine").acquire();

    a.dies();

    assertThat(waiting.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  /** Seed 4: a message went back to an end that was closed, and stayed there for ever. */
  @Test
  void shouldNotGiveAMessageBackToAClosedEnd() {
    Client a = world.session("a");
    Client b = world.session("b");
    a.pipe("p").create().response();
    Ref inner = dict(a, "inner");
    a.pipe("p/1").send(List.of(inner)).response();
    b.pipe("p/2").receive().response();
    a.pipe("p/2").closeEnd().response();

    b.dies();
    a.dies();

    assertThat(world.objects()).isZero();
    assertThat(world.isEmpty()).isTrue();
  }

  /** Seed 3: which end of a pipe ends first, where both do at once. */
  @Test
  void shouldEndWhatEndsTogetherInTheOrderOfItsCreation() {
    Client a = world.session("a");
    Client b = world.session("b");
    PipeCreateResponse pipe = a.pipe("p").create().response();
    a.queue("on-their-way").create().response();
    a.queue("on-their-way").put(List.of(pipe.getSecond(), pipe.getFirst())).response();
    a.drop(pipe.getFirst(), 0);
    a.drop(pipe.getSecond(), 0);
    var first = b.pipe("p/1").receive();
    var second = b.pipe("p/2").receive();

    a.queue("on-their-way").clear().response();

    assertThat(first.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    assertThat(second.response().getEndOfFile()).isTrue();
  }

  private static Ref dict(Client client, String name) {
    return client
        .dict(name)
        .create(DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED))
        .response()
        .getRef();
  }

  /** A ref to what is not there yet was not counted, but taken away later. */
  @Test
  void shouldNotStoreARefToWhatIsNotThereYet() {
    Client a = world.session("a");
    a.dict("outer").create().response();
    Ref before = dict(a, "before");
    Ref next =
        before.toBuilder().setName("next").setIncarnation(before.getIncarnation() + 2).build();

    assertThat(a.dict("outer").set("key", List.of(next)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);

    assertThat(dict(a, "next")).isEqualTo(next);
    a.dict("outer").set("key", List.of(next)).response();
    a.drop(next, 0);
    assertThat(world.objects()).isEqualTo(3);
    a.dict("outer").clear().response();
    assertThat(world.objects()).isEqualTo(2);
  }

  /** A Create that means one of the ends was refused, but had retained it: it means the first. */
  @Test
  void shouldNotRetainAnEndWhereTheOtherIsMeant() {
    Client a = world.session("a");
    Ref second = a.pipe("p").create().response().getSecond();

    // Whatever is refused must leave all as it was, which the fixture looks after.
    assertThat(a.meaning(second.getIncarnation()).pipe("p").create().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }

  /** An incarnation that is gone was meant, and another one was made. */
  @Test
  void shouldNotCreateWhatIsMeantToBeThere() {
    Client a = world.session("a");
    Ref gone = dict(a, "gone");
    a.drop(gone, 0);

    assertThat(a.meaning(gone.getIncarnation()).dict("gone").create().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED);
  }
}
