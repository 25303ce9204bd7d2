package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ItemState;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.space.MessageFootprint;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.QueueDeadLetter;
import dev.polyproc.v1.QueueItemOptions;
import org.jspecify.annotations.Nullable;

/**
 * How an item is treated, and what became of it.
 *
 * @param priority the lowest first; 0 where the queue's order is another
 * @param expires when its time to live is over, in engine time; {@link Timers#NEVER} for none
 * @param last who had it last, where that is remembered
 * @param letter how it became a dead letter; null where it is none
 */
record ItemTerms(
    QueueItemOptions options,
    int priority,
    long expires,
    @Nullable Party last,
    @Nullable QueueDeadLetter letter) {
  /** In no special way. */
  static final ItemTerms PLAIN = of(QueueItemOptions.getDefaultInstance());

  private static final long BYTES = 40;

  /** What a dead letter takes beside the name of its origin: how it became one, and who had it. */
  private static final long LETTER_BYTES = 512;

  /** The most bytes that are kept of a text that says who had an item. */
  private static final int SHOWN_BYTES = 64;

  /** What an item takes for its key, as if it were the only one of it. */
  private static final long KEY_BYTES = 400;

  private static final MessageFootprint OPTIONS =
      MessageFootprint.of(QueueItemOptions.getDescriptor());

  /** Without an end. */
  private static ItemTerms of(QueueItemOptions options) {
    return new ItemTerms(options, options.getPriority(), Timers.NEVER, null, null);
  }

  /** As options say, without an end yet. */
  static ItemTerms ofOptions(QueueItemOptions options) {
    return options == QueueItemOptions.getDefaultInstance()
            || options.equals(QueueItemOptions.getDefaultInstance())
        ? PLAIN
        : of(options);
  }

  /** Of a dead letter that begins anew in a queue whose order is PRIORITY or another. */
  static ItemTerms again(QueueItemOptions options, boolean ranked) {
    ItemTerms terms = ofOptions(options);
    return ranked || terms.priority == 0
        ? terms
        : new ItemTerms(options, 0, terms.expires, null, null);
  }

  /** The same of an item that can be got from a time on: its time to live begins then. */
  ItemTerms beginningAt(long since) {
    if (!options.hasTimeToLive()) {
      return this;
    }
    long end = since + Times.nanos(options.getTimeToLive());
    return new ItemTerms(options, priority, end < 0 ? Timers.NEVER : end, last, letter);
  }

  static ItemTerms restored(ItemState state) {
    if (!state.hasOptions()
        && state.getExpires() == 0
        && !state.hasLastConsumer()
        && !state.hasDeadLetter()) {
      return PLAIN;
    }
    return new ItemTerms(
        ofOptions(state.getOptions()).options,
        state.getPriority(),
        state.getExpires() == 0 ? Timers.NEVER : state.getExpires(),
        state.hasLastConsumer() ? state.getLastConsumer() : null,
        state.hasDeadLetter() ? state.getDeadLetter() : null);
  }

  void save(ItemState.Builder state) {
    if (hasOptions()) {
      state.setOptions(options).setPriority(priority);
    }
    if (expires != Timers.NEVER) {
      state.setExpires(expires);
    }
    if (last != null) {
      state.setLastConsumer(last);
    }
    if (letter != null) {
      state.setDeadLetter(letter);
    }
  }

  boolean hasOptions() {
    return options != QueueItemOptions.getDefaultInstance();
  }

  /** The same, and who had it last: what of its texts is long is cut. */
  ItemTerms from(Party consumer) {
    return new ItemTerms(options, priority, expires, brief(consumer), letter);
  }

  private static Party brief(Party party) {
    String owner = Texts.cut(party.getOwner(), SHOWN_BYTES);
    String callSite = Texts.cut(party.getCallSite(), SHOWN_BYTES);
    return owner.equals(party.getOwner()) && callSite.equals(party.getCallSite())
        ? party
        : party.toBuilder().setOwner(owner).setCallSite(callSite).build();
  }

  /** A dead letter, in a queue whose order is PRIORITY or another. */
  ItemTerms asLetter(QueueDeadLetter how, boolean ranked) {
    int there = ranked ? options.getPriority() : 0;
    return new ItemTerms(options, there, Timers.NEVER, null, how);
  }

  /**
   * What it takes out of the budget, but for who had it last: where that is remembered, {@link
   * #letterBytes} are kept for it.
   */
  long cost() {
    if (letter != null) {
      return ofOptions() + letterBytes(letter.getOrigin().getName());
    }
    return hasOptions() || expires != Timers.NEVER ? BYTES + ofOptions() : 0;
  }

  /** What an item takes more when it is a dead letter of the queue of a name. */
  static long letterBytes(String origin) {
    return BYTES + LETTER_BYTES + Footprint.of(origin);
  }

  /** What its options take, with what a queue keeps for their keys. */
  private long ofOptions() {
    if (!hasOptions()) {
      return 0;
    }
    return OPTIONS.of(options)
        + (options.getKey().isEmpty() ? 0 : KEY_BYTES + Footprint.of(options.getKey()))
        + (options.getUniqueKey().isEmpty() ? 0 : KEY_BYTES);
  }
}
