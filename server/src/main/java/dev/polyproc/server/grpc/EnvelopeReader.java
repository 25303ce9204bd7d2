package dev.polyproc.server.grpc;

import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Texts;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.SequenceRange;
import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/** What stands around a unary request: its metadata, as {@code session.proto} lists them. */
final class EnvelopeReader {
  private static final Metadata.Key<String> SESSION = key("polyproc-session");
  private static final Metadata.Key<String> SEQUENCE = key("polyproc-sequence");
  private static final Metadata.Key<String> RECEIVED_BELOW = key("polyproc-received-below");
  private static final Metadata.Key<String> RECEIVED = key("polyproc-received");
  private static final Metadata.Key<String> REPEATS = key("polyproc-repeats");
  private static final Metadata.Key<String> OWNER = key("polyproc-owner");
  private static final Metadata.Key<String> GUARD = key("polyproc-guard");
  private static final Metadata.Key<String> INCARNATION = key("polyproc-incarnation");
  private static final Metadata.Key<String> CALL_SITE = key("polyproc-call-site");

  /** Each becomes an object many times its size, which a call that waits keeps. */
  private static final int MOST_RANGES = 1_024;

  private EnvelopeReader() {}

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** Reads the metadata of a call, or refuses what is wrong with them. */
  static Envelope.Builder read(Metadata headers) {
    Envelope.Builder envelope = Envelope.newBuilder();
    String session = headers.get(SESSION);
    if (session != null) {
      envelope.setSession(session);
    }
    String sequence = headers.get(SEQUENCE);
    if (sequence != null) {
      envelope.setSequence(number("polyproc-sequence", sequence));
      requireSession("polyproc-sequence", session);
    }
    String below = headers.get(RECEIVED_BELOW);
    if (below != null) {
      envelope.setReceivedBelow(number("polyproc-received-below", below));
      requireSession("polyproc-received-below", session);
    }
    String received = headers.get(RECEIVED);
    if (received != null) {
      readRanges(envelope, received);
      requireSession("polyproc-received", session);
    }
    String owner = headers.get(OWNER);
    if (owner != null) {
      Texts.check("polyproc-owner", owner);
      envelope.setOwner(owner);
    }
    String guard = headers.get(GUARD);
    if (guard != null) {
      envelope.setGuard(guard(guard));
    }
    String callSite = headers.get(CALL_SITE);
    if (callSite != null) {
      Texts.check("polyproc-call-site", callSite);
      envelope.setCallSite(callSite);
    }
    String incarnation = headers.get(INCARNATION);
    if (incarnation != null) {
      envelope.setIncarnation(number("polyproc-incarnation", incarnation));
    }
    return envelope;
  }

  /** Whether the caller will repeat the call when its rpc ends without a reply. */
  static boolean repeats(Metadata headers) {
    String repeats = headers.get(REPEATS);
    if (repeats == null || repeats.equals("false")) {
      return false;
    }
    if (!repeats.equals("true")) {
      throw Refusal.argument(
          "polyproc-repeats", "Expected polyproc-repeats to be true or false, but it is neither");
    }
    if (headers.get(SEQUENCE) == null) {
      throw Refusal.argument(
          "polyproc-repeats",
          "Expected polyproc-repeats together with polyproc-sequence, but there is none");
    }
    return true;
  }

  private static void requireSession(String field, @Nullable String session) {
    if (session == null || session.isEmpty()) {
      throw Refusal.argument(
          field, "Expected " + field + " together with polyproc-session, but there is none");
    }
  }

  private static long number(String field, String text) {
    try {
      long number = Long.parseLong(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Refusal.argument(field, "Expected " + field + " to be a number from 1 up, but it is not");
  }

  private static void readRanges(Envelope.Builder envelope, String received) {
    String[] ranges = received.split(",", MOST_RANGES + 1);
    if (ranges.length > MOST_RANGES) {
      throw Refusal.argument(
          "polyproc-received",
          "Expected polyproc-received to have at most " + MOST_RANGES + " ranges, but it has more");
    }
    for (String range : ranges) {
      int dash = range.indexOf('-');
      String first = dash < 0 ? range : range.substring(0, dash);
      String last = dash < 0 ? range : range.substring(dash + 1);
      SequenceRange numbers =
          SequenceRange.newBuilder()
              .setFirst(number("polyproc-received", first.strip()))
              .setLast(number("polyproc-received", last.strip()))
              .build();
      requireForward("polyproc-received", numbers);
      envelope.addReceived(numbers);
    }
  }

  /** Refuses a range that has no numbers in it. */
  static void requireForward(String field, SequenceRange range) {
    if (range.getFirst() < 1 || range.getLast() < range.getFirst()) {
      throw Refusal.argument(
          field,
          "Expected "
              + field
              + " to go from a number to one that is not below it, but it goes from "
              + Long.toUnsignedString(range.getFirst())
              + " to "
              + Long.toUnsignedString(range.getLast()));
    }
  }

  private static Guard guard(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw Refusal.argument(
          "polyproc-guard", "Expected polyproc-guard to be <lock>:<token>, but it has no colon");
    }
    return Guard.newBuilder()
        .setLock(text.substring(0, colon))
        .setToken(number("polyproc-guard", text.substring(colon + 1)))
        .build();
  }
}
