package dev.polyproc.client.internal.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.rpc.Status;
import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Frame;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.client.internal.wire.Replies;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import io.grpc.Drainable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What is written and read by hand is what the generated classes read and write. */
class FrameTest {
  private static final Transport TRANSPORT =
      new Transport(Address.parse("localhost:1"), null, null, null); // never connected
  private static final Calls CALLS =
      new Calls(
          TRANSPORT,
          Limits.newBuilder().setRequestBytes(64 << 20).setWindowCalls(4096).build(),
          () -> {},
          ended -> {},
          new Callbacks(null, new CallbackThreads(), TRANSPORT));
  private static final QueuePutRequest PUT =
      QueuePutRequest.newBuilder()
          .setQueue("jobs")
          .setItem(Codec.STRING.encode("x".repeat(300)))
          .build();

  @AfterAll
  static void close() {
    TRANSPORT.close();
  }

  @Test
  void shouldWriteCallsAsTheContractSays() throws IOException {
    // given
    Call named =
        Call.newBuilder()
            .setOwner("thread-7")
            .setGuard(Guard.newBuilder().setLock("l").setToken(9))
            .build();
    byte[] body = Operation.of(QueueServiceGrpc.getPutMethod()).body(PUT, named.toByteArray());
    PendingCall<Boolean> call = new DirectCall<>(CALLS, body, 1, response -> true);
    call.sequence = 1L << 40;
    Frame frame = new Frame(64 << 20);
    frame.add(call);
    frame.add(call);
    SequenceRange range = SequenceRange.newBuilder().setFirst(7).setLast(9).build();

    // when
    frame.confirm(5, List.of(range));

    // then
    Call expected =
        named.toBuilder()
            .setSequence(1L << 40)
            .setMethodNumber(102)
            .setRequest(PUT.toByteString())
            .build();
    assertThat(SessionAttachRequest.parseFrom(drain(frame)))
        .isEqualTo(
            SessionAttachRequest.newBuilder()
                .setReceivedBelow(5)
                .addReceived(range)
                .addCalls(expected)
                .addCalls(expected)
                .build());
  }

  @Test
  void shouldWriteFirstFrame() throws IOException {
    assertThat(SessionAttachRequest.parseFrom(drain(Frame.attach("secret", 3, 17))))
        .isEqualTo(
            SessionAttachRequest.newBuilder()
                .setSession("secret")
                .setAttachment(3)
                .setReceivedBelow(17)
                .build());
  }

  @Test
  void shouldHaveRoomForOneLargeCallOrManySmallOnes() {
    Frame frame = new Frame(64 << 20);
    assertThat(frame.hasRoomFor(100 << 20)).isTrue();
    int calls = 0;
    while (frame.hasRoomFor(10)) {
      frame.add(new DirectCall<>(CALLS, new byte[10], 1, response -> true));
      calls++;
    }
    assertThat(calls).isEqualTo(512);
  }

  @Test
  void shouldKeepWithinTheLargestFrame() throws IOException {
    // given a frame that is nearly full
    Frame frame = new Frame(1000);
    frame.add(new DirectCall<>(CALLS, new byte[1000 - Frame.AROUND_ONE_CALL], 1, r -> true));
    SequenceRange range = SequenceRange.newBuilder().setFirst(7).setLast(1L << 40).build();

    // then it takes neither more calls nor long confirmations
    assertThat(frame.hasRoomFor(1)).isFalse();
    assertThat(frame.confirm(5, Collections.nCopies(10, range))).isFalse();
    assertThat(drain(frame).length).isBetween(968, 1000);
    assertThat(new Frame(1000).confirm(5, Collections.nCopies(1000, range))).isTrue();
  }

  @Test
  void shouldReadReplies() throws IOException {
    // given
    Status refused = Status.newBuilder().setCode(5).setMessage("none").build();
    SessionAttachResponse frame =
        SessionAttachResponse.newBuilder()
            .setAttached(true)
            .addReplies(Reply.newBuilder().setSequence(1).setResponse(PUT.toByteString()))
            .addReplies(Reply.newBuilder().setSequence(2).setResponse(ByteString.EMPTY))
            .addReplies(Reply.newBuilder().setSequence(1L << 40).setError(refused))
            .build();

    // when
    List<Object> read = new ArrayList<>();
    new Replies(100)
        .read(
            frame.toByteArray(),
            new Replies.Reader() {
              @Override
              public void attached() {
                read.add("attached");
              }

              @Override
              public void response(long sequence, CodedInputStream bytes) {
                read.add(sequence);
                try {
                  read.add(QueuePutRequest.parseFrom(bytes));
                } catch (IOException e) {
                  read.add(e);
                }
              }

              @Override
              public void error(long sequence, Status status) {
                read.add(sequence);
                read.add(status);
              }
            });

    // then
    assertThat(read)
        .containsExactly(
            "attached", 1L, PUT, 2L, QueuePutRequest.getDefaultInstance(), 1L << 40, refused);
  }

  private static byte[] drain(Frame frame) throws IOException {
    InputStream stream = frame.stream();
    int size = stream.available();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(((Drainable) stream).drainTo(out)).isEqualTo(size);
    assertThat(out.size()).isEqualTo(size);
    return out.toByteArray();
  }
}
