package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.session.Revision;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ServerInfo;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A daemon on loopback TCP with one session, which does what a script says. */
final class ScriptedDaemon implements AutoCloseable {
  static final String QUEUE = "vectors";
  private static final String SESSION = "the-session";
  private static final int WINDOW_CALLS = 4096;

  private static final ServerInfo INFO =
      ServerInfo.newBuilder()
          .setVersion("scripted")
          .setContractRevision(Revision.OURS)
          .setBoot("the-boot")
          .build();

  private final CallLedger ledger;
  private final Limits limits;
  private final BlockingQueue<ScriptedStream> attaching = new LinkedBlockingQueue<>();
  private final Server server;
  private volatile boolean connecting = true;

  /**
   * @param windowCalls {@code Limits.window_calls}; 0 for as many as a daemon has
   */
  ScriptedDaemon(int windowCalls) throws IOException {
    int window = windowCalls == 0 ? WINDOW_CALLS : windowCalls;
    this.ledger = new CallLedger(window);
    this.limits =
        Limits.newBuilder()
            .setRequestBytes(64 << 20)
            .setValueDepth(64)
            .setNameLength(255)
            .setPageSize(1_000)
            .setPageBytes(4_000_000)
            .setWindowCalls(window)
            .setWindowBytes(64 << 20)
            .build();
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Sessions())
            .addService(new Admin())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  CallLedger ledger() {
    return ledger;
  }

  /** The stream of a client that has connected; further ones are the script's. */
  ScriptedStream connected() throws InterruptedException {
    connecting = false;
    ScriptedStream stream;
    do {
      stream = nextAttaching();
    } while (isAttachedTo());
    return stream;
  }

  /** The next stream whose client is still there, once its first frame has come. */
  ScriptedStream nextAttaching() throws InterruptedException {
    ScriptedStream stream;
    do {
      stream = attaching.poll(30, TimeUnit.SECONDS);
      if (stream == null) {
        throw new AssertionError("Expected the client to attach, but it does not");
      }
    } while (stream.isOver());
    return stream;
  }

  /** Whether a client has attached, and nobody has asked for that. */
  boolean isAttachedTo() {
    return !attaching.isEmpty();
  }

  private final class Sessions extends SessionServiceGrpc.SessionServiceImplBase {
    @Override
    public void open(SessionOpenRequest request, StreamObserver<SessionOpenResponse> client) {
      client.onNext(
          SessionOpenResponse.newBuilder()
              .setSession(SESSION)
              .setNumber(1)
              .setTimeToLive(Duration.newBuilder().setSeconds(300))
              .setServer(INFO)
              .setLimits(limits)
              .build());
      client.onCompleted();
    }

    @Override
    public StreamObserver<SessionAttachRequest> attach(
        StreamObserver<SessionAttachResponse> client) {
      return new ScriptedStream(ledger, SESSION, client, ScriptedDaemon.this::attach);
    }
  }

  private void attach(ScriptedStream stream) {
    if (connecting) {
      stream.take(); // for whoever connects waits for that
    }
    attaching.add(stream);
  }

  private static final class Admin extends AdminServiceGrpc.AdminServiceImplBase {
    @Override
    public void serverInfo(
        AdminServerInfoRequest request, StreamObserver<AdminServerInfoResponse> client) {
      client.onNext(AdminServerInfoResponse.newBuilder().setServer(INFO).build());
      client.onCompleted();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
