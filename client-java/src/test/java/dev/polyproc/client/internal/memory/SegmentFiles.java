package dev.polyproc.client.internal.memory;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** Segments that no daemon has made. */
final class SegmentFiles {
  private static final long INCARNATION = 7;

  private SegmentFiles() {}

  /** A file for this user alone. */
  static Path write(Path folder, byte[] bytes) throws IOException {
    Path file = Files.createTempFile(folder, "segment", "");
    Files.write(file, bytes);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** As if the daemon had answered that it is there. */
  static Segment open(Path file, SharedMemoryLocateResponse located) {
    return SegmentFile.open(located.toBuilder().setPath(file.toString()).build());
  }

  /** A new segment. */
  static Segment create(Path folder, ElementType type, int length) throws IOException {
    SharedMemoryLocateResponse located = located(type, length);
    return open(write(folder, file(located)), located);
  }

  /** What a daemon would say of one. */
  static SharedMemoryLocateResponse located(ElementType type, int length) {
    SharedMemoryLocateResponse.Builder located =
        SharedMemoryLocateResponse.newBuilder()
            .setType(type)
            .setLength(length)
            .setBytes(Objects.requireNonNull(ElementFormat.of(type)).fileBytes(length));
    located.getRefBuilder().setName("prices").setIncarnation(INCARNATION);
    return located.build();
  }

  /** A file of zeros after its header. */
  static byte[] file(SharedMemoryLocateResponse located) {
    ByteBuffer bytes = ByteBuffer.allocate((int) located.getBytes()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(ByteString.copyFromUtf8("POLYPROC").toByteArray());
    bytes.putInt(1).putInt(located.getTypeValue());
    bytes.putLong(located.getLength()).putLong(INCARNATION);
    return bytes.putInt(40, 1).array();
  }
}
