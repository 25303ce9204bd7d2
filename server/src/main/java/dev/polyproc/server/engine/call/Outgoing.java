package dev.polyproc.server.engine.call;

import dev.polyproc.server.engine.object.References;
import java.util.ArrayList;
import java.util.List;

/** What goes out of an entry: replies to recipients, and effects that the node makes happen. */
public final class Outgoing {
  private final References references;
  private List<Recipient> touched = new ArrayList<>();
  private List<Effect> effects = new ArrayList<>();

  public Outgoing(References references) {
    this.references = references;
  }

  /** The call is done: its reply is recorded where it has a number, and sent. */
  void answered(Parked parked, Reply reply) {
    Call call = parked.call();
    if (call.session() != null && call.isRecorded()) {
      call.session().window().record(call, reply);
    }
    references.handOut(call, reply);
    send(call, reply, true);
  }

  /** A stream has a reply more. */
  void emitted(Call call, Reply reply) {
    references.handOut(call, reply);
    send(call, reply, false);
  }

  public void send(Call call, Reply reply, boolean last) {
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
