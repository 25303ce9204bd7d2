package dev.polyproc.server.grpc;

import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.grpc.OurMetadata.Key;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.SequenceRange;
import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/** What stands around a unary request: its metadata, as {@code session.proto} lists them. */
final class EnvelopeReader {
  /** Each becomes an object many times its size, which a call that waits keeps. */
  private static final int MOST_RANGES = 1_024;

  /** Every reply without values, keys or items has fewer. */
  private static final long LEAST_REPLY_BYTES = 16_384;

  private EnvelopeReader() {}

  /** Reads the metadata of a call, or refuses what is wrong with them. */
  static Envelope.Builder read(OurMetadata ours, Connection connection) {
    Envelope.Builder envelope = Envelope.newBuilder();
    String session = ours.get(Key.SESSION);
    if (session != null) {
      envelope.setSession(session);
    } else if (connection.shown() != null) {
      envelope.setPeer(connection.shown());
    }
    String sequence = ours.get(Key.SEQUENCE);
    if (sequence != null) {
      envelope.setSequence(number(Key.SEQUENCE, sequence));
      requireSession(Key.SEQUENCE, session);
    }
    String below = ours.get(Key.RECEIVED_BELOW);
    if (below != null) {
      envelope.setReceivedBelow(number(Key.RECEIVED_BELOW, below));
      requireSession(Key.RECEIVED_BELOW, session);
    }
    String received = ours.get(Key.RECEIVED);
    if (received != null) {
      readRanges(envelope, received);
      requireSession(Key.RECEIVED, session);
    }
    String owner = ours.get(Key.OWNER);
    if (owner != null) {
      envelope.setOwner(text(Key.OWNER, owner));
    }
    String guard = ours.get(Key.GUARD);
    if (guard != null) {
      envelope.setGuard(guard(guard));
    }
    String callSite = ours.get(Key.CALL_SITE);
    if (callSite != null) {
      envelope.setCallSite(text(Key.CALL_SITE, callSite));
    }
    String incarnation = ours.get(Key.INCARNATION);
    if (incarnation != null) {
      envelope.setIncarnation(number(Key.INCARNATION, incarnation));
    }
    return envelope.setMaxReplyBytes(mostReplyBytes(ours));
  }

  /** Whether the caller will repeat the call when its rpc ends without a reply. */
  static boolean repeats(OurMetadata ours) {
    String repeats = ours.get(Key.REPEATS);
    if (repeats == null || repeats.equals("false")) {
      return false;
    }
    if (!repeats.equals("true")) {
      throw Refusal.argument(
          Key.REPEATS.word(),
          "Expected " + Key.REPEATS.word() + " to be true or false, but it is neither");
    }
    if (ours.get(Key.SEQUENCE) == null) {
      throw Refusal.argument(
          Key.REPEATS.word(),
          "Expected "
              + Key.REPEATS.word()
              + " together with "
              + Key.SEQUENCE.word()
              + ", but there is none");
    }
    return true;
  }

  /** Reads the metadata of a call whose answer is a stream: it is made once, and never repeated. */
  static Envelope.Builder readStream(Metadata headers, Connection connection) {
    OurMetadata ours = OurMetadata.of(headers);
    for (Key key : new Key[] {Key.SEQUENCE, Key.REPEATS}) {
      if (ours.get(key) != null) {
        throw Refusal.argument(
            key.word(),
            "Expected no " + key.word() + " for a call whose answer is a stream, but there is one");
      }
    }
    return read(ours, connection);
  }

  /**
   * Reads the metadata of Attach, whose frames carry the rest.
   *
   * @return the most bytes of a frame that the caller takes; 0 where it does not say
   */
  static long readAttach(Metadata headers) {
    OurMetadata ours = OurMetadata.of(headers);
    ours.requireNoneBut(Key.MAX_REPLY_BYTES, "Attach");
    return mostReplyBytes(ours);
  }

  private static long mostReplyBytes(OurMetadata ours) {
    String most = ours.get(Key.MAX_REPLY_BYTES);
    if (most == null) {
      return 0;
    }
    long bytes = number(Key.MAX_REPLY_BYTES, most);
    if (bytes < LEAST_REPLY_BYTES) {
      throw Refusal.argument(
          Key.MAX_REPLY_BYTES.word(),
          "Expected "
              + Key.MAX_REPLY_BYTES.word()
              + " to be at least "
              + LEAST_REPLY_BYTES
              + ", but it is "
              + bytes);
    }
    return bytes;
  }

  private static String text(Key key, String text) {
    Texts.check(key.word(), text);
    return text;
  }

  private static void requireSession(Key key, @Nullable String session) {
    if (session == null) {
      throw Refusal.argument(
          key.word(),
          "Expected " + key.word() + " together with polyproc-session, but there is none");
    }
  }

  private static long number(Key key, String text) {
    try {
      long number = Long.parseLong(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Refusal.argument(
        key.word(), "Expected " + key.word() + " to be a number from 1 up, but it is not");
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
              .setFirst(number(Key.RECEIVED, first.strip()))
              .setLast(number(Key.RECEIVED, last.strip()))
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
        .setToken(number(Key.GUARD, text.substring(colon + 1)))
        .build();
  }
}
