package dev.polyproc.contract;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.polyproc.conformance.v1.ClientVectors;
import dev.polyproc.conformance.v1.DaemonVectors;
import dev.polyproc.conformance.v1.MemoryVectors;
import dev.polyproc.conformance.v1.SumVectors;
import dev.polyproc.conformance.v1.ValueVectors;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The test vectors of {@code proto/conformance}. */
public final class Vectors {
  private Vectors() {}

  /** Which values are equal, how they are ordered, which may be stored. */
  public static ValueVectors values() {
    return read("values.json", ValueVectors.newBuilder()).build();
  }

  /** What numbers add up to. */
  public static SumVectors sums() {
    return read("sums.json", SumVectors.newBuilder()).build();
  }

  /** Which files are segments of shared memory, and what is in them. */
  public static MemoryVectors memory() {
    return read("memory.json", MemoryVectors.newBuilder()).build();
  }

  /** What a client of Attach owes. */
  public static ClientVectors client() {
    return read("client.json", ClientVectors.newBuilder()).build();
  }

  /** What a client of Attach may rely on. */
  public static DaemonVectors daemon() {
    return read("daemon.json", DaemonVectors.newBuilder()).build();
  }

  private static <B extends Message.Builder> B read(String file, B vectors) {
    try (InputStream bytes = ValueVectors.class.getResourceAsStream(file)) {
      if (bytes == null) {
        throw new IllegalStateException("Expected " + file + " beside its format, but it is not");
      }
      Reader json = new InputStreamReader(bytes, StandardCharsets.UTF_8);
      JsonFormat.parser().merge(json, vectors);
      return vectors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
