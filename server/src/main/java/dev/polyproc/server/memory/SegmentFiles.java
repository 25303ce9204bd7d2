package dev.polyproc.server.memory;

import dev.polyproc.files.TrustedPath;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Ref;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of a daemon: files in a folder, which only its user can open. Thread-safe.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>All that changes files is done by one thread of its own, in the order in which it was asked
 *       for, as taking the space of a large segment takes a while. Where a segment is, another
 *       thread looks, which waits for none of that.
 *   <li>Nobody who asks for something waits for the file system.
 *   <li>What could not be marked or removed is so soon after it can be.
 *   <li>What lies in the place of a segment and is another file is left alone.
 *   <li>What a daemon leaves that was killed, the next one at its socket removes.
 * </ul>
 */
public final class SegmentFiles implements Segments {
  private static final FileAttribute<Set<PosixFilePermission>> OWN_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final long SECONDS_TO_CLOSE = 10;

  private final SegmentRecord record;
  private final Reports reports;
  private final Map<Long, Segment> segments = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor thread = IdlingThread.named("polyproc-segments");
  private final Looks looks = new Looks();
  private volatile boolean closed;

  /** How many writers died, of those whose headers do not say so yet. */
  private final Map<Long, Integer> unmarked = new ConcurrentHashMap<>();

  /** Those that could not be removed. */
  private final List<Segment> left = new CopyOnWriteArrayList<>();

  /** A segment that was made; {@code key} tells its file from another of that name. */
  private record Segment(Path path, long bytes, long incarnation, @Nullable Object key) {
    /** Whether its file lies there, and is as long as it was; fails where that cannot be told. */
    boolean isWhole() throws IOException {
      BasicFileAttributes file = own();
      return file != null && file.size() == bytes;
    }

    /** Whether its file lies there, however long it is; fails where that cannot be told. */
    boolean isThere() throws IOException {
      return own() != null;
    }

    private @Nullable BasicFileAttributes own() throws IOException {
      try {
        BasicFileAttributes file =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        // The number alone does not tell: some systems give it to the next file.
        return file.isRegularFile()
                && key != null
                && key.equals(file.fileKey())
                && Header.mayBe(path, incarnation)
            ? file
            : null;
      } catch (NoSuchFileException e) {
        return null;
      }
    }
  }

  /** Writes a file for this user only, which others see whole or not at all. */
  @FunctionalInterface
  public interface FileWriter {
    /** Writes it, in the place of what was there. */
    void write(Path file, String content) throws IOException;
  }

  private SegmentFiles(SegmentRecord record, Reports reports) {
    this.record = record;
    this.reports = reports;
  }

  /**
   * Those of a daemon, which has just started: what one before it left is removed.
   *
   * @param record a file beside its socket, to be written where there are segments
   * @param folder where they are made
   */
  public static Segments.Factory in(Path folder, Path record, FileWriter writer) {
    SegmentRecord kept = new SegmentRecord(record, folder, writer);
    try {
      kept.sweep();
    } catch (IOException e) {
      logger().warn("Segments of shared memory may be left of an earlier daemon: {}", e.toString());
    }
    return reports -> new SegmentFiles(kept, reports);
  }

  /** Where segments are, unless somebody says otherwise. */
  public static Path defaultFolder() {
    Path memory = Path.of("/dev/shm");
    return Files.isDirectory(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
  }

  @Override
  public void make(long memory, String file, ElementType type, long length, long bytes) {
    thread.execute(() -> makeNow(memory, file, type, length, bytes));
  }

  private void makeNow(long memory, String file, ElementType type, long length, long bytes) {
    try {
      if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
        throw new IOException("numbers are big-endian on this machine, and little-endian in it");
      }
      if (!segments.containsKey(memory)) {
        segments.put(memory, made(next(file), type, length, bytes, memory));
      }
    } catch (UncheckedIOException e) {
      reports.failed(memory, false, notRecorded(e));
      return;
    } catch (IOException | RuntimeException | Error e) {
      boolean isFull = e instanceof IOException failed && Space.isFull(failed);
      reports.failed(memory, isFull, isFull ? noRoom(bytes) : notMade(e));
      return;
    }
    reports.made(memory);
  }

