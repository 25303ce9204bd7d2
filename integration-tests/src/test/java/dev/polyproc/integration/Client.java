package dev.polyproc.integration;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.ReadWriteLockServiceGrpc;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLException;

/** One connection with nothing but the generated stubs. */
final class Client implements AutoCloseable {
  private static final EventLoopGroup LOOP =
      new EpollEventLoopGroup(1, new DefaultThreadFactory("test-client", true));

  private final ManagedChannel connection;
  private final Channel channel;

  private Client(ManagedChannel connection, Channel channel) {
    this.connection = connection;
    this.channel = channel;
  }

  /** Over a Unix socket. */
  static Client over(Path socket) {
    return over(socket, Map.of());
  }

  /** An address whose text gRPC does not take for a URI: only some paths are one. */
  private static final class Unread extends DomainSocketAddress {
    private static final long serialVersionUID = 1;

    Unread(String path) {
      super(path);
    }

    @Override
    public String toString() {
      return "a-unix-socket";
    }
  }

  /** Over a Unix socket, with a service config. */
  static Client over(Path socket, Map<String, ?> serviceConfig) {
    ManagedChannel connection =
        NettyChannelBuilder.forAddress(new Unread(socket.toString()))
            .eventLoopGroup(LOOP)
            .channelType(EpollDomainSocketChannel.class)
            // A Unix socket has none, and Netty would say so.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .defaultServiceConfig(serviceConfig)
            .usePlaintext()
            .build();
    return new Client(connection, connection);
  }

  /** Over loopback, with a token. */
  static Client over(int port, String token) {
    return over(port).with(Envelope.none().with("authorization", "Bearer " + token));
  }

  /** Over loopback, without a token. */
  static Client over(int port) {
    ManagedChannel connection =
        NettyChannelBuilder.forAddress("localhost", port).usePlaintext().build();
    return new Client(connection, connection);
  }

  /** Through TLS, with a token. */
  static Client overTls(int port, Path ca, String token) {
    try {
      ManagedChannel connection =
          NettyChannelBuilder.forAddress("localhost", port)
              .sslContext(GrpcSslContexts.forClient().trustManager(ca.toFile()).build())
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .build();
      return new Client(connection, connection)
          .with(Envelope.none().with("authorization", "Bearer " + token));
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Through TLS, with a certificate and no token. */
  static Client overTls(int port, Path ca, Certificates.Identity own) {
    try {
      ManagedChannel connection =
          NettyChannelBuilder.forAddress("localhost", port)
              .sslContext(
                  GrpcSslContexts.forClient()
                      .trustManager(ca.toFile())
                      .keyManager(own.certificate().toFile(), own.key().toFile())
                      .build())
              .build();
      return new Client(connection, connection);
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same connection, with an envelope around every call. */
  Client with(Envelope envelope) {
    return new Client(
        connection,
        ClientInterceptors.intercept(
            channel, MetadataUtils.newAttachHeadersInterceptor(envelope.metadata())));
  }

  Channel channel() {
    return channel;
  }

  SessionServiceGrpc.SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(channel);
  }

  QueueServiceGrpc.QueueServiceBlockingStub queues() {
    return QueueServiceGrpc.newBlockingStub(channel);
  }

  /** Calls that wait while the test goes on. */
  QueueServiceGrpc.QueueServiceFutureStub queuesLater() {
    return QueueServiceGrpc.newFutureStub(channel);
  }

  LockServiceGrpc.LockServiceBlockingStub locks() {
    return LockServiceGrpc.newBlockingStub(channel);
  }

  /** Calls that wait while the test goes on. */
  LockServiceGrpc.LockServiceFutureStub locksLater() {
    return LockServiceGrpc.newFutureStub(channel);
  }

  ReadWriteLockServiceGrpc.ReadWriteLockServiceBlockingStub readWriteLocks() {
    return ReadWriteLockServiceGrpc.newBlockingStub(channel);
  }

  EventServiceGrpc.EventServiceBlockingStub events() {
    return EventServiceGrpc.newBlockingStub(channel);
  }

  ListServiceGrpc.ListServiceBlockingStub lists() {
    return ListServiceGrpc.newBlockingStub(channel);
  }

  DictServiceGrpc.DictServiceBlockingStub dicts() {
    return DictServiceGrpc.newBlockingStub(channel);
  }

  SharedMemoryServiceGrpc.SharedMemoryServiceBlockingStub memories() {
    return SharedMemoryServiceGrpc.newBlockingStub(channel);
  }

  SharedMemoryServiceGrpc.SharedMemoryServiceFutureStub memoriesLater() {
    return SharedMemoryServiceGrpc.newFutureStub(channel);
  }

  ProcessServiceGrpc.ProcessServiceBlockingStub processes() {
    return ProcessServiceGrpc.newBlockingStub(channel);
  }

  AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return AdminServiceGrpc.newBlockingStub(channel);
  }

  /** Opens a session that outlives any test. */
  String openSession() {
    return openSession(Durations.fromSeconds(600));
  }

  String openSession(Duration timeToLive) {
    return sessions()
        .open(SessionOpenRequest.newBuilder().setTimeToLive(timeToLive).setClient("test").build())
        .getSession();
  }

  /** A new session, and the calls of it. */
  Client newSession() {
    return with(Envelope.of(openSession()));
  }

  Attachment attach(String session, long number) {
    return new Attachment(channel, session, number);
  }

  @Override
  public void close() {
    connection.shutdownNow();
  }
}
