package dev.polyproc.server.engine.refusal;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OptionsProto;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * An expected failure: misuse, in the words of the contract. It is data that happens to be thrown,
 * so that a handler reads as what it does when all is well.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A handler throws before it changes anything: a refused call had no effect.
 *   <li>It has no stack trace and costs no more than any other reply.
 *   <li>Its trailers are well below the 8,192 bytes that clients take, whatever it quotes.
 * </ul>
 */
public final class Refusal extends RuntimeException {
  /** The domain of every {@link ErrorInfo}. */
  public static final String DOMAIN = "polyproc.dev";

  private static final String PREFIX = "ERROR_REASON_";

  /** The most bytes of all that is named; see {@link Texts#sentence}. A name of an object fits. */
  private static final int NAMED_BYTES = 1_100;

  private static final int SHORTEST_NAMED = 32;

  private final ErrorReason reason;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private int room = NAMED_BYTES;

  /** Refuses for {@code reason} with a sentence of the form "Expected …, but …". */
  public Refusal(ErrorReason reason, String sentence) {
    super(Texts.sentence(sentence), null, false, false);
    this.reason = reason;
  }

  /** Names what the sentence names, for programs: as it is, but for what is very long. */
  public Refusal with(String key, String value) {
    String named = Texts.cut(value, Math.max(room, SHORTEST_NAMED));
    room -= Texts.bytes(named);
    metadata.put(key, named);
    return this;
  }

  public ErrorReason reason() {
    return reason;
  }

  /** The failure as the contract describes it: code, sentence and {@link ErrorInfo}. */
  public Status status() {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setReason(reason.name().substring(PREFIX.length()))
            .setDomain(DOMAIN)
            .putAllMetadata(metadata)
            .build();
    return Status.newBuilder()
        .setCode(code(reason).getNumber())
        .setMessage(getMessage())
        .addDetails(Any.pack(info))
        .build();
  }

  /** The status code that always goes with {@code reason}. */
  static Code code(ErrorReason reason) {
    return reason.getValueDescriptor().getOptions().getExtension(OptionsProto.code);
  }

  /** A field that is missing or out of range. */
  public static Refusal argument(String field, String sentence) {
    return new Refusal(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, sentence).with("field", field);
  }

  /** Refuses a number above a limit; one that came as negative is far above it. */
  public static void requireAtMost(String field, int number, int most) {
    if (Integer.compareUnsigned(number, most) > 0) {
      String actual = Integer.toUnsignedString(number);
      throw argument(
          field, "Expected " + field + " to be at most " + most + ", but it is " + actual);
    }
  }

  /** A limit on a number of things. */
  public static Refusal limit(String limit, long bound, String things) {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            String.format(
                Locale.ROOT,
                "Expected at most %d %s, but there would be more; end or delete some, or start the"
                    + " daemon with a higher --limit %s",
                bound,
                things,
                limit))
        .with("limit", limit);
  }

  /** Something that needs an owner. */
  public static Refusal sessionRequired(String what) {
    return new Refusal(
        ErrorReason.ERROR_REASON_SESSION_REQUIRED,
        "Expected a session for "
            + what
            + ", but the call has none; open one by SessionService/Open and name it in the metadata"
            + " polyproc-session");
  }

  /** A session with too many replies that it did not confirm. */
  public static Refusal windowFull() {
    return new Refusal(
        ErrorReason.ERROR_REASON_WINDOW_FULL,
        "Expected the session to confirm the replies that it has, but too many are not; say"
            + " received_below (polyproc-received-below) with the next call");
  }

  /**
   * A reply that its caller does not take: what it would tell or hand out stays where it is.
   *
   * @param bytes what a caller has to take to be told
   * @param most what this one takes
   */
  public static Refusal replyTooLarge(long bytes, long most) {
    return new Refusal(
            ErrorReason.ERROR_REASON_REPLY_TOO_LARGE,
            "Expected a reply of at most "
                + most
                + " bytes, as polyproc-max-reply-bytes says, but it would have "
                + bytes
                + " at most; say that you take as many")
        .with("bytes", Long.toString(bytes));
  }

  /** A newer stream of the session took this one's place. */
  public static Refusal attachmentReplaced() {
    return new Refusal(
        ErrorReason.ERROR_REASON_ATTACHMENT_REPLACED,
        "Expected the latest attachment of the session, but a newer one took its place; go on with"
            + " that one, or attach again with a higher number");
  }

  /** A call that waits, a stream or a new session while the daemon goes down. */
  public static Refusal shuttingDown() {
    return new Refusal(
        ErrorReason.ERROR_REASON_SHUTTING_DOWN,
        "Expected the daemon to stay up, but it is shutting down; nothing that it holds will be"
            + " there afterwards");
  }

  /** No live session of an id or number; {@code actual} says what there is instead. */
  public static Refusal sessionNotFound(String actual) {
    return new Refusal(
        ErrorReason.ERROR_REASON_SESSION_NOT_FOUND, "Expected a live session, but " + actual);
  }

  /** A name that is taken. */
  public static Refusal exists(String name, String sentence) {
    return new Refusal(ErrorReason.ERROR_REASON_OBJECT_EXISTS, sentence).with("object", name);
  }

  public static Refusal notFound(String name) {
    return new Refusal(
            ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND,
            "Expected an object named '"
                + name
                + "', but there is none; create it before, or see AdminService/List for those there"
                + " are")
        .with("object", name);
  }

  public static Refusal deleted(String name) {
    return new Refusal(
            ErrorReason.ERROR_REASON_OBJECT_DELETED,
            "Expected '"
                + name
                + "' to stay, but it was deleted; an object that has its name now is another one")
        .with("object", name);
  }

  /** The same, where it went with an earlier run of the daemon. */
  public static Refusal lostInRestart(String name) {
    return new Refusal(
            ErrorReason.ERROR_REASON_OBJECT_DELETED,
            "Expected '"
                + name
                + "' to stay, but the daemon was restarted, and what it had before is gone; an"
                + " object that has its name now is another one")
        .with("object", name);
  }

  public static Refusal wrongKind(String name, ObjectKind expected, ObjectKind actual) {
    return new Refusal(
            ErrorReason.ERROR_REASON_WRONG_KIND,
            "Expected '"
                + name
                + "' to be "
                + (expected == ObjectKind.UNRECOGNIZED
                    ? "of the kind that the ref says"
                    : withArticle(word(expected)))
                + ", but it is "
                + withArticle(word(actual)))
        .with("object", name)
        .with("kind", actual.name().substring("OBJECT_KIND_".length()));
  }

  /** A kind in words: "a queue". */
  public static String withArticle(ObjectKind kind) {
    return withArticle(word(kind));
  }

  private static String withArticle(String noun) {
    return (noun.startsWith("e") ? "an " : "a ") + noun;
  }

  public static Refusal duration(String field, Duration duration, String expected) {
    return new Refusal(
            ErrorReason.ERROR_REASON_INVALID_DURATION,
            String.format(
                Locale.ROOT,
                "Expected %s to be %s, but it is %d s and %d ns",
                field,
                expected,
                duration.getSeconds(),
                duration.getNanos()))
        .with("field", field);
  }

  /** A kind in words: "queue". */
  public static String word(ObjectKind kind) {
    return kind.name()
        .substring("OBJECT_KIND_".length())
        .toLowerCase(Locale.ROOT)
        .replace('_', ' ');
  }
}
