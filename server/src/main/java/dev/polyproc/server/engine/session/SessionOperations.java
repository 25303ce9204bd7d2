package dev.polyproc.server.engine.session;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.rpc.Code;
import dev.polyproc.internal.v1.SessionState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ContractRevision;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionKeepAliveResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionProto;
import dev.polyproc.v1.SessionRetainRequest;
import dev.polyproc.v1.SessionRetainResponse;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** SessionService. */
public final class SessionOperations implements Family {
  private static final List<EnumValueDescriptor> REVISIONS =
      ContractRevision.getDescriptor().getValues();

  /** The revision of the contract that this engine implements: the last that there is. */
  public static final int CONTRACT_REVISION = REVISIONS.get(REVISIONS.size() - 1).getNumber();

  private final World world;
  private final Sessions sessions;

  public SessionOperations(World world, Sessions sessions) {
    this.world = world;
    this.sessions = sessions;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(SessionProto.getDescriptor())
        .withSecret("Open", SessionOpenRequest.getDefaultInstance(), this::open)
        .on("KeepAlive", SessionKeepAliveRequest.getDefaultInstance(), this::keepAlive)
        .on("End", SessionEndRequest.getDefaultInstance(), this::end)
        .on("Attach", SessionAttachRequest.getDefaultInstance(), this::attach)
        .on("Retain", SessionRetainRequest.getDefaultInstance(), this::retain)
        .on("Drop", SessionDropRequest.getDefaultInstance(), this::drop)
        .on(
            "Cancel",
            SessionCancelRequest.getDefaultInstance(),
            (request, call) -> cancel(request, call, operations));
  }

  private Answer open(SessionOpenRequest request, Invocation call) {
    if (call.mustNotWait()) { // It would end with the daemon, at once.
      throw Refusal.shuttingDown();
    }
    Texts.check("client", request.getClient());
    Texts.check("client_version", request.getClientVersion());
    long timeToLive = timeToLive(request);
    if (sessions.size() >= world.limits().getSessions()) {
      throw Refusal.limit("sessions", world.limits().getSessions(), "sessions");
    }
    requirePage("retained", request.getRetainedCount());
    List<ManagedObject> retained = resolve(request.getRetainedList());
    world.budget().require(Session.footprint(request) + world.references().bytesToRetain(retained));
    long process = redeem(request.getProcessCredential());
    SessionState identity =
        Session.identity(
            call.secret(),
            world.clock().nextNumber(),
            world.clock().now(),
            timeToLive,
            process,
            request);
    Session session = new Session(world, identity);
    sessions.add(session);
    retained.forEach(object -> world.references().retain(session, object));
    world.outgoing().emit(new Effect.SessionOpened(session.key(), timeToLive));
    return Answer.of(
        SessionOpenResponse.newBuilder()
            .setSession(session.key())
            .setNumber(session.number())
            .setTimeToLive(Times.duration(timeToLive))
            .setLimits(world.limits())
            .setIncompatibility(incompatibility(request.getContractRevision(), call.untied()))
            .build());
  }

  private long timeToLive(SessionOpenRequest request) {
    if (!request.hasTimeToLive()) {
      return Times.nanos(world.limits().getDefaultTimeToLive());
    }
    long timeToLive = world.durations().of("time_to_live", true, request.getTimeToLive());
    if (timeToLive < Times.nanos(world.limits().getShortestTimeToLive())) {
      throw Refusal.duration(
          "time_to_live",
          request.getTimeToLive(),
          "at least " + Times.nanos(world.limits().getShortestTimeToLive()) / 1_000_000 + " ms");
    }
    return timeToLive;
  }

  private long redeem(String secret) {
    if (secret.isEmpty()) {
      return 0;
    }
    return sessions
        .credentials()
        .redeem(secret)
        .orElseThrow(
            () ->
                Refusal.argument(
                    "process_credential",
                    "Expected the credential of a process that this daemon started, but it is"
                        + " unknown, was used, or its process has ended; leave it out to open a"
                        + " session that is tied to none"));
  }

  private static String incompatibility(int clientRevision, String untied) {
    return Stream.of(incompatibility(clientRevision), untied)
        .filter(sentence -> !sentence.isEmpty())
        .collect(Collectors.joining(" "));
  }

  private static String incompatibility(int clientRevision) {
    return Integer.compareUnsigned(clientRevision, CONTRACT_REVISION) <= 0
        ? ""
        : String.format(
            Locale.ROOT,
            "The client was built for revision %s of the contract, the daemon for %d: operations"
                + " that came in between answer UNKNOWN_METHOD, and fields are passed over.",
            Integer.toUnsignedString(clientRevision),
            CONTRACT_REVISION);
  }

  private Session session(Invocation call, String what) {
    call.session(what);
    return sessions.find(call.sessionId());
  }

  private Answer keepAlive(SessionKeepAliveRequest request, Invocation call) {
    Session session = session(call, "KeepAlive");
    return Answer.of(
        SessionKeepAliveResponse.newBuilder()
            .setTimeToLive(Times.duration(session.timeToLive()))
            .build());
  }

  private Answer end(SessionEndRequest request, Invocation call) {
    sessions.endAsAsked(session(call, "End"));
    return Answer.of(SessionEndResponse.getDefaultInstance());
  }

