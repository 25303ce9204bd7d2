package dev.polyproc.client.internal.session;

import com.google.rpc.Code;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.JvmProxy;
import dev.polyproc.client.internal.transport.Tls;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Opens a session, and says in a sentence why it cannot be opened. */
public final class Opening {
  /** How long a daemon may take to answer. */
  private static final long TIMEOUT_SECONDS = 10;

  /** How long to wait after the first try; see {@link #longer}. */
  static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long LAST_PAUSE = TimeUnit.SECONDS.toNanos(1);

  /** What Netty, gRPC and the operating system say of a connection that breaks. */
  private static final Pattern CUT =
      Pattern.compile("Network closed|Connection reset|Connection closed|Broken pipe");

  private Opening() {}

  /**
   * Opens a session and attaches to it. Waits. A connection that is cut meanwhile is made again,
   * until the time is up: whoever does not listen at all is not waited for.
   */
  public static Session open(Settings settings) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    Transport transport = transport(settings);
    PolyprocException cut = null;
    try {
      for (long pause = FIRST_PAUSE; ; pause = longer(pause)) {
        boolean isLast = deadline - System.nanoTime() <= LAST_PAUSE;
        try {
          return open(transport, settings, deadline);
        } catch (PolyprocException e) {
          if (cut != null && isLast && e.code() == Code.DEADLINE_EXCEEDED) {
            throw cut; // It had too little time left to be cut once more.
          }
          if (!isCut(e) || deadline - System.nanoTime() <= pause) {
            throw e;
          }
          cut = e;
          if (Errors.isEndOfSession(e)) {
            transport.close(); // it ended with its session
            transport = transport(settings);
          }
        }
        pause(pause);
      }
    } catch (RuntimeException | Error e) {
      transport.close();
      throw e;
    } finally {
      Transport.leaveThread();
    }
  }

  private static Transport transport(Settings settings) {
    return new Transport(settings.address(), settings.token(), settings.tls(), settings.channels());
  }

  private static Session open(Transport transport, Settings settings, long deadline) {
    ManagedChannel channel = transport.newChannel();
    Session session;
    try {
      session = new Session(transport, settings, request(channel, settings, deadline));
    } catch (StatusRuntimeException e) {
      channel.shutdownNow();
      throw failure(settings, e);
    } catch (RuntimeException | Error e) {
      channel.shutdownNow();
      throw e;
    }
    try {
      session.start(channel).get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      return session;
    } catch (ExecutionException e) {
      throw Errors.thrown(
          e.getCause() instanceof PolyprocException failure
              ? described(settings, failure)
              : e.getCause());
    } catch (TimeoutException e) {
      session.abandon();
      throw new PolyprocException(
          ErrorReason.ERROR_REASON_UNSPECIFIED,
          Code.DEADLINE_EXCEEDED,
          "Expected the daemon at " + settings.address() + " to take the session, but " + silent(),
          Map.of(),
          e);
    } catch (InterruptedException e) {
      session.abandon();
      throw interrupted();
    }
  }

  /** How long to wait after a further try. */
  static long longer(long pause) {
    return Math.min(2 * pause, LAST_PAUSE);
  }

  /** Waits for so long between two tries. */
  static void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static PolyprocException interrupted() {
    Thread.currentThread().interrupt();
    return Errors.of(
        ErrorReason.ERROR_REASON_CANCELLED, "Expected to connect, but was interrupted");
  }

  /** Whether the connection broke while the session was opened, or the session with it. */
  private static boolean isCut(PolyprocException failure) {
    if (failure.reason() != ErrorReason.ERROR_REASON_UNSPECIFIED) {
      return Errors.isEndOfSession(failure); // the daemon may have been restarted meanwhile
    }
    Throwable root = root(failure.getCause());
    return failure.code() == Code.UNAVAILABLE
        && (root instanceof ClosedChannelException
            || (root != null && CUT.matcher(String.valueOf(root.getMessage())).find()));
  }

  private static SessionOpenResponse request(
      ManagedChannel channel, Settings settings, long deadline) {
    SessionOpenRequest.Builder request =
        SessionOpenRequest.newBuilder()
            .setClient(settings.client())
            .setClientVersion(version())
            .setContractRevision(Revision.OURS)
            .setProcess(OwnProcess.describe());
    if (settings.timeToLive() != null) {
      request.setTimeToLive(Durations.of(settings.timeToLive()));
    }
    String credential = OwnProcess.takeCredential();
    return credential == null
        ? open(channel, request.build(), deadline)
        : open(channel, request.build(), credential, deadline);
  }

  private static SessionOpenResponse open(
      ManagedChannel channel, SessionOpenRequest request, String credential, long deadline) {
    try {
      return open(channel, request.toBuilder().setProcessCredential(credential).build(), deadline);
    } catch (StatusRuntimeException e) {
      if (isOfTheCredential(Errors.of(e))) {
        // Used already, by a parent that passed its environment on: this process is not the one.
        return open(channel, request, deadline);
      }
      OwnProcess.returnCredential(credential);
      throw e;
    }
  }

  private static boolean isOfTheCredential(PolyprocException refusal) {
    return refusal.reason() == ErrorReason.ERROR_REASON_INVALID_ARGUMENT
        && "process_credential".equals(refusal.metadata().get("field"));
  }

  private static SessionOpenResponse open(
      ManagedChannel channel, SessionOpenRequest request, long deadline) {
    try {
      return SessionServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)
          .open(request);
    } catch (StatusRuntimeException e) {
      throw e;
    } catch (RuntimeException e) {
      // gRPC's in-process transport throws what it trips over when its server ends meanwhile.
      throw Status.UNAVAILABLE
          .withDescription("the daemon ended meanwhile")
          .withCause(e)
          .asRuntimeException();
    }
  }

  private static PolyprocException failure(Settings settings, StatusRuntimeException e) {
    if (e.getStatus().getCode() == Status.Code.CANCELLED
        && Thread.currentThread().isInterrupted()) {
      return interrupted();
    }
    return described(settings, Errors.of(e));
  }

  private static PolyprocException described(Settings settings, PolyprocException failure) {
    Address address = settings.address();
    if (failure.code() == Code.UNAUTHENTICATED && settings.token() == null) {
      return because(failure, failure.code(), missingToken(settings));
    }
    if (failure.reason() != ErrorReason.ERROR_REASON_UNSPECIFIED) {
      return failure;
    }
    if (root(failure.getCause()) instanceof UntrustedFileException untrusted) {
      return because(failure, Code.FAILED_PRECONDITION, untrusted.getMessage());
    }
    TlsDiagnosis diagnosis = new TlsDiagnosis(settings);
    String refused = diagnosis.refusal(failure.getCause(), String.valueOf(failure.getMessage()));
    if (refused != null) {
      return because(failure, address.tls() ? Code.FAILED_PRECONDITION : failure.code(), refused);
    }
    return because(
        failure,
        isForbidden(failure) ? Code.FAILED_PRECONDITION : failure.code(),
        "Expected a daemon at " + address + ", but " + why(address, failure));
  }

  private static String missingToken(Settings settings) {
    Tls tls = settings.tls();
    if (tls != null && tls.certificate() != null) {
      return String.format(
          "Expected a token for the daemon at %s, or a certificate that it takes, but there is no"
              + " token, and the one in %s is not of its client CA",
          settings.address(), tls.certificate());
    }
    return String.format(
        "Expected a token for the daemon at %s, but there is none; set POLYPROC_TOKEN, or"
            + " POLYPROC_TOKEN_FILE to the file that the daemon wrote%s",
        settings.address(),
        tls == null ? "" : ", or POLYPROC_TLS_CERTIFICATE and POLYPROC_TLS_KEY");
  }

  private static String detail(PolyprocException failure) {
    Throwable cause = root(failure.getCause());
    return cause == null
        ? String.valueOf(failure.getMessage())
        : Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
  }

  private static boolean isForbidden(PolyprocException failure) {
    return detail(failure).contains("Permission denied");
  }

  /** Whether a connection could not be made because nobody listens. */
  static boolean isAbsent(PolyprocException failure) {
    Throwable cause = root(failure.getCause());
    return cause instanceof ConnectException || cause instanceof FileNotFoundException;
  }

  private static String why(Address address, PolyprocException failure) {
    String proxy = failure.code() == Code.UNIMPLEMENTED ? null : JvmProxy.of(address);
    if (proxy != null) {
      return String.format(
          "this JVM asks the proxy %s for it (https.proxyHost, or its ProxySelector), and that"
              + " way is closed: %s; to go without, name the host: -Dhttp.nonProxyHosts=%s",
          proxy, detail(failure), address.host());
    }
    if (isAbsent(failure)) {
      return "nothing listens there; start one "
          + (address.tls() ? "there with scripts/polyprocd --listen" : "with scripts/polyprocd");
    }
    if (root(failure.getCause()) instanceof UnknownHostException) {
      return "no host of that name is known";
    }
    if (isForbidden(failure)) {
      return "this user may not open it; the socket belongs to the user who started the daemon";
    }
    if (isCut(failure)) {
      return "the connection broke before it answered, again and again";
    }
    return switch (failure.code()) {
      case DEADLINE_EXCEEDED -> silent();
      case UNIMPLEMENTED -> "what listens there is no Polyproc daemon";
      default -> "it cannot be reached: " + detail(failure);
    };
  }

  private static String silent() {
    return "it did not answer within "
        + TIMEOUT_SECONDS
        + " seconds: it stands still, or has too much to do; waitForDaemon of the builder tries for"
        + " longer";
  }

  private static @Nullable Throwable root(@Nullable Throwable thrown) {
    Throwable root = thrown;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /**
   * @param code {@code UNAVAILABLE} only where it may be another answer later
   */
  private static PolyprocException because(PolyprocException failure, Code code, String sentence) {
    return new PolyprocException(
        failure.reason(),
        code,
        sentence,
        failure.metadata(),
        failure.getCause() == null ? failure : failure.getCause());
  }

  private static String version() {
    String version = Opening.class.getPackage().getImplementationVersion();
    return "java " + (version == null ? "development" : version);
  }
}
