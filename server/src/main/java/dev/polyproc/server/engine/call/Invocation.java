package dev.polyproc.server.engine.call;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.engine.message.Stored;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request with all that stands around it: who calls, by which number, until when, under which
 * condition. Made by the node, applied by the engine once.
 */
public final class Invocation {
  /** What a frame of an attachment has beside the bytes of each of its replies, at most. */
  public static final int AROUND_IN_FRAME = 64;

  /** A range of confirmed numbers, as the envelope has it. */
  private static final long RANGE_BYTES = 64;

  /** A peer with its texts, which all calls of its connection share while that lasts. */
  private static final long PEER_BYTES = 200;

  private final Operation operation;
  private final Message request;
  private Envelope envelope;
  private Recipient recipient;
  private @Nullable Caller session;

  /**
   * A call.
   *
   * @param envelope what stands around the request; its own request bytes are not needed
   * @param request of the operation's request type
   */
  public Invocation(Operation operation, Message request, Envelope envelope, Recipient recipient) {
    this.operation = operation;
    this.request = request;
    this.envelope = envelope;
    this.recipient = recipient;
  }

  /** The call as the log stored it; as a snapshot did, its request is empty. */
  public static Invocation restored(Operation operation, Envelope envelope) {
    try {
      Message request = operation.parser().parseFrom(Stored.read(envelope.getRequest()));
      return new Invocation(operation, request, envelope, Recipient.NOBODY);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected the request of " + operation.name(), e);
    }
  }

  /** The call as the log stores it. */
  public Envelope toEnvelope() {
    return envelope.toBuilder()
        .setMethod(operation.number())
        .setRequest(request.toByteString())
        .build();
  }

  /** What stands around the request, and which operation it is of. */
  Envelope withoutRequest() {
    return envelope.toBuilder().setMethod(operation.number()).clearRequest().build();
  }

  public Operation operation() {
    return operation;
  }

  @SuppressWarnings("unchecked") // checked when the operation got its handler
  public <Q extends Message> Q request() {
    return (Q) request;
  }

  /** The id of the session that calls; empty for none. */
  public String sessionId() {
    return envelope.getSession();
  }

  /** The session that calls; null for none. Set when the call is applied. */
  public @Nullable Caller session() {
    return session;
  }

  /** The session that calls. */
  public Caller session(String what) {
    if (session == null) {
      throw Refusal.sessionRequired(what);
    }
    return session;
  }

  public void session(@Nullable Caller caller) {
    session = caller;
  }

  public long sequence() {
    return envelope.getSequence();
  }

  /** Whether it is a command with a number: its reply is kept for when it comes again. */
  public boolean isRecorded() {
    return sequence() != 0 && operation.kind() == Operation.Kind.COMMAND;
  }

  /** Where it came in. */
  public Origin origin() {
    return envelope.getOrigin();
  }

  /** Whether it is refused where it would wait, as its daemon is going down. */
  public boolean mustNotWait() {
    return envelope.getMustNotWait();
  }

  /** Its daemon is going down: it must not begin to wait. */
  public void refuseToWait() {
    envelope = envelope.toBuilder().setMustNotWait(true).build();
  }

  public long ticket() {
    return envelope.getTicket();
  }

  public String secret() {
    return envelope.getSecret();
  }

  /** Why a session that it opens is not tied to the process that it names; empty where it is. */
  public String untied() {
    return envelope.getUntied();
  }

  /** Who calls. Known when the call is applied. */
  public Owner owner() {
    return new Owner(session == null ? 0 : session.number(), envelope.getOwner());
  }

  public long attachment() {
    return envelope.getAttachment();
  }

  public long receivedBelow() {
    return envelope.getReceivedBelow();
  }

  public List<SequenceRange> received() {
    return envelope.getReceivedList();
  }

  public int fingerprint() {
    return envelope.getFingerprint();
  }

  /** How long the call may wait whatever its request says, in nanoseconds; 0: for ever. */
  long deadline() {
    return envelope.getDeadline();
  }

  /** The incarnation of the object that the request names; 0: any. */
  public long incarnation() {
    return envelope.getIncarnation();
  }

  /**
   * The most bytes of a reply that the caller takes; {@link Long#MAX_VALUE} where it has not said.
   */
  long mostReplyBytes() {
    long most = envelope.getMaxReplyBytes();
    return most == 0 ? Long.MAX_VALUE : most - aroundReply();
  }

  /** What a caller takes in a frame of its attachment is the frame. */
  private long aroundReply() {
    return envelope.getAttachment() == 0 ? 0 : AROUND_IN_FRAME;
  }

  private Refusal tooLarge(long bytes) {
    return Refusal.replyTooLarge(bytes + aroundReply(), envelope.getMaxReplyBytes());
  }

  /** Refuses to hand out a value, if there is one, that the caller does not take. */
  public void requireFits(@Nullable Value value) {
    if (value != null && envelope.getMaxReplyBytes() != 0) {
      requireFits(value.getSerializedSize());
    }
  }

  /** The same of an element of so many bytes. */
  public void requireFits(long bytes) {
    if (bytes > mostReplyBytes() - ReplyRoom.AROUND) {
      throw tooLarge(bytes + ReplyRoom.AROUND);
    }
  }

  /** The same of a reply that is there, and is told or not. */
  public void requireFits(Answer reply) {
    if (envelope.getMaxReplyBytes() != 0 && reply.bytes() > mostReplyBytes()) {
      throw tooLarge(reply.bytes());
    }
  }

  public @Nullable Guard guard() {
    return envelope.hasGuard() ? envelope.getGuard() : null;
  }

  /** What its texts take on the heap: who calls, from where. */
  public long textBytes() {
    return Footprint.of(envelope.getOwner())
        + Footprint.of(envelope.getCallSite())
        + (envelope.hasPeer() ? PEER_BYTES : 0);
  }

  /** The same of a party that is remembered. */
  public static long textBytes(Party party) {
    return Footprint.of(party.getOwner())
        + Footprint.of(party.getCallSite())
        + (party.hasPeer() ? PEER_BYTES : 0);
  }

  /** What it takes on the heap while it is kept, with its request. */
  long footprint() {
    return textBytes()
        + (envelope.hasGuard() ? Footprint.of(envelope.getGuard().getLock()) : 0)
        + RANGE_BYTES * envelope.getReceivedCount()
        + operation.footprint(request);
  }

  /** Where its replies go. */
  public Recipient recipient() {
    return recipient;
  }

  /** Replies go from now on to whoever made the call that has this envelope. */
  public void answerTo(Function<Envelope, Recipient> recipients) {
    recipient = recipients.apply(envelope);
  }

  /**
   * A repeat of this call came: replies go there from now on, over what carries the repeat.
   *
   * @param deadline how long the call may wait, counted from when it began to; 0: for ever
   */
  void takenOver(Invocation repeat, long deadline) {
    recipient = repeat.recipient;
    envelope =
        envelope.toBuilder()
            .setDeadline(deadline)
            .setTicket(repeat.ticket())
            .setOrigin(repeat.origin())
            .setAttachment(repeat.attachment())
            .build();
  }

  /** Who calls, for people. */
  public Party party() {
    Party.Builder party =
        Party.newBuilder().setOwner(envelope.getOwner()).setCallSite(envelope.getCallSite());
    if (session != null) {
      session.introduce(party);
    } else if (envelope.hasPeer()) {
      party.setPeer(envelope.getPeer());
    }
    return party.build();
  }
}