  /** The stream itself is the node's; this is what its first frame does. */
  private Answer attach(SessionAttachRequest request, Invocation call) {
    Session session = sessions.find(request.getSession());
    long number = request.getAttachment();
    if (Long.compareUnsigned(number, session.attachment()) <= 0) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_INVALID_ATTACHMENT,
          String.format(
              Locale.ROOT,
              "Expected an attachment above %s, but it is %s; count up with every stream",
              Long.toUnsignedString(session.attachment()),
              Long.toUnsignedString(number)));
    }
    session.attach(number);
    return Answer.of(SessionAttachResponse.newBuilder().setAttached(true).build());
  }

  private Answer retain(SessionRetainRequest request, Invocation call) {
    Caller session = call.session("Retain");
    requirePage("refs", request.getRefsCount());
    List<ManagedObject> objects = resolve(request.getRefsList());
    ReplyRoom room = new ReplyRoom(call, world.limits());
    for (ManagedObject object : objects) {
      if (!room.take(object.ref().getSerializedSize())) {
        throw Refusal.argument(
            "refs", "Expected refs whose names fit into one reply, but they are too long together");
      }
    }
    world.references().requireRoom(session, objects);
    SessionRetainResponse.Builder response = SessionRetainResponse.newBuilder();
    for (ManagedObject object : objects) {
      world.references().retain(session, object);
      response.addRefs(object.ref());
    }
    return Answer.of(response.build());
  }

  private Answer drop(SessionDropRequest request, Invocation call) {
    Caller session = call.session("Drop");
    requirePage("drops", request.getDropsCount());
    request.getDropsList().forEach(drop -> world.references().ifThere(drop.getRef()));
    for (SessionDrop drop : request.getDropsList()) {
      ManagedObject object = world.references().ifThere(drop.getRef());
      if (object != null) {
        world.references().drop(session, object, drop.getCount());
      }
    }
    return Answer.of(SessionDropResponse.getDefaultInstance());
  }

  private List<ManagedObject> resolve(List<Ref> refs) {
    return refs.stream().map(world.references()::resolve).toList();
  }

  private void requirePage(String field, int count) {
    int most = world.limits().getPageSize();
    if (count > most) {
      throw Refusal.argument(
          field, "Expected at most " + most + " " + field + ", but there are " + count);
    }
  }

  private Answer cancel(SessionCancelRequest request, Invocation call, Operations operations) {
    Session session = session(call, "Cancel");
    long sequence = request.getSequence();
    if (sequence <= 0) {
      throw Refusal.argument(
          "sequence",
          "Expected a sequence from 1 to "
              + Long.MAX_VALUE
              + ", but it is "
              + Long.toUnsignedString(sequence));
    }
    if (sequence == call.sequence()) {
      throw Refusal.argument(
          "sequence", "Expected the sequence of another command, but it is " + sequence);
    }
    Window window = session.window();
    Window.Slot slot = window.find(sequence);
    if (slot == null) {
      if (!window.hasRoomFor(call.isRecorded() ? 2 : 1)) {
        throw Refusal.windowFull();
      }
      window.markCancelled(sequence);
    }
    if (slot == null || slot.isCancelled()) {
      return outcome(CancelOutcome.CANCEL_OUTCOME_MARKED);
    }
    Parked parked = slot.parked();
    if (parked != null) {
      parked.takeBack(cancelled(parked.call().operation().name()));
      return outcome(CancelOutcome.CANCEL_OUTCOME_REMOVED);
    }
    Answer reply = slot.reply();
    World.require(reply != null, "a command that does not wait is done");
    Undo undo = Objects.requireNonNull(reply).undo();
    if (request.getUndo() && undo != null && undo.isDue()) {
      undo(session, slot, undo, operations);
      return outcome(CancelOutcome.CANCEL_OUTCOME_UNDONE);
    }
    if (isCancelled(reply)) {
      return outcome(CancelOutcome.CANCEL_OUTCOME_REMOVED); // by a Cancel of which this is a repeat
    }
    Answer answer =
        Answer.of(
            SessionCancelResponse.newBuilder()
                .setOutcome(CancelOutcome.CANCEL_OUTCOME_DONE)
                .setReply(reply.toProto(sequence))
                .build());
    call.requireFits(answer);
    return answer;
  }

  /**
   * Takes a grant back whose reply was not confirmed, and what the reply made the session retain.
   */
  private void undo(Session session, Window.Slot slot, Undo undo, Operations operations) {
    List<Value> handedOut = undo.handedOut();
    Operation operation =
        Objects.requireNonNull(operations.byNumber(slot.method()), "a method that came");
    session.window().replace(slot, operation, Answer.of(cancelled(operation.name())));
    handedOut.forEach(value -> world.references().drop(session, value));
    world.together(undo::cancel);
  }

  private static Answer outcome(CancelOutcome outcome) {
    return Answer.of(SessionCancelResponse.newBuilder().setOutcome(outcome).build());
  }

  private static boolean isCancelled(Answer reply) {
    return reply.error() != null && reply.error().getCode() == Code.CANCELLED.getNumber();
  }

  public static Refusal cancelled(String operation) {
    return new Refusal(
        ErrorReason.ERROR_REASON_CANCELLED,
        "Expected " + operation + " to be done, but it was cancelled; it has no effect");
  }
}
