package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PipeEndState;
import dev.polyproc.internal.v1.ReturningState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendResponse;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe: what it has not received yet, and the lines in front of it.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits to receive while there is a message, nor to send while there is room.
 *   <li>Nobody waits where the other end is closed.
 * </ul>
 */
final class PipeEnd extends ManagedObject implements Source {
  static final Kind<PipeEnd> KIND = new Kind<>(ObjectKind.OBJECT_KIND_PIPE_END, PipeEnd.class);

  private static final String CLOSED = "closed";

  private final PipeEndState shape;
  private final Items inbox = new Items();
  private final Aside aside = new Aside();
  private final Waiters<Receiver> receivers = new Waiters<>(this);
  private final Waiters<Poller> pollers = new Waiters<>(this);
  private final Waiters<Sender> senders = new Waiters<>(this);
  private @Nullable PipeEnd other;

  PipeEnd(Header header, int number, PipeCreateRequest request) {
    this(header, shape(number, request));
  }

  private PipeEnd(Header header, PipeEndState shape) {
    super(header);
    this.shape = shape;
  }

  static PipeEnd restored(Header header, PipeEndState state) {
    PipeEnd end =
        new PipeEnd(header, state.toBuilder().clearOther().clearInbox().clearReturning().build());
    for (ItemState saved : state.getInboxList()) {
      Item item = Item.restored(saved);
      end.inbox.add(item);
      end.world().budget().chargeAlways(item.cost());
    }
    for (ReturningState saved : state.getReturningList()) {
      Item item = Item.restored(saved.getItem());
      end.aside.put(saved.getSession(), item);
      end.world().budget().chargeAlways(item.cost());
    }
    // The end that is restored first does not find the other one, and is found by it.
    if (end.world().objects().existingStill(state.getOther().getName()) instanceof PipeEnd there
        && there.ref().equals(state.getOther())) {
      end.connect(there);
    }
    return end;
  }

  private static PipeEndState shape(int number, PipeCreateRequest request) {
    return PipeEndState.newBuilder()
        .setNumber(number)
        .setOneWay(request.getOneWay())
        .setMaxsize(request.getMaxsize())
        .build();
  }

  /** Makes two ends a pipe. */
  void connect(PipeEnd peer) {
    other = peer;
    peer.other = this;
  }

  /** The other end; null when it is closed. */
  @Nullable PipeEnd other() {
    return other;
  }

  @Override
  protected Shape shape() {
    return shape(shape, other == null || other.isGone() ? CLOSED : other.name());
  }

  /** What a Create asks for: an end, and its other end there. */
  static Shape asked(int number, PipeCreateRequest request, String other) {
    return shape(shape(number, request), other);
  }

  private static Shape shape(PipeEndState end, String other) {
    return Shape.PLAIN
        .with("number", end.getNumber())
        .with("one_way", end.getOneWay())
        .with("maxsize", end.getMaxsize())
        .with("other", other);
  }

  /** Whether there is nothing to receive, and nothing will come or come back. */
  private boolean isAtEndOfFile() {
    return inbox.isEmpty() && aside.size() == 0 && (other == null || isOtherAboutToGo());
  }

  /** Where both go, whoever waits here hears of this end. */
  private boolean isOtherAboutToGo() {
    return other != null
        && world().objects().isAboutToGo(other)
        && !world().objects().isAboutToGo(this);
  }

  private boolean sends() {
    return !shape.getOneWay() || shape.getNumber() == 2;
  }

  private boolean receives() {
    return !shape.getOneWay() || shape.getNumber() == 1;
  }

