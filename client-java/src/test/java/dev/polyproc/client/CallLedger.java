package dev.polyproc.client;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All calls that a client has sent in a session, over all its attachments, by number; with what
 * must hold of every frame, whatever a script is about. Safe for several threads.
 *
 * <ul>
 *   <li>A frame after the first names neither session nor attachment; attachments only grow.
 *   <li>On an attachment the numbers of calls only grow, and a number stands for one call for ever.
 *   <li>Before a new call, all calls without a reply are repeated: those of its callers that were
 *       not given up.
 *   <li>No reply is confirmed that was not sent, nor that to a call that was given up before, until
 *       its Cancel was answered.
 *   <li>No more calls are unconfirmed than the window has room for.
 * </ul>
 */
final class CallLedger {
  private static final int PUT = number(QueueServiceGrpc.getPutMethod());
  private static final int GET = number(QueueServiceGrpc.getGetMethod());
  private static final int CANCEL = number(SessionServiceGrpc.getCancelMethod());

  private final int windowCalls;
  private final NavigableMap<Long, Call> sent = new TreeMap<>();
  private final NavigableMap<Long, String> names = new TreeMap<>();
  private final Map<String, Long> numbers = new HashMap<>();
  private final Deque<String> gets = new ArrayDeque<>();
  private final Set<String> givenUp = new HashSet<>();
  private final Set<Long> replied = new HashSet<>();
  private final Set<Long> confirmed = new HashSet<>();
  private final List<String> broken = new ArrayList<>();
  private long lastAttachment;

  CallLedger(int windowCalls) {
    this.windowCalls = windowCalls;
  }

  /** What one frame brought. */
  record Arrivals(List<String> named, List<Call> others) {}

  /** What an attachment has brought so far. */
  static final class OfAttachment {
    private long lastNumber;
    private final Set<Long> repeated = new HashSet<>();
    private final Set<Long> confirmed = new HashSet<>();
  }

  /** The permanent number of a method. */
  static int number(MethodDescriptor<?, ?> method) {
    return ((ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor()))
        .getMethodDescriptor()
        .getOptions()
        .getExtension(OptionsProto.number);
  }

  /** A caller makes a get of this name; the next get that comes is it. */
  synchronized void willGet(String name) {
    gets.add(name);
  }

  /** The caller of a call gives it up. */
  synchronized void giveUp(String name) {
    givenUp.add(name);
  }

  /** The number of a call that has come. */
  synchronized long numberOf(String name) {
    return Objects.requireNonNull(numbers.get(name), name);
  }

  /** A reply is about to be sent. */
  synchronized void reply(long sequence) {
    String name = names.get(sequence);
    if (name == null || !givenUp.contains(name)) {
      replied.add(sequence);
    }
  }

  /** The Cancel of a call is about to be answered. */
  synchronized void settle(String name) {
    replied.add(numberOf(name));
  }

  synchronized boolean isConfirmed(OfAttachment attachment, List<String> calls) {
    return calls.stream().allMatch(name -> attachment.confirmed.contains(numberOf(name)));
  }

  /** What did not hold. */
  synchronized List<String> broken() {
    return List.copyOf(broken);
  }

  private void require(boolean holds, String sentence, Object... words) {
    if (!holds) {
      broken.add(String.format(sentence, words));
    }
  }

  /** The first frame of an attachment has come. */
  synchronized void first(SessionAttachRequest frame, String session) {
    require(frame.getSession().equals(session), "the first frame names '%s'", frame.getSession());
    require(
        frame.getAttachment() > lastAttachment,
        "attachment %d comes after %d",
        frame.getAttachment(),
        lastAttachment);
    lastAttachment = frame.getAttachment();
  }

  /** Another frame has come. */
  synchronized void next(SessionAttachRequest frame) {
    require(
        frame.getSession().isEmpty() && frame.getAttachment() == 0,
        "a later frame names a session or an attachment");
  }

