package dev.polyproc.server.engine;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Confirm;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.Peer;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionRetainResponse;
import java.time.Duration;
import java.util.List;

/**
 * Who calls in a test: a session, or nobody in particular. Its commands are numbered from 1 up
 * unless it is {@link #unnumbered}, and no reply is confirmed unless the test says so.
 *
 * <p>{@link #as}, {@link #within}, {@link #guardedBy} and the like answer the same client with
 * other envelopes around its calls.
 */
public final class Client {
  private final EngineFixture world;
  private final Envelope envelope;
  private final Counter counter;

  /** The numbers of a session's calls, shared by all its faces. */
  private static final class Counter {
    private long last;
    private boolean used = true;
  }

  Client(EngineFixture world, String session) {
    this(world, Envelope.newBuilder().setSession(session).build(), new Counter());
    counter.used = !session.isEmpty();
  }

  private Client(EngineFixture world, Envelope envelope, Counter counter) {
    this.world = world;
    this.envelope = envelope;
    this.counter = counter;
  }

  private Client with(Envelope.Builder changed) {
    return new Client(world, changed.build(), counter);
  }

  // Other envelopes.

  /** The session's id; empty for an anonymous caller. */
  public String id() {
    return envelope.getSession();
  }

  /** Calls of one thread or task. */
  public Client as(String owner) {
    return with(envelope.toBuilder().setOwner(owner));
  }

  /** Calls that wait so long at most, whatever they ask for. */
  public Client within(Duration deadline) {
    return with(envelope.toBuilder().setDeadline(deadline.toNanos()));
  }

  /** Calls that take effect only while a lock is held under a token. */
  public Client guardedBy(String lock, long token) {
    return with(envelope.toBuilder().setGuard(Guard.newBuilder().setLock(lock).setToken(token)));
  }

  /** Calls that mean one incarnation of the object that they name. */
  public Client meaning(long incarnation) {
    return with(envelope.toBuilder().setIncarnation(incarnation));
  }

  /** Calls that take replies of so many bytes at most. */
  public Client taking(long maxReplyBytes) {
    return with(envelope.toBuilder().setMaxReplyBytes(maxReplyBytes));
  }

  /** Calls over an attachment. */
  public Client over(long attachment) {
    return with(envelope.toBuilder().setAttachment(attachment));
  }

  /** Calls that confirm the replies below a number. */
  public Client havingReceivedBelow(long sequence) {
    return with(envelope.toBuilder().setReceivedBelow(sequence));
  }

  /** Calls without a number: at most once. */
  public Client unnumbered() {
    Counter none = new Counter();
    none.used = false;
    return new Client(world, envelope, none);
  }

  /** Calls over a connection that knows this of its other end. */
  public Client seenAs(Peer peer) {
    return with(envelope.toBuilder().setPeer(peer));
  }

  /** Calls of whom the node could not tie to the process that they name, for this reason. */
  public Client untied(String sentence) {
    return with(envelope.toBuilder().setUntied(sentence));
  }

  /** Calls that go on from a number. */
  public Client from(long sequence) {
    Counter other = new Counter();
    other.last = sequence - 1;
    return new Client(world, envelope, other);
  }

  // Calls.

  /** The services that it may call. */
  List<ServiceDescriptor> services() {
    return world.engine().operations().services();
  }

