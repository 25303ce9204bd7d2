package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replies that are so large that another thread than the event loop serializes them. */
final class LargeReplyIT {
  private static final int LARGE_BYTES = 24 << 20;
  private static final String LARGE = "large";
  private static final String SMALL = "small";

  /** Room for some large replies, and not for many. */
  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(Launch.inPrivateFolder().javaOptions("-XX:+UseSerialGC -Xmx512m"));

  private static Client client;

  @BeforeAll
  static void fill() {
    client = daemon.client();
    client.queues().create(createQueue(LARGE));
    client.queues().create(createQueue(SMALL));
    client.queues().put(put(SMALL, 1));
    client.queues().put(put(LARGE, bytes(LARGE_BYTES)));
  }

  @AfterAll
  static void close() {
    client.close();
  }

  private static Value bytes(int count) {
    return Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(new byte[count])).build();
  }

  private static QueuePeekRequest peek(String queue) {
    return QueuePeekRequest.newBuilder().setQueue(queue).build();
  }

  private static int bytesOf(QueuePeekResponse response) {
    return response.getItem().getBytes().size();
  }

  /** Whether the thread is there, which goes when it had nothing to do for some seconds. */
  private static boolean hasSerializer() {
    return daemon.get().threads("polyproc-serial") > 0; // A name has 15 letters here.
  }

  @Test
  void shouldSerializeLargeRepliesOnAThreadThatGoesAfterwards() {
    await().atMost(Duration.ofMinutes(1)).until(() -> !hasSerializer());
    var unused = client.queues().peek(peek(SMALL));
    assertThat(hasSerializer()).isFalse();

    assertThat(bytesOf(client.queues().peek(peek(LARGE)))).isEqualTo(LARGE_BYTES);

    assertThat(hasSerializer()).isTrue();
  }

  @Test
  void shouldSendTheRepliesOfAStreamInTheirOrder() {
    List<Long> order = Collections.synchronizedList(new ArrayList<>());
    try (Attachment stream = client.attach(client.openSession(), 1).awaitAttached()) {
      SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
      for (long i = 1; i <= 6; i++) {
        Call.Builder call =
            Attachment.call(i, QueueServiceGrpc.getPeekMethod(), peek(i % 3 == 1 ? LARGE : SMALL));
        long sequence = i;
        var unused = stream.reply(i).thenRun(() -> order.add(sequence));
        frame.addCalls(call);
      }
      CompletableFuture<QueuePeekResponse> first =
          stream.response(1, QueueServiceGrpc.getPeekMethod());
      CompletableFuture<QueuePeekResponse> fourth =
          stream.response(4, QueueServiceGrpc.getPeekMethod());
      stream.frame(frame.build());
      stream.halfClose();

      assertThat(bytesOf(Later.get(first))).isEqualTo(LARGE_BYTES);
      assertThat(bytesOf(Later.get(fourth))).isEqualTo(LARGE_BYTES);
      assertThat(Later.get(stream.ended())).hasMessage("OK");
      assertThat(order).containsExactlyElementsOf(LongStream.rangeClosed(1, 6).boxed().toList());
    }
  }

  @Test
  void shouldSendALargeItemBeforeTheEndOfItsStream() {
    String queue = "deleted";
    client.queues().create(createQueue(queue));
    try (Client consumer = daemon.client();
        Client session = consumer.newSession()) {
      QueueConsumeRequest consume =
          QueueConsumeRequest.newBuilder().setQueue(queue).setMaxInFlight(1).build();
      Iterator<QueueConsumeResponse> items = session.queues().consume(consume);
      client.queues().put(put(queue, bytes(LARGE_BYTES)));
      client.admin().delete(AdminDeleteRequest.newBuilder().setObject(queue).build());

      assertThat(items.next().getDelivery().getItem().getBytes().size()).isEqualTo(LARGE_BYTES);
      assertThatThrownBy(items::next)
          .satisfies(
              why ->
                  assertThat(Refusal.of(why).reason())
                      .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
    }
  }

  @Test
  void shouldServeOthersWhenLargeRepliesAreGivenUp() {
    for (int round = 0; round < 4; round++) {
      try (Client giving = daemon.client()) {
        List<Future<QueuePeekResponse>> peeks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          peeks.add(giving.queuesLater().peek(peek(LARGE)));
        }
        Later.get(peeks.get(0));
        peeks.forEach(one -> one.cancel(true)); // Then the connection is closed as well.
      }
      assertThat(client.queues().size(size(LARGE)).getSize()).isEqualTo(1);
    }
    assertThat(bytesOf(client.queues().peek(peek(LARGE)))).isEqualTo(LARGE_BYTES);
  }

  @Test
  void shouldEndAStreamWhoseSessionEndsWhileItsReplyIsSerialized() {
    for (int round = 0; round < 4; round++) {
      String id = client.openSession();
      try (Attachment stream = client.attach(id, 1).awaitAttached()) {
        CompletableFuture<QueuePeekResponse> reply =
            stream.send(1, QueueServiceGrpc.getPeekMethod(), peek(LARGE));
        client.with(Envelope.of(id)).sessions().end(SessionEndRequest.getDefaultInstance());

        assertThat(stream.awaitRefusal().reason())
            .isEqualTo(ErrorReason.ERROR_REASON_SESSION_ENDED);
        assertThat(reply).isDone();
      }
    }
    assertThat(bytesOf(client.queues().peek(peek(LARGE)))).isEqualTo(LARGE_BYTES);
  }
}
