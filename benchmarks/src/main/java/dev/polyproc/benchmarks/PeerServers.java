package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Redis, unless it is left out, and a daemon that keep nothing, and clients of them, each a
 * process of its own; all on one {@link Processor}.
 */
final class PeerServers implements AutoCloseable {
  private final Installation installation;
  private final Processor processor;
  private final @Nullable Redis redis;
  private final ServerProcess daemon;
  private final Deque<PeerProcess> clients = new ArrayDeque<>();

  private PeerServers(
      Installation installation, Processor processor, @Nullable Redis redis, ServerProcess daemon) {
    this.installation = installation;
    this.processor = processor;
    this.redis = redis;
    this.daemon = daemon;
  }

  /** Starts both servers, of which Redis is this program. */
  static PeerServers start(Path redisServer, Path folder, Installation installation)
      throws IOException, InterruptedException {
    Processor processor = Processor.first();
    Redis redis = Redis.start(redisServer, folder, processor);
    try {
      return new PeerServers(
          installation, processor, redis, daemon(folder, installation, processor));
    } catch (IOException | InterruptedException | RuntimeException e) {
      redis.close();
      throw e;
    }
  }

  /** Starts the daemon alone. */
  static PeerServers withoutRedis(Path folder, Installation installation)
      throws IOException, InterruptedException {
    Processor processor = Processor.first();
    return new PeerServers(installation, processor, null, daemon(folder, installation, processor));
  }

  private static ServerProcess daemon(Path folder, Installation installation, Processor processor)
      throws IOException, InterruptedException {
    return ServerProcess.daemon(folder.resolve("peers.sock"), installation.daemon(), processor)
        .awaitSocket();
  }

  private Redis redis() {
    if (redis == null) {
      throw new IllegalStateException("Expected a Redis, but it was not started");
    }
    return redis;
  }

  /** Java alone, without a server, which {@code main} serves. */
  PeerProcess alone(Class<? extends Peer<?>> main) throws IOException {
    return java("Java", installation.polyprocPeer(main));
  }

  /** Our Java client, which {@code main} serves. */
  PeerProcess polyproc(Class<? extends Peer<?>> main) throws IOException {
    return java("Polyproc", installation.polyprocPeer(main), daemon.socket());
  }

  /** Redisson, which {@code main} serves. */
  PeerProcess redisson(Class<? extends Peer<?>> main) throws IOException {
    return java("Redisson", installation.peer("redisson", main), redis().socket());
  }

  /** Jedis, which {@code main} serves. */
  PeerProcess jedis(Class<? extends Peer<?>> main) throws IOException {
    return java("Jedis", installation.peer("jedis", main), redis().port());
  }

  /** BullMQ, in this Node.js. */
  PeerProcess bullmq(Path node) throws IOException {
    return client(
        "BullMQ",
        List.of(
            node.toString(), installation.bullmqPeer().toString(), redis().socket().toString()));
  }

  private PeerProcess java(String name, List<String> java, Object... address) throws IOException {
    List<String> arguments = new ArrayList<>(java);
    Stream.of(address).map(Object::toString).forEach(arguments::add);
    return client(name, Java.client(arguments));
  }

  private PeerProcess client(String name, List<String> command) throws IOException {
    PeerProcess client = new PeerProcess(name, processor.alone(command));
    clients.push(client);
    return client;
  }

  /** Ends the clients, and then the servers. */
  @Override
  public void close() throws IOException, InterruptedException {
    try (redis;
        daemon) {
      for (PeerProcess client : clients) {
        client.close();
      }
    }
  }
}