  private void require(boolean direction, String what) {
    if (!direction) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_WRONG_DIRECTION,
              "Expected an end that can "
                  + what
                  + ", but '"
                  + name()
                  + "' is the end of a one-way pipe that cannot; use the other end")
          .with("object", name());
    }
  }

  private boolean hasRoom() {
    int most = shape.getMaxsize() == 0 ? world().limits().getQueueItems() : shape.getMaxsize();
    return inbox.size() < most;
  }

  // Sending.

  /** Sends a message, now or when there is room. */
  Answer send(Value message, Invocation call, long timeout) {
    require(sends(), "send");
    PipeEnd to = other;
    if (to == null || world().objects().isAboutToGo(to)) {
      throw brokenPipe();
    }
    if (!senders.isEmpty() || !to.hasRoom()) {
      Answer reply =
          world().waiting().park(new Sender(call, message, world().references()), timeout, senders);
      if (reply == Answer.LATER) {
        world().references().add(message);
      }
      return reply;
    }
    world().budget().charge(Item.cost(message, ItemTerms.PLAIN));
    world().references().add(message);
    to.add(message);
    to.serve();
    return sent(true);
  }

  static Answer sent(boolean accepted) {
    return Answer.of(PipeSendResponse.newBuilder().setAccepted(accepted).build());
  }

  private Refusal brokenPipe() {
    return new Refusal(
            ErrorReason.ERROR_REASON_BROKEN_PIPE,
            "Expected the other end of '"
                + name()
                + "' to be open, but it is closed: nobody would receive; create another pipe")
        .with("object", name());
  }

  private void add(Value message) {
    inbox.add(Item.plain(world().clock().nextNumber(), world().clock().now(), message));
  }

  // Receiving.

  /** Receives a message of at most so many bytes, now or when there is one; 0: of any number. */
  Answer receive(long maxLength, Invocation call, long timeout) {
    require(receives(), "receive");
    if (inbox.isEmpty()) {
      return isAtEndOfFile()
          ? endOfFile()
          : world().waiting().park(new Receiver(call, maxLength), timeout, receivers);
    }
    requireFits(maxLength, call);
    Answer reply = handOut();
    serve();
    return reply;
  }

  private static Answer endOfFile() {
    return Answer.of(PipeReceiveResponse.newBuilder().setEndOfFile(true).build());
  }

  private void requireFits(long most, Invocation call) {
    call.requireFits(inbox.first().value());
    long length = length(inbox.first().value());
    if (most != 0 && Long.compareUnsigned(length, most) > 0) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG,
              "Expected a message of at most "
                  + Long.toUnsignedString(most)
                  + " bytes, but the next one has "
                  + length
                  + "; it stays: receive it with a higher max_length")
          .with("length", Long.toString(length));
    }
  }

  private static long length(Value message) {
    return switch (message.getKindCase()) {
      case BYTES -> message.getBytes().size();
      case TEXT -> message.getTextBytes().size();
      default -> message.getSerializedSize();
    };
  }

  private Answer handOut() {
    Item item = inbox.removeFirst().handedOut();
    discard(item);
    return Answer.of(
        PipeReceiveResponse.newBuilder()
            .setMessage(item.value())
            .setAttempt(item.attempts())
            .build(),
        new UnconfirmedItems(this, List.of(item), 0));
  }

  private void discard(Item item) {
    world().budget().release(item.cost());
    world().references().remove(item.value());
  }

  @Override
  public void release(List<Item> messages, long counted) {
    putBack(messages, counted); // It counts no attempts.
  }

  @Override
  public void putBack(List<Item> items, long counted) {
    if (isDeleted()) {
      return;
    }
    for (Item item : items) {
      world().budget().chargeAlways(item.cost());
      world().references().add(item.value());
    }
    long session = world().returning(this);
    if (session == 0) {
      items.forEach(inbox::add);
      world().advance(this);
    } else {
      items.forEach(item -> aside.put(session, item));
    }
  }

  /** Says whether there is something to receive, now or when there is. */
  Answer poll(Invocation call, long timeout) {
    require(receives(), "receive");
    return isReady() ? ready(true) : world().waiting().park(new Poller(call), timeout, pollers);
  }

  private boolean isReady() {
    return !inbox.isEmpty() || isAtEndOfFile();
  }

  private static Answer ready(boolean ready) {
    return Answer.of(PipePollResponse.newBuilder().setReady(ready).build());
  }

  /** A Poll that waits for something to receive. */
  static final class Poller extends Parked {
    Poller(Invocation call) {
      super(call);
    }

    @Override
    protected Answer expired() {
      return ready(false);
    }

    @Override
    protected void save(ParkedState.Builder state) {
      state.setPoller(true);
    }
  }

  // The object.

  @Override
  public void advance() {
    serve();
    if (other == null || other.isGone()) {
      senders.drain(sender -> sender.answer(Answer.of(brokenPipe())));
    } else {
      other.serve();
    }
  }

  /** Lets messages go where somebody waits for them, and come where there is room. */
  private void serve() {
    while (receiveOne() || sendOne()) {
      // Until nobody can be served.
    }
    if (isAtEndOfFile()) {
      receivers.drain(receiver -> receiver.answer(endOfFile()));
    }
    if (isReady()) {
      pollers.drain(poller -> poller.answer(ready(true)));
    }
  }

  private boolean receiveOne() {
    Receiver receiver = receivers.oldest();
    if (receiver == null || inbox.isEmpty()) {
      return false;
    }
    receiver.answer(handTo(receiver));
    return true;
  }

  private Answer handTo(Receiver receiver) {
    try {
      requireFits(receiver.maxLength(), receiver.call());
    } catch (Refusal tooLong) {
      return Answer.of(tooLong);
    }
    return handOut();
  }

  private boolean sendOne() {
    Sender sender = other == null || other.isGone() ? null : other.senders.oldest();
    if (sender == null || !hasRoom()) {
      return false;
    }
    world().budget().chargeAlways(sender.batch().cost(Duplicates.NONE));
    sender.batch().values().forEach(this::add);
    sender.accept(Duplicates.NONE);
    return true;
  }

  @Override
  protected void deleted() {
    if (other != null) {
      other.other = null;
      world().advance(other);
      other = null;
    }
  }

  @Override
  protected boolean giveBackSome() {
    Item item = inbox.isEmpty() ? aside.removeAny() : inbox.removeFirst();
    if (item != null) {
      discard(item);
    }
    return item != null;
  }

  @Override
  public void hasBack(long session) {
    aside.remove(session).forEach(inbox::add);
  }

  @Override
  protected void forEachValue(java.util.function.Consumer<Value> action) {
    inbox.forEach(item -> action.accept(item.value()));
    aside.forEach((session, item) -> action.accept(item.value()));
    senders.forEach(sender -> sender.batch().values().forEach(action));
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(receivers, pollers, senders);
  }

  @Override
  protected String summary() {
    return inbox.size()
        + " messages, the other end "
        + (other == null ? "is closed" : "is '" + other.name() + "'");
  }

  @Override
  protected void save(ObjectState.Builder state) {
    PipeEndState.Builder end = shape.toBuilder();
    if (other != null) {
      end.setOther(other.ref());
    }
    inbox.forEach(item -> end.addInbox(item.save()));
    end.addAllReturning(aside.save());
    state.setPipeEnd(end);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return new UnconfirmedItems(
        this, state.getItemsList().stream().map(Item::restored).toList(), 0);
  }

  @Override
  protected void check() {
    if (other != null && world().objects().isAboutToGo(other)) {
      return; // Who waits here is told when that is deleted.
    }
    World.require(inbox.isEmpty() || receivers.isEmpty(), "nobody waits while there is a message");
    World.require(!isReady() || pollers.isEmpty(), "nobody waits for what is there");
    World.require(other == null || other.other == this, "an end knows the other one");
    World.require(
        senders.isEmpty() || (other != null && !other.hasRoom()) || world().isAwaited(this),
        "nobody waits for room while there is some, nor for nobody");
    World.require(
        other != null || aside.size() > 0 || receivers.isEmpty(),
        "nobody waits at the end of the file");
  }
}
