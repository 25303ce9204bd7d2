package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.v1.BarrierBreak;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.Peer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Why barriers break: what is kept of it, and what those are told whom it concerns. */
final class Breaks {
  private static final String PREFIX = "BARRIER_BREAK_CAUSE_";

  /** What is kept of a break, beside the texts of its party. */
  private static final long BYTES = 300;

  /** The most characters of a caller's text in a sentence. */
  private static final int SHOWN = 80;

  private Breaks() {}

  static BarrierBreak of(BarrierBreakCause cause, Party party, long round) {
    return BarrierBreak.newBuilder().setCause(cause).setParty(party).setRound(round).build();
  }

  /** What a break takes out of the budget while the barrier is broken. */
  static long footprint(BarrierBreak broken) {
    Party party = broken.getParty();
    return BYTES + Invocation.textBytes(party) + Footprint.of(party.getClient());
  }

  /** Tells that the barrier of that name broke. */
  static Refusal refusal(String barrier, BarrierBreak broken) {
    String who = named(broken.getParty());
    String round = Long.toUnsignedString(broken.getRound());
    return new Refusal(
            ErrorReason.ERROR_REASON_BARRIER_BROKEN,
            "Expected '" + barrier + "' to be whole, but " + what(broken.getCause(), who, round))
        .with("object", barrier)
        .with("cause", broken.getCause().name().substring(PREFIX.length()))
        .with("round", round)
        .with("party", who);
  }

  private static String what(BarrierBreakCause cause, String who, String round) {
    if (cause == BarrierBreakCause.BARRIER_BREAK_CAUSE_RESET) {
      return who + " reset it in round " + round + "; call again";
    }
    return "it broke in round "
        + round
        + ", as "
        + why(cause, who)
        + "; begin again by BarrierService/Reset of that round";
  }

  /** A break in a few words, for lists: "the time of worker (process 4711) was up". */
  static String summary(BarrierBreak broken) {
    return why(broken.getCause(), named(broken.getParty()));
  }

  private static String why(BarrierBreakCause cause, String who) {
    return switch (cause) {
      case BARRIER_BREAK_CAUSE_TIMEOUT -> "the time of " + who + " was up";
      case BARRIER_BREAK_CAUSE_PARTY_GONE -> who + " left";
      case BARRIER_BREAK_CAUSE_ACTION_FAILED -> "the action of " + who + " failed";
      default -> who + " aborted it";
    };
  }

  /** Who somebody is: "worker (process 4711, thread-12, session 17)". */
  private static String named(Party party) {
    Peer peer = party.getPeer();
    long pid = party.getPid() == 0 ? peer.getPid() : party.getPid();
    String details =
        Stream.of(
                pid == 0 ? "" : "process " + pid,
                Texts.shown(peer.getAddress(), SHOWN),
                Texts.shown(party.getOwner(), SHOWN),
                party.getSession() == 0 ? "" : "session " + party.getSession())
            .filter(detail -> !detail.isEmpty())
            .collect(Collectors.joining(", "));
    String client = Texts.shown(party.getClient(), SHOWN);
    return (client.isEmpty() ? "a caller" : client)
        + (details.isEmpty() ? "" : " (" + details + ")");
  }
}
