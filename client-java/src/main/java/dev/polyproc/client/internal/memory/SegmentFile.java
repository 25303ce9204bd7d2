package dev.polyproc.client.internal.memory;

import com.google.rpc.Code;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.files.SystemPath;
import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.Users;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file of a segment, where the daemon says that it is.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It is not made, and keeps its size, whatever is there.
 *   <li>What somebody else could have put there, or is no segment, or not this one, is refused.
 * </ul>
 */
public final class SegmentFile {
  private static final String ADVICE = "delete the array, and create it again";
  private static final String UNTRUSTED =
      "start the daemon with a --memory-folder that is sticky, or that nobody else may write";

  private SegmentFile() {}

  /** Maps a segment. */
  public static Segment open(SharedMemoryLocateResponse located) {
    ElementFormat format = ElementFormat.of(located.getType());
    if (format == null) {
      throw refused(
          located,
          "to have elements of a type that this client knows, but it is type "
              + located.getTypeValue()
              + "; take a newer client",
          null);
    }
    if (Long.compareUnsigned(located.getBytes(), Integer.MAX_VALUE) > 0) {
      throw refused(
          located,
          "to have at most "
              + Integer.MAX_VALUE
              + " bytes, which Java can map, but it has "
              + Long.toUnsignedString(located.getBytes())
              + "; take several",
          null);
    }
    requireBytes(located, format.fileBytes(located.getLength()));
    Path path = SystemPath.of(located.getPath());
    try {
      requireTrusted(path);
      return new Segment(mapUninterrupted(path, located), format, located);
    } catch (NoSuchFileException e) {
      // The daemon has just seen it: this program does not see the same folder.
      throw refused(
          located,
          "to be at "
              + path
              + ", as the daemon sees it, but nothing is there; where this program is in a"
              + " container, or the daemon is, give both the same folder of shared memory",
          e);
    } catch (AccessDeniedException e) {
      throw refused(
          located,
          "at "
              + path
              + " to be open to this user, but it is not: it is for the daemon's user and root",
          e);
    } catch (IOException e) {
      throw refused(located, "at " + path + " to be mapped, but: " + e.getMessage(), e);
    }
  }

  /** The daemon's user is this one or root; where root asks, it may be anybody. */
  private static void requireTrusted(Path path) throws IOException {
    if (Users.areKnown()) {
      Number owner = (Number) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      TrustedPath trusted = TrustedPath.of(path, UNTRUSTED);
      (Users.own() == Users.ROOT ? trusted.orOf(Integer.toUnsignedLong(owner.intValue())) : trusted)
          .requireFile();
    }
  }

  /** An interrupt closes the file in the midst; it is for whoever waits, later. */
  private static MappedByteBuffer mapUninterrupted(Path path, SharedMemoryLocateResponse located)
      throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return map(path, located);
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static MappedByteBuffer map(Path path, SharedMemoryLocateResponse located)
      throws IOException {
    try (FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      long size = file.size(); // To map more than that would make it longer.
      requireBytes(located, size);
      return file.map(MapMode.READ_WRITE, 0, size);
    }
  }

  private static void requireBytes(SharedMemoryLocateResponse located, long found) {
    if (found != located.getBytes()) {
      throw lost(
          located,
          "to have "
              + Long.toUnsignedString(located.getBytes())
              + " bytes, but it has "
              + Long.toUnsignedString(found));
    }
  }

  /** What is there is not the segment: somebody has removed or replaced it. */
  static PolyprocException lost(SharedMemoryLocateResponse located, String sentence) {
    return Errors.of(
        ErrorReason.ERROR_REASON_SEGMENT_LOST, sentence(located, sentence + "; " + ADVICE));
  }

  private static PolyprocException refused(
      SharedMemoryLocateResponse located, String sentence, @Nullable IOException cause) {
    return new PolyprocException(
        ErrorReason.ERROR_REASON_UNSPECIFIED,
        Code.FAILED_PRECONDITION,
        sentence(located, sentence),
        Map.of(),
        cause);
  }

  private static String sentence(SharedMemoryLocateResponse located, String sentence) {
    return "Expected the segment of '" + located.getRef().getName() + "' " + sentence;
  }
}
