package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A large value keeps the array of its request, and nothing else does. */
final class LargeValueTest {
  private static final int LARGE = 4 << 20;
  private static final Limits LIMITS =
      EngineFixture.LIMITS.toBuilder().setRequestBytes(4 * LARGE).build();

  private final Engine engine = new Engine(EngineFixture.boot(LIMITS));
  private final RequestParser parser = new RequestParser(LIMITS);
  private final Random random = new Random(13);

  private Value bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return Value.newBuilder().setBytes(UnsafeByteOperations.unsafeWrap(bytes)).build();
  }

  private <M extends Message> M parse(String operation, M request) {
    return parse(operation, request, ByteString.copyFrom(request.toByteArray()));
  }

  @SuppressWarnings("unchecked") // as the operation's request
  private <M extends Message> M parse(String operation, M request, ByteString bytes) {
    Operation known = engine.operations().byName(operation);
    M parsed = (M) parser.parse(known, bytes);
    assertThat(parsed.equals(request)).isTrue();
    return parsed;
  }

  /** How large the array is that some bytes are in. */
  private static int arrayOf(ByteString bytes) {
    int[] size = new int[1];
    try {
      UnsafeByteOperations.unsafeWriteTo(
          bytes,
          new ByteOutput() {
            @Override
            public void write(byte value) {
              throw new AssertionError("a byte by itself");
            }

            @Override
            public void write(byte[] array, int offset, int length) {
              size[0] = array.length;
            }

            @Override
            public void writeLazy(byte[] array, int offset, int length) {
              size[0] = array.length;
            }

            @Override
            public void write(ByteBuffer buffer) {
              throw new AssertionError("no array");
            }

            @Override
            public void writeLazy(ByteBuffer buffer) {
              throw new AssertionError("no array");
            }
          });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return size[0];
  }

  private static void requireOwnArray(ByteString bytes) {
    assertThat(arrayOf(bytes)).isEqualTo(bytes.size());
  }

  @Test
  void shouldKeepTheArrayOfTheRequestForTheValueAndNotForItsKey() {
    DictSetRequest set =
        DictSetRequest.newBuilder()
            .setDict("dict")
            .setKey(bytes(30))
            .setValue(bytes(LARGE))
            .setReturnPrevious(true)
            .build();

    DictSetRequest parsed = parse("DictService/Set", set);

    assertThat(arrayOf(parsed.getValue().getBytes())).isEqualTo(set.getSerializedSize());
    requireOwnArray(parsed.getKey().getBytes());
  }

  @Test
  void shouldKeepItForAnItemAmongSmallOnes() {
    QueuePutManyRequest put =
        QueuePutManyRequest.newBuilder()
            .setQueue("queue")
            .addItems(bytes(10))
            .addItems(bytes(LARGE))
            .addItems(
                Value.newBuilder().setList(ValueList.newBuilder().addValues(bytes(100)).build()))
            .build();

    QueuePutManyRequest parsed = parse("QueueService/PutMany", put);

    assertThat(arrayOf(parsed.getItems(1).getBytes())).isEqualTo(put.getSerializedSize());
    requireOwnArray(parsed.getItems(0).getBytes());
    requireOwnArray(parsed.getItems(2).getList().getValues(0).getBytes());
  }

  @Test
  void shouldCopyTwoLargeValues() {
    QueuePutManyRequest put =
        QueuePutManyRequest.newBuilder().addItems(bytes(LARGE)).addItems(bytes(LARGE)).build();

    parse("QueueService/PutMany", put)
        .getItemsList()
        .forEach(item -> requireOwnArray(item.getBytes()));
  }

  @Test
  void shouldCopyWhatHasMuchBesideIt() {
    QueuePutManyRequest.Builder put = QueuePutManyRequest.newBuilder();
    for (int i = 0; i < 1_000; i++) {
      put.addItems(bytes(10));
    }
    put.addItems(bytes(LARGE));

    parse("QueueService/PutMany", put.build())
        .getItemsList()
        .forEach(item -> requireOwnArray(item.getBytes()));
  }

  @Test
  void shouldCopyWhatIsPartOfALargerFrame() {
    DictSetRequest set = DictSetRequest.newBuilder().setValue(bytes(LARGE)).build();
    byte[] request = set.toByteArray();
    byte[] frame = Arrays.copyOf(request, 2 * request.length);

    DictSetRequest parsed =
        parse("DictService/Set", set, UnsafeByteOperations.unsafeWrap(frame, 0, request.length));

    requireOwnArray(parsed.getValue().getBytes());
  }
}
