package dev.polyproc.client.internal.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.SessionLostException;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OptionsProto;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Turns statuses into {@link PolyprocException}s. */
public final class Errors {
  private static final String DOMAIN = "polyproc.dev";
  private static final String PREFIX = "ERROR_REASON_";

  private static final Set<ErrorReason> END_OF_SESSION =
      EnumSet.of(
          ErrorReason.ERROR_REASON_SESSION_ENDED, ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);

  private Errors() {}

  /** Whether a call failed because there is no session any more. */
  public static boolean isEndOfSession(PolyprocException failure) {
    return failure instanceof SessionLostException || END_OF_SESSION.contains(failure.reason());
  }

  /** The call, but done where it failed only because the session ended, and everything with it. */
  public static <T> CompletableFuture<@Nullable Void> quietAtTheEnd(CompletableFuture<T> call) {
    return call.handle(
        (done, failure) -> {
          Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
          boolean ended = cause instanceof PolyprocException e && isEndOfSession(e);
          if (failure != null && !ended) {
            throw failure instanceof CompletionException e ? e : new CompletionException(failure);
          }
          return null;
        });
  }

  /** The exception for the status of a call. */
  public static PolyprocException of(Status status) {
    return of(status, null);
  }

  /** The exception for the status that a stream or a unary call ended with. */
  public static PolyprocException of(io.grpc.Status status, @Nullable Metadata trailers) {
    Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    return of(details, status.getCause());
  }

  /** The exception for what a stub threw. */
  public static PolyprocException of(Throwable thrown) {
    if (thrown instanceof StatusRuntimeException e) {
      return of(e.getStatus(), e.getTrailers());
    }
    if (thrown instanceof StatusException e) {
      return of(e.getStatus(), e.getTrailers());
    }
    return of(io.grpc.Status.fromThrowable(thrown), null);
  }

  /** A condition that the client found by itself. */
  public static PolyprocException of(ErrorReason reason, String sentence) {
    Code code = reason.getValueDescriptor().getOptions().getExtension(OptionsProto.code);
    return new PolyprocException(reason, code, sentence, Map.of(), null);
  }

  /** What a future failed with, as the calling thread throws it: with that thread's own stack. */
  public static RuntimeException thrown(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException unchecked) {
      unchecked.fillInStackTrace();
      return unchecked;
    }
    return new IllegalStateException("Expected a call to fail with a reason", failure);
  }

  private static PolyprocException of(Status status, @Nullable Throwable cause) {
    Code code = Code.forNumber(status.getCode());
    ErrorInfo info = info(status);
    String sentence =
        status.getMessage().isEmpty() ? "Expected success, but got " + code : status.getMessage();
    return new PolyprocException(
        info == null ? ErrorReason.ERROR_REASON_UNSPECIFIED : reason(info.getReason()),
        code == null ? Code.UNKNOWN : code,
        sentence,
        info == null ? Map.of() : info.getMetadataMap(),
        cause);
  }

  private static @Nullable ErrorInfo info(Status status) {
    for (Any detail : status.getDetailsList()) {
      try {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          if (info.getDomain().equals(DOMAIN)) {
            return info;
          }
        }
      } catch (InvalidProtocolBufferException e) {
        // A detail that cannot be read says nothing; code and message remain.
      }
    }
    return null;
  }

  private static ErrorReason reason(String name) {
    try {
      return ErrorReason.valueOf(PREFIX + name);
    } catch (IllegalArgumentException e) {
      return ErrorReason.ERROR_REASON_UNSPECIFIED; // of a newer daemon
    }
  }
}