  /** What fails here is about another folder than that of the segments. */
  private Path next(String file) {
    try {
      return record.next(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String notRecorded(UncheckedIOException e) {
    return String.format(
        "Expected to write to %s how the names of segments begin, so that the next daemon finds"
            + " what this one leaves, but %s; see to the folder of the socket",
        record.file(), why(Objects.requireNonNull(e.getCause())));
  }

  private String noRoom(long bytes) {
    return String.format(
        "Expected room for %d bytes in %s, but there is less; delete other segments, end the"
            + " programs that have deleted ones mapped still, or start the daemon with another"
            + " --memory-folder",
        bytes, record.folder());
  }

  private String notMade(Throwable e) {
    return String.format(
        "Expected to make a segment in %s, but %s; see to that folder, or start the daemon with"
            + " another --memory-folder",
        record.folder(), why(e));
  }

  private static String why(Throwable e) {
    return e instanceof NoSuchFileException
        ? "it is not there"
        : e instanceof AccessDeniedException
            ? "the daemon may not write to it"
            : e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private Segment made(Path path, ElementType type, long length, long bytes, long incarnation)
      throws IOException {
    TrustedPath.of(path, "make it sticky, or one that nobody else may write").requireWay();
    try (FileChannel file =
        FileChannel.open(
            path,
            Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS),
            OWN_FILE)) {
      try {
        Space.take(path, file, bytes, () -> !closed);
        Header.write(file, type, length, incarnation);
        Object key =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        return new Segment(path, bytes, incarnation, key);
      } catch (IOException | RuntimeException | Error e) {
        Files.deleteIfExists(path);
        throw e;
      }
    }
  }

  @Override
  public void mark(long memory, int writersDied) {
    unmarked.put(memory, writersDied); // First: there may be no thread for it now.
    thread.execute(() -> markNow(memory, true));
  }

  private void markNow(long memory, boolean isFirst) {
    Integer writersDied = unmarked.get(memory);
    if (writersDied == null) {
      return; // An earlier one did it.
    }
    Segment segment = segments.get(memory);
    if (segment == null || isMarked(segment, writersDied, isFirst)) {
      unmarked.remove(memory, writersDied);
    }
  }

  private static boolean isMarked(Segment segment, int writersDied, boolean isFirst) {
    try {
      if (segment.isWhole()) { // Else who has it mapped still cannot be told.
        mark(segment, writersDied);
      }
      return true;
    } catch (IOException e) {
      if (isFirst) {
        logger()
            .warn("Expected to mark {}, but: {}; it is tried again", segment.path(), e.toString());
      }
      return false;
    }
  }

  private static void mark(Segment segment, int writersDied) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            segment.path(), Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
      Header.writersDied(file, writersDied);
    }
  }

  @Override
  public void tryAgain() {
    try { // One by one: each comes after all that was asked for before it.
      unmarked.keySet().forEach(memory -> thread.execute(() -> markNow(memory, false)));
      if (!left.isEmpty()) {
        thread.execute(() -> left.removeIf(segment -> isRemoved(segment, false)));
      }
    } catch (RejectedExecutionException e) {
      // All are removed.
    }
  }

  @Override
  public void remove(long memory) {
    thread.execute(() -> removeNow(memory));
  }

  private void removeNow(long memory) {
    Segment segment = segments.remove(memory);
    if (segment != null && !isRemoved(segment, true)) {
      left.add(segment);
    }
  }

  private static boolean isRemoved(Segment segment, boolean isFirst) {
    try {
      if (segment.isThere()) {
        Header.remove(segment.path());
      }
      return true;
    } catch (IOException e) {
      if (isFirst) {
        logger()
            .warn(
                "Expected to remove {}, but: {}; it is tried again", segment.path(), e.toString());
      }
      return false;
    }
  }

  @Override
  public CompletionStage<Path> locate(Ref memory) {
    if (closed) {
      return CompletableFuture.failedFuture(Refusal.shuttingDown());
    }
    Segment segment = segments.get(memory.getIncarnation());
    return segment == null
        ? CompletableFuture.failedFuture(Refusal.deleted(memory.getName())) // Just now.
        : looks.look(() -> found(segment, memory));
  }

  private Path found(Segment segment, Ref memory) {
    @Nullable IOException failure = null;
    try {
      if (segment.isWhole()) {
        return segment.path();
      }
    } catch (IOException e) {
      failure = e;
    }
    if (!segments.containsKey(memory.getIncarnation())) {
      throw Refusal.deleted(memory.getName()); // It went while it was looked at.
    }
    if (failure != null) {
      throw new UncheckedIOException(failure);
    }
    throw new Refusal(
            ErrorReason.ERROR_REASON_SEGMENT_LOST,
            String.format(
                "Expected the segment of '%s' as it was made, but somebody removed its file, made"
                    + " it longer or shorter, or put another one there; delete '%s', and create"
                    + " it anew",
                memory.getName(), memory.getName()))
        .with("object", memory.getName())
        .with("path", segment.path().toString());
  }

  @Override
  public void keep() throws IOException {
    record.keep();
  }

  @Override
  public void close() {
    closed = true;
    looks.close();
    try {
      thread.execute(this::removeAll);
      thread.shutdown();
      if (!thread.awaitTermination(SECONDS_TO_CLOSE, TimeUnit.SECONDS)) {
        logger().warn("Segments of shared memory are left; the next daemon removes them");
      }
    } catch (RejectedExecutionException e) {
      // It was closed before.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void removeAll() {
    segments.keySet().forEach(this::removeNow);
    left.removeIf(segment -> isRemoved(segment, false));
    if (!left.isEmpty()) {
      return; // The next daemon at this socket tries again.
    }
    try {
      record.clear();
    } catch (IOException e) {
      logger().warn("Expected to remove the record of segments, but: {}", e.toString());
    }
  }

  private static Logger logger() {
    return LoggerFactory.getLogger(SegmentFiles.class);
  }
}