  /** What a frame brought; its named calls without those that were given up. */
  synchronized Arrivals arrive(OfAttachment attachment, SessionAttachRequest frame) {
    confirm(attachment, frame);
    Arrivals arrivals = new Arrivals(new ArrayList<>(), new ArrayList<>());
    for (Call call : frame.getCallsList()) {
      arrive(attachment, call);
      String name = names.get(call.getSequence());
      if (name == null) {
        arrivals.others.add(call);
      } else if (!givenUp.contains(name)) {
        arrivals.named.add(name);
      }
    }
    int unconfirmed = sent.size() - confirmed.size();
    require(unconfirmed <= windowCalls, "%d calls are not confirmed", unconfirmed);
    return arrivals;
  }

  private void confirm(OfAttachment attachment, SessionAttachRequest frame) {
    if (frame.getReceivedBelow() > 0) {
      sent.headMap(frame.getReceivedBelow()).keySet().forEach(n -> confirm(attachment, n));
    }
    for (SequenceRange range : frame.getReceivedList()) {
      require(
          range.getFirst() <= range.getLast(),
          "a range from %d to %d",
          range.getFirst(),
          range.getLast());
      sent.tailMap(range.getFirst())
          .headMap(range.getLast() + 1)
          .keySet()
          .forEach(n -> confirm(attachment, n));
    }
  }

  private void confirm(OfAttachment attachment, long sequence) {
    require(
        replied.contains(sequence),
        "call %d is confirmed, %s",
        sequence,
        names.getOrDefault(sequence, "of the client itself"));
    confirmed.add(sequence);
    attachment.confirmed.add(sequence);
  }

  private void arrive(OfAttachment attachment, Call call) {
    long sequence = call.getSequence();
    require(sequence > attachment.lastNumber, "call %d after %d", sequence, attachment.lastNumber);
    attachment.lastNumber = sequence;
    Call before = sent.get(sequence);
    if (before != null) {
      require(before.equals(call), "call %d is another one when it is repeated", sequence);
      require(!confirmed.contains(sequence), "call %d is repeated and was confirmed", sequence);
      attachment.repeated.add(sequence);
      return;
    }
    require(
        sent.isEmpty() || sequence > sent.lastKey(),
        "new call %d, though there was a higher number",
        sequence);
    requireRepeated(attachment, sequence);
    sent.put(sequence, call);
    attachment.repeated.add(sequence); // on this attachment it is there
    String name = nameOf(call);
    if (name != null) {
      names.put(sequence, name);
      require(numbers.put(name, sequence) == null, "call %s has two numbers", name);
    }
  }

  private void requireRepeated(OfAttachment attachment, long sequence) {
    names.forEach(
        (number, name) ->
            require(
                replied.contains(number)
                    || givenUp.contains(name)
                    || attachment.repeated.contains(number),
                "new call %d comes before the repeat of %s",
                sequence,
                name));
  }

  /** The name of a caller's call; null for what the client calls by itself. */
  private @Nullable String nameOf(Call call) {
    if (call.getMethodNumber() == PUT) {
      return parsed(call).getItem().getText();
    }
    if (call.getMethodNumber() != GET) {
      return null;
    }
    String name = gets.poll();
    require(name != null, "a get that nobody made");
    return name;
  }

  private static QueuePutRequest parsed(Call call) {
    try {
      return QueuePutRequest.parseFrom(call.getRequest());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The name of the call that a Cancel takes back; null when it is no Cancel. */
  synchronized @Nullable String cancelled(Call call) {
    if (call.getMethodNumber() != CANCEL) {
      return null;
    }
    try {
      SessionCancelRequest cancel = SessionCancelRequest.parseFrom(call.getRequest());
      require(cancel.getUndo(), "a Cancel of %d without undo", cancel.getSequence());
      String name = names.get(cancel.getSequence());
      require(
          name != null && givenUp.contains(name),
          "a Cancel of %d, which nobody gave up",
          cancel.getSequence());
      return name == null ? "" : name;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
