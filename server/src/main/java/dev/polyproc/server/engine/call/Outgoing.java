package dev.polyproc.server.engine.call;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** What goes out of an entry: replies to recipients, and effects that the node makes happen. */
public final class Outgoing {
  private final BiConsumer<Invocation, Answer> handedOut;
  private List<Recipient> touched = new ArrayList<>();
  private List<Effect> effects = new ArrayList<>();

  /** Tells {@code handedOut} of each reply to a call that waited. */
  public Outgoing(BiConsumer<Invocation, Answer> handedOut) {
    this.handedOut = handedOut;
  }

  /** The call is done: its reply is recorded where it has a number, and sent. */
  void answered(Parked parked, Answer reply) {
    Invocation call = parked.call();
    Caller caller = call.session();
    if (caller != null && call.isRecorded()) {
      caller.record(call, reply);
    }
    handedOut.accept(call, reply);
    send(call, reply, true);
  }

  /** A stream has a reply more. */
  void emitted(Invocation call, Answer reply) {
    handedOut.accept(call, reply);
    send(call, reply, false);
  }

  public void send(Invocation call, Answer reply, boolean last) {
    Recipient recipient = call.recipient();
    recipient.reply(call, reply, last);
    if (touched.isEmpty() || touched.get(touched.size() - 1) != recipient) {
      touched.add(recipient);
    }
  }

  /** Asks the node to make something happen. */
  public void emit(Effect effect) {
    effects.add(effect);
  }

  /** The recipients that have replies to send; the next call begins anew. */
  public List<Recipient> takeTouched() {
    if (touched.isEmpty()) {
      return List.of();
    }
    List<Recipient> taken = touched;
    touched = new ArrayList<>();
    return taken;
  }

  /** What the node should make happen; the next call begins anew. */
  public List<Effect> takeEffects() {
    if (effects.isEmpty()) {
      return List.of();
    }
    List<Effect> taken = effects;
    effects = new ArrayList<>();
    return taken;
  }
}
