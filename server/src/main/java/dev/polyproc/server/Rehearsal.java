package dev.polyproc.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A daemon that calls itself once and ends: what it has loaded by then is what every daemon needs
 * at its start. The build, and the first start of a release, run it to make the archive of loaded
 * classes, which halves the time to the first answer.
 */
final class Rehearsal {
  private static final int PUT = 102;
  private static final long SECONDS = 10;

  private Rehearsal() {}

  /** Starts a daemon, uses it, and exits with 0 when all went well. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("polyproc-rehearsal");
    Path socket = folder.resolve("polyproc.sock");
    // Happens after the daemon's own end, the latest first.
    folder.toFile().deleteOnExit();
    folder.resolve("polyproc.sock.lock").toFile().deleteOnExit();
    folder.resolve("token").toFile().deleteOnExit();
    Main.main(new String[] {"--socket", socket.toString(), "--port", "0"});
    if (Epoll.isAvailable()) {
      use(socket);
    }
    System.exit(0);
  }

  private static void use(Path socket) throws Exception {
    EpollEventLoopGroup group = new EpollEventLoopGroup(1);
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .overrideAuthority("localhost")
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(group)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .usePlaintext()
            .build();
    String session =
        SessionServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(SECONDS, TimeUnit.SECONDS)
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession();
    attach(channel, session);
    getTwice(QueueServiceGrpc.newBlockingStub(channel));
    channel.shutdownNow().awaitTermination(SECONDS, TimeUnit.SECONDS);
  }

  /** A put through a stream, into a queue made by a unary call. */
  private static void attach(ManagedChannel channel, String session) throws Exception {
    var unused =
        QueueServiceGrpc.newBlockingStub(channel)
            .create(QueueCreateRequest.newBuilder().setQueue("rehearsal").build());
    CompletableFuture<SessionAttachResponse> answered = new CompletableFuture<>();
    StreamObserver<SessionAttachRequest> frames =
        SessionServiceGrpc.newStub(channel).attach(new FirstReply(answered));
    Value item = Value.newBuilder().setText("rehearsal").build();
    ByteString put =
        QueuePutRequest.newBuilder().setQueue("rehearsal").setItem(item).build().toByteString();
    frames.onNext(
        SessionAttachRequest.newBuilder()
            .setSession(session)
            .setAttachment(1)
            .addCalls(Call.newBuilder().setSequence(1).setMethodNumber(PUT).setRequest(put))
            .build());
    answered.get(SECONDS, TimeUnit.SECONDS);
    frames.onNext(SessionAttachRequest.newBuilder().setReceivedBelow(2).build());
    frames.onCompleted();
  }

  private static void getTwice(QueueServiceGrpc.QueueServiceBlockingStub queue) {
    QueueGetRequest get =
        QueueGetRequest.newBuilder()
            .setQueue("rehearsal")
            .setTimeout(Duration.newBuilder().setNanos(1_000_000))
            .build();
    if (!queue.get(get).hasItem() || queue.get(get).hasItem()) {
      throw new IllegalStateException("Expected one item in the queue");
    }
    try {
      var unused = queue.get(get.toBuilder().setQueue("no-such-queue").build());
      throw new IllegalStateException("Expected NOT_FOUND");
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
        throw e;
      }
    }
  }

  /** Waits for a frame with a reply. */
  private record FirstReply(CompletableFuture<SessionAttachResponse> answered)
      implements StreamObserver<SessionAttachResponse> {
    @Override
    public void onNext(SessionAttachResponse frame) {
      if (frame.getRepliesCount() > 0) {
        answered.complete(frame);
      }
    }

    @Override
    public void onError(Throwable failure) {
      answered.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
