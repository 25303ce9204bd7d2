package dev.polyproc.contract;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** What all suites have in common: sessions, names nobody else has, reasons of refusals. */
public abstract class ContractSuite {
  static final Duration NOW = Durations.ZERO;
  static final Duration SHORT = Durations.fromMillis(20);

  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final long SECONDS = 20;

  private final String name = getClass().getSimpleName() + "/" + NAMES.incrementAndGet();

  /** A way to whoever serves the contract, without a session. */
  protected abstract Channel channel();

  /** The name of the object that the test is about. */
  final String name() {
    return name;
  }

  static Value number(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  static Value text(String text) {
    return Value.newBuilder().setText(text).build();
  }

  /** Opens a session. */
  final String openSession() {
    return SessionServiceGrpc.newBlockingStub(channel())
        .open(SessionOpenRequest.newBuilder().setTimeToLive(Durations.fromMinutes(5)).build())
        .getSession();
  }

  /**
   * An Acquire of the lock that a value, an array or a segment names, which makes it where it is
   * not there.
   */
  static LockAcquireRequest acquireGuard(String lock) {
    return LockAcquireRequest.newBuilder()
        .setLock(lock)
        .setCreate(
            LockCreateRequest.newBuilder()
                .setKind(LockKind.LOCK_KIND_REENTRANT)
                .setLifetime(Lifetime.LIFETIME_WHILE_USED))
        .build();
  }

  /** The same channel, with metadata around its calls: keys and values. */
  final Channel with(String... metadata) {
    Metadata headers = new Metadata();
    for (int i = 0; i < metadata.length; i += 2) {
      headers.put(Metadata.Key.of(metadata[i], Metadata.ASCII_STRING_MARSHALLER), metadata[i + 1]);
    }
    return ClientInterceptors.intercept(
        channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** The calls of a session. */
  final Channel in(String session) {
    return with("polyproc-session", session);
  }

  /** A call that is to be refused. */
  interface Refused {
    void call() throws Exception;
  }

  /** Why a call is refused. */
  static ErrorReason reasonOf(Refused call) {
    return reason(failureOf(call));
  }

  /** What the refusal of a call names. */
  static Map<String, String> metadataOf(Refused call) {
    return info(failureOf(call)).getMetadataMap();
  }

  private static Throwable failureOf(Refused call) {
    try {
      call.call();
    } catch (Exception e) {
      return e;
    }
    throw new AssertionError("Expected a refusal, but the call was done");
  }

  /** The reason in a failure of a stub. */
  static ErrorReason reason(Throwable thrown) {
    return ErrorReason.valueOf("ERROR_REASON_" + info(thrown).getReason());
  }

  private static ErrorInfo info(Throwable thrown) {
    Status status = StatusProto.fromThrowable(thrown);
    if (status == null || status.getDetailsCount() != 1) {
      throw new AssertionError("Expected one detail in a status", thrown);
    }
    Any detail = status.getDetails(0);
    try {
      return detail.unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("Expected an ErrorInfo", e);
    }
  }

  /** What a call that waited was answered at last. */
  static <T> T get(Future<T> future) {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("Expected an answer within " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
