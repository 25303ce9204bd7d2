package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

/**
 * SharedMemoryService, for who calls by the Unix socket, and so from the same machine: segments are
 * files, and are mapped.
 */
public abstract class LocalSharedMemoryContract extends SharedMemorySuite {
  private static final int BYTES = 64 + 8 * LENGTH;
  private static final int STATE = 40;
  private static final int WRITERS_DIED = 44;
  private static final int ELEMENTS = 64;

  private static MappedByteBuffer map(Path segment) throws IOException {
    try (FileChannel file =
        FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
      mapped.order(ByteOrder.LITTLE_ENDIAN);
      return mapped;
    }
  }

  @Test
  void shouldTellWhereItIs() throws IOException {
    SharedMemoryCreateResponse created = create();
    SharedMemoryLocateResponse located = locate();
    assertThat(located.getBytes()).isEqualTo(BYTES);
    assertThat(located.getRef()).isEqualTo(created.getRef());
    assertThat(located.getType()).isEqualTo(ElementType.ELEMENT_TYPE_INT64);
    assertThat(located.getLength()).isEqualTo(LENGTH);
    assertThat(located.getLock()).isEqualTo(created.getLock());
    assertThat(Files.readAllBytes(Path.of(located.getPath())))
        .isEqualTo(atFirst(created.getRef().getIncarnation()));
  }

  /** By the page of the layout. */
  private static byte[] atFirst(long incarnation) {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("POLYPROC".getBytes(StandardCharsets.US_ASCII))
        .putInt(1)
        .putInt(ElementType.ELEMENT_TYPE_INT64_VALUE)
        .putLong(LENGTH)
        .putLong(incarnation)
        .putInt(STATE, 1)
        .array();
  }

  @Test
  void shouldBeTheSameForAllWhoMapItUntilItIsDeleted() throws IOException {
    create();
    Path segment = Path.of(locate().getPath());
    MappedByteBuffer mine = map(segment);
    MappedByteBuffer yours = map(segment);

    mine.putLong(ELEMENTS, 7);
    assertThat(yours.getLong(ELEMENTS)).isEqualTo(7);
    assertThat(yours.getInt(STATE)).isEqualTo(1);

    delete();
    await().until(() -> yours.getInt(STATE) == 2 && !Files.exists(segment));
    assertThat(yours.getLong(ELEMENTS)).isEqualTo(7);
    assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldTellWhoLooksForWhatWasReplacedThatItIsLost() throws IOException {
    create();
    Files.delete(Path.of(locate().getPath()));

    assertThat(reasonOf(this::locate)).isEqualTo(ErrorReason.ERROR_REASON_SEGMENT_LOST);
  }

  @Test
  void shouldTellWhoHasMappedItThatAWriterDied() throws IOException {
    create();
    MappedByteBuffer mapped = map(Path.of(locate().getPath()));
    Channel writer = in(openSession());
    addWriter(writer);
    assertThat(mapped.getInt(WRITERS_DIED)).isZero();

    end(writer);

    await().until(() -> mapped.getInt(WRITERS_DIED) == 1);
  }
}