  /** Makes a call; {@code prototype} is an empty response. */
  public <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    Operation operation = world.engine().operations().byName(method);
    Envelope.Builder call =
        envelope.toBuilder()
            .setMethod(operation.number())
            .setRequest(request.toByteString())
            .setFingerprint(request.toByteString().hashCode())
            .setOrigin(world.origin())
            .setMustNotWait(world.isGoingDown());
    if (operation.isRead()) {
      return world.read(new Pending<>(call.build(), prototype));
    }
    boolean isStream = operation.kind() != Operation.Kind.COMMAND;
    if (counter.used && !isStream) {
      call.setSequence(++counter.last);
    }
    if (envelope.getAttachment() == 0 || isStream) {
      call.setTicket(world.nextTicket());
    }
    if (operation.needsSecret()) {
      call.setSecret(world.nextSecret());
    }
    return world.apply(new Pending<>(call.build(), prototype));
  }

  /**
   * Sends a call once more, as after a lost answer: over this client's attachment, or a new rpc.
   */
  public <R extends Message> Pending<R> repeat(Pending<R> call) {
    Envelope.Builder again =
        call.envelope().toBuilder()
            .setAttachment(envelope.getAttachment())
            .setDeadline(envelope.getDeadline())
            .setTicket(envelope.getAttachment() == 0 ? world.nextTicket() : 0)
            .setOrigin(world.origin())
            .setMustNotWait(world.isGoingDown());
    return world.apply(new Pending<>(again.build(), call.prototype()));
  }

  public QueueCalls queue(String name) {
    return new QueueCalls(this, name);
  }

  /** A pipe, or one of its ends. */
  public PipeCalls pipe(String name) {
    return new PipeCalls(this, name);
  }

  /** Retains objects. */
  public Pending<SessionRetainResponse> retain(Ref... refs) {
    return call(
        "SessionService/Retain",
        SessionRetainRequest.newBuilder().addAllRefs(List.of(refs)).build(),
        SessionRetainResponse.getDefaultInstance());
  }

  /** Drops an object so many times; 0: wholly. */
  public void drop(Ref ref, long count) {
    call(
            "SessionService/Drop",
            SessionDropRequest.newBuilder()
                .addDrops(SessionDrop.newBuilder().setRef(ref).setCount(count))
                .build(),
            SessionDropResponse.getDefaultInstance())
        .response();
  }

  public LockCalls lock(String name) {
    return new LockCalls(this, name);
  }

  public ReadWriteLockCalls readWriteLock(String name) {
    return new ReadWriteLockCalls(this, name);
  }

  public ConditionCalls condition(String name) {
    return new ConditionCalls(this, name);
  }

  public EventCalls event(String name) {
    return new EventCalls(this, name);
  }

  public BarrierCalls barrier(String name) {
    return new BarrierCalls(this, name);
  }

  public SemaphoreCalls semaphore(String name) {
    return new SemaphoreCalls(this, name);
  }

  public LatchCalls latch(String name) {
    return new LatchCalls(this, name);
  }

  public ValueCalls value(String name) {
    return new ValueCalls(this, name);
  }

  public ArrayCalls array(String name) {
    return new ArrayCalls(this, name);
  }

  public SharedMemoryCalls memory(String name) {
    return new SharedMemoryCalls(world, this, name);
  }

  public PoolCalls pool(String name) {
    return new PoolCalls(this, name);
  }

  public DictCalls dict(String name) {
    return new DictCalls(this, name);
  }

  public ProcessCalls process(String name) {
    return new ProcessCalls(world, this, name);
  }

  public Pending<SessionCancelResponse> cancel(long sequence) {
    return call(
        "SessionService/Cancel",
        SessionCancelRequest.newBuilder().setSequence(sequence).build(),
        SessionCancelResponse.getDefaultInstance());
  }

  public Pending<SessionCancelResponse> cancel(Pending<?> call) {
    return cancel(call.sequence());
  }

  /** Takes a call back, and what it was granted. */
  public Pending<SessionCancelResponse> undo(Pending<?> call) {
    return undo(call.sequence());
  }

  public Pending<SessionCancelResponse> undo(long sequence) {
    return call(
        "SessionService/Cancel",
        SessionCancelRequest.newBuilder().setSequence(sequence).setUndo(true).build(),
        SessionCancelResponse.getDefaultInstance());
  }

  public Pending<SessionEndResponse> end() {
    return call(
        "SessionService/End",
        SessionEndRequest.getDefaultInstance(),
        SessionEndResponse.getDefaultInstance());
  }

  /** The first frame of a new stream: older attachments are replaced. */
  public Pending<SessionAttachResponse> attach(long attachment) {
    return world
        .anonymous()
        .call(
            "SessionService/Attach",
            SessionAttachRequest.newBuilder().setSession(id()).setAttachment(attachment).build(),
            SessionAttachResponse.getDefaultInstance());
  }

  public Pending<AdminDeleteResponse> delete(String object) {
    return call(
        "AdminService/Delete",
        AdminDeleteRequest.newBuilder().setObject(object).build(),
        AdminDeleteResponse.getDefaultInstance());
  }

  public AdminDescribeResponse inspect(String object) {
    return call(
            "AdminService/Describe",
            AdminDescribeRequest.newBuilder().setObject(object).build(),
            AdminDescribeResponse.getDefaultInstance())
        .response();
  }

  // What the node says of the session.

  /** The session has the replies below a number. */
  public void confirmBelow(long sequence) {
    confirm(Confirm.newBuilder().setReceivedBelow(sequence));
  }

  /** The session has the replies of these calls, whatever came before them. */
  public void confirm(Pending<?>... calls) {
    Confirm.Builder confirm = Confirm.newBuilder();
    for (Pending<?> call : calls) {
      confirm.addReceived(
          SequenceRange.newBuilder().setFirst(call.sequence()).setLast(call.sequence()));
    }
    confirm(confirm);
  }

  /** The session has the replies of the calls of a range. */
  public void confirmRange(long first, long last) {
    confirm(
        Confirm.newBuilder().addReceived(SequenceRange.newBuilder().setFirst(first).setLast(last)));
  }

  private void confirm(Confirm.Builder confirm) {
    world.observe(NodeEvent.newBuilder().setConfirm(confirm.setSession(id())).build());
  }

  /** Nothing was heard of the session for its time to live, or its process is dead. */
  public void dies() {
    world.observe(
        NodeEvent.newBuilder()
            .setSessionEnd(
                SessionEnd.newBuilder().addSessions(id()).setCause("its time to live ran out"))
            .build());
  }
}
