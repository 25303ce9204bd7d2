package dev.polyproc.client;

import com.google.rpc.Code;
import dev.polyproc.v1.ErrorReason;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call that the daemon refused, or a daemon that could not be reached. The message is a sentence
 * for people; the reason, the code and the metadata are for programs, and are the same in every
 * language.
 *
 * <p>What only the client can know has a reason too: a session that was lost is a {@link
 * SessionLostException}; a daemon that cannot be reached has the code {@code UNAVAILABLE}, or
 * {@code FAILED_PRECONDITION} where trying again does not help, as with a certificate that is not
 * trusted, and the reason {@code ERROR_REASON_UNSPECIFIED}, for no daemon gave one.
 */
public sealed class PolyprocException extends RuntimeException
    permits SessionLostException, TaskFailedException, UnexpectedValueException {
  private static final long serialVersionUID = 1;

  private final ErrorReason reason;
  private final Code code;
  private final Map<String, String> metadata;

  public PolyprocException(
      ErrorReason reason,
      Code code,
      String sentence,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(sentence, cause);
    this.reason = reason;
    this.code = code;
    this.metadata = Map.copyOf(metadata);
  }

  /** Why the call failed; {@code ERROR_REASON_UNSPECIFIED} when the daemon did not say. */
  public final ErrorReason reason() {
    return reason;
  }

  /** The status code that goes with the reason. */
  public final Code code() {
    return code;
  }

  /** What the sentence names, such as {@code object=jobs}. */
  public final Map<String, String> metadata() {
    return metadata;
  }
}
