package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.reserve;

import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Actor} does: it opens a session, makes one call in it, says so, and keeps the
 * session alive until it is killed, or exits when the session is lost.
 */
final class ActorMain {
  private static final int SESSION_LOST = 3;

  private ActorMain() {}

  /** Runs with a socket, a way, a time to live in milliseconds, what to do and an object's name. */
  public static void main(String[] arguments) {
    Client client = Client.over(Path.of(arguments[0]));
    boolean attached = Actor.Way.valueOf(arguments[1]) == Actor.Way.ATTACHED;
    long timeToLive = Long.parseLong(arguments[2]);
    String session = open(client, timeToLive);
    Client own = client.with(Envelope.of(session));
    Attachment attachment = attached ? client.attach(session, 1).awaitAttached() : null;
    keepAlive(timeToLive, own, attachment);
    Future<?> call =
        switch (Actor.Deed.valueOf(arguments[3])) {
          case HOLD_LOCK ->
              call(own, attachment, LockServiceGrpc.getAcquireMethod(), acquire(arguments[4]));
          case TAKE_ITEM ->
              call(own, attachment, QueueServiceGrpc.getGetMethod(), get(arguments[4]));
          case RESERVE_ITEM ->
              call(own, attachment, QueueServiceGrpc.getGetMethod(), reserve(arguments[4]));
        };
    System.out.println("called");
    Later.get(call);
    System.out.println("done");
  }

  private static String open(Client client, long timeToLive) {
    return client
        .sessions()
        .open(
            SessionOpenRequest.newBuilder()
                .setTimeToLive(Durations.fromMillis(timeToLive))
                .setClient("actor")
                .setProcess(ClientProcess.newBuilder().setPid(ProcessHandle.current().pid()))
                .build())
        .getSession();
  }

  private static <Q extends Message, R extends Message> Future<R> call(
      Client own, @Nullable Attachment attachment, MethodDescriptor<Q, R> method, Q request) {
    if (attachment != null) {
      return attachment.send(1, method, request);
    }
    Channel channel = own.channel();
    return ClientCalls.futureUnaryCall(channel.newCall(method, CallOptions.DEFAULT), request);
  }

  private static void keepAlive(long timeToLive, Client own, @Nullable Attachment attachment) {
    Executors.newSingleThreadScheduledExecutor()
        .scheduleAtFixedRate(
            () -> sayAWord(own, attachment), 0, timeToLive / 5, TimeUnit.MILLISECONDS);
  }

  private static void sayAWord(Client own, @Nullable Attachment attachment) {
    if (attachment != null && attachment.ended().isDone()) {
      System.exit(SESSION_LOST);
    }
    if (attachment != null) {
      attachment.frame(SessionAttachRequest.getDefaultInstance());
      return;
    }
    try {
      own.sessions().keepAlive(SessionKeepAliveRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      System.exit(SESSION_LOST);
    }
  }
}
