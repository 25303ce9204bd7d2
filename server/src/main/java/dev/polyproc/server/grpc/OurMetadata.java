package dev.polyproc.server.grpc;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a call whose names begin with our word, found in one pass over the names.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>None means nothing: a name that is not one of ours, an empty value, and a second value of
 *       what may stand once are refused.
 *   <li>Values are ASCII. What carries text has a twin with {@code -bin} behind its name, in UTF-8.
 * </ul>
 */
final class OurMetadata {
  private static final String WORD = "polyproc";
  private static final byte[] WORD_BYTES = WORD.getBytes(StandardCharsets.US_ASCII);
  private static final String BINARY = "-bin";

  /** What there is, in the order of {@code session.proto}. */
  enum Key {
    SESSION("session"),
    SEQUENCE("sequence"),
    RECEIVED_BELOW("received-below"),
    RECEIVED("received"),
    REPEATS("repeats"),
    OWNER("owner"),
    GUARD("guard"),
    CALL_SITE("call-site"),
    INCARNATION("incarnation"),
    MAX_REPLY_BYTES("max-reply-bytes");

    private final String word;

    Key(String name) {
      word = WORD + "-" + name;
    }

    /** As it stands in the metadata. */
    String word() {
      return word;
    }

    /** Whether it carries text, and so has a twin that takes any. */
    boolean isText() {
      return this == OWNER || this == GUARD || this == CALL_SITE;
    }

    /** Whether several are one list. */
    boolean isList() {
      return this == RECEIVED;
    }
  }

  private static final Key[] KEYS = Key.values();
  private static final Map<String, Key> BY_WORD = new HashMap<>();

  static {
    for (Key key : KEYS) {
      BY_WORD.put(key.word(), key);
      if (key.isText()) {
        BY_WORD.put(key.word() + BINARY, key);
      }
    }
  }

  private final @Nullable String[] values = new @Nullable String[KEYS.length];

  private OurMetadata() {}

  /** Finds them, or refuses what is wrong with one. */
  static OurMetadata of(Metadata headers) {
    OurMetadata found = new OurMetadata();
    byte[][] parts = InternalMetadata.serialize(headers);
    for (int i = 0; i + 1 < parts.length; i += 2) {
      if (isOurs(parts[i])) {
        found.add(new String(parts[i], StandardCharsets.US_ASCII), parts[i + 1]);
      }
    }
    return found;
  }

  /** Whether it begins with our word: polyproc_guard was meant for us, polyprocfoo was not. */
  private static boolean isOurs(byte[] name) {
    if (name.length < WORD_BYTES.length) {
      return false;
    }
    for (int i = 0; i < WORD_BYTES.length; i++) {
      if (name[i] != WORD_BYTES[i]) {
        return false;
      }
    }
    return name.length == WORD_BYTES.length || !Character.isLetterOrDigit(name[WORD_BYTES.length]);
  }

  private void add(String name, byte[] bytes) {
    Key key = BY_WORD.get(name);
    if (key == null) {
      throw unknown(name);
    }
    if (bytes.length == 0) {
      throw Refusal.argument(
          name, "Expected " + name + " to have a value or to be left out, but it is empty");
    }
    String value = name.equals(key.word()) ? ascii(key, bytes) : utf8(name, bytes);
    String before = values[key.ordinal()];
    if (before != null && !key.isList()) {
      throw Refusal.argument(
          name,
          "Expected "
              + key.word()
              + (key.isText() ? " or " + key.word() + BINARY : "")
              + " once, but there are two");
    }
    values[key.ordinal()] = before == null ? value : before + "," + value;
  }

  private static Refusal unknown(String name) {
    String known =
        Stream.of(KEYS)
            .map(key -> key.word() + (key.isText() ? "[" + BINARY + "]" : ""))
            .collect(joining(", "));
    return Refusal.argument(
        Texts.shown(name, Texts.LONGEST),
        "Expected metadata that begin with "
            + WORD
            + " to be among "
            + known
            + ", but there is '"
            + Texts.shown(name, Texts.LONGEST)
            + "'");
  }

  private static String ascii(Key key, byte[] bytes) {
    for (byte each : bytes) {
      if (each < ' ' || each > '~') {
        throw Refusal.argument(
            key.word(),
            "Expected "
                + key.word()
                + " in printable ASCII"
                + (key.isText() ? ", and other text as UTF-8 in " + key.word() + BINARY : "")
                + ", but it has another character");
      }
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private static String utf8(String name, byte[] bytes) {
    ByteString value = ByteString.copyFrom(bytes);
    if (!value.isValidUtf8()) {
      throw Refusal.argument(name, "Expected " + name + " to be text in UTF-8, but it is not");
    }
    return value.toStringUtf8();
  }

  /** The value of a key; null where there is none. */
  @Nullable String get(Key key) {
    return values[key.ordinal()];
  }

  /** Refuses all but one, for a call that has its own places for what they say. */
  void requireNoneBut(Key allowed, String call) {
    for (Key key : KEYS) {
      if (key != allowed && get(key) != null) {
        throw Refusal.argument(
            key.word(),
            "Expected "
                + call
                + " to say in its frames what "
                + key.word()
                + " does, but it is metadata");
      }
    }
  }
}
