package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An object as the model sees it. */
abstract class ModelObject {
  final Model model;
  final String name;
  final Numbered incarnation = new Numbered("incarnation");
  final long number;
  final Lifetime lifetime;
  final @Nullable ModelSession session;

  ModelObject(Model model, String name, Lifetime lifetime, @Nullable ModelSession session) {
    this.model = model;
    this.name = name;
    this.number = model.nextNumber();
    this.lifetime = actual(lifetime);
    this.session = session;
  }

  /** The lifetime that a request asks for. */
  static Lifetime actual(Lifetime lifetime) {
    return lifetime == Lifetime.LIFETIME_UNSPECIFIED ? Lifetime.LIFETIME_PERSISTENT : lifetime;
  }

  boolean isReferenced() {
    return lifetime == Lifetime.LIFETIME_REFERENCED;
  }

  abstract ObjectKind kind();

  /** The ref in a response, but for the incarnation. */
  Ref ref() {
    return Ref.newBuilder().setKind(kind()).setName(name).build();
  }

  /** The number in that ref. */
  List<Numbered> numbers() {
    return lifetime == Lifetime.LIFETIME_WHILE_USED ? List.of() : List.of(incarnation);
  }

  /** All values that it stores. */
  List<Value> values() {
    return List.of();
  }

  /** Something that happens by itself. */
  record Due(long time, long number, Runnable action) {}

  /** What happens by itself, beside waits that end. */
  List<Due> due() {
    return List.of();
  }

  /** A session's end takes things out of its hands, the first taken first. */
  List<Due> heldBy(ModelSession holder) {
    return List.of();
  }

  /** All that a session which has ended had in its hands is back. */
  void ended(ModelSession session) {}

  /** Serves whoever can be served. */
  abstract void settle();

  /** A call of this object does not wait any more, and was not served. */
  abstract void left(ModelCall call);

  /** A call that left was given up: what it did before it waited is undone. */
  void takenBack(ModelCall call) {}

  /**
   * A call that left was not answered by the object: its caller gave it up or is gone. All that end
   * with it have left by then.
   */
  void leftUnanswered(ModelCall call) {}

  /** What a call is told whose time is up; null where it goes on to wait. */
  abstract @Nullable Outcome expired(ModelCall call);

  /** Whether it is held under a token. */
  boolean isHeldUnder(long token, long time) {
    return false;
  }

  /** All that it holds goes. */
  void deleted() {}
}
