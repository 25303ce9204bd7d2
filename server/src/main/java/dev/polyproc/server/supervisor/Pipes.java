package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import com.sun.jna.Memory;
import dev.polyproc.v1.OutputSource;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Moves bytes between the children's pipes and memory, never waiting, never making a child wait for
 * longer than the loop's turn. On the loop's thread.
 */
final class Pipes implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  // A process can have left a full pipe behind; Linux lets it be made this large without
  // privileges.
  private static final int LARGEST_PIPE = 1 << 20;

  private final Loop loop;
  private final Consumer<Child> silent;
  private final long mostInput;
  private final Memory buffer = Libc.memory(CHUNK);
  private final ByteBuffer bytes = buffer.getByteBuffer(0, CHUNK);
  private long reserved;

  /**
   * Pipes of nobody yet.
   *
   * @param silent is told when a child's stdout and stderr have both come to their end
   * @param mostInput how many bytes may wait until children read them
   */
  Pipes(Loop loop, Consumer<Child> silent, long mostInput) {
    this.loop = loop;
    this.silent = silent;
    this.mostInput = mostInput;
  }

  /**
   * Makes room for what a start wants in its stdin. All of it is kept until its last byte is
   * written, or it is not wanted any more. One that is larger than the bound finds room alone.
   */
  void reserve(Start start) throws StartFailure {
    long more = start.inputBytes();
    if (more > 0 && reserved > 0 && reserved + more > mostInput) {
      throw new StartFailure(
          "Expected at most "
              + mostInput
              + " bytes of stdin that processes have still to read, but with this one's there would"
              + " be "
              + (reserved + more));
    }
    start.reserved = more;
    reserved += more;
  }

  /** Nothing is kept for it any more. */
  void release(Start start) {
    reserved -= start.reserved;
    start.reserved = 0;
  }

  /** Begins to move a child's bytes. */
  void open(Child child) {
    loop.watch(
        child.stdout, Poller.Interest.READ, () -> read(child, OutputSource.OUTPUT_SOURCE_STDOUT));
    loop.watch(
        child.stderr, Poller.Interest.READ, () -> read(child, OutputSource.OUTPUT_SOURCE_STDERR));
    if (child.stdin != Child.NONE) {
      feed(child);
    }
    if (child.stdin != Child.NONE) {
      loop.watch(child.stdin, Poller.Interest.WRITE, () -> feed(child));
    }
  }

  /** Takes what a child has written up to now. */
  void drain(Child child) {
    drain(child, OutputSource.OUTPUT_SOURCE_STDOUT);
    drain(child, OutputSource.OUTPUT_SOURCE_STDERR);
  }

  private void drain(Child child, OutputSource source) {
    // Not for ever: a descendant may write faster than this reads.
    int reads = LARGEST_PIPE / CHUNK;
    while (reads > 0 && read(child, source)) {
      reads--;
    }
  }

  /** Lets go of a child's pipes, whatever is in them. */
  void close(Child child) {
    closeInput(child);
    boolean wrote = child.mayWrite();
    child.stdout = closed(child.stdout);
    child.stderr = closed(child.stderr);
    if (wrote) {
      silent.accept(child);
    }
  }

  /** Whether there was something. */
  private boolean read(Child child, OutputSource source) {
    boolean isError = source == OutputSource.OUTPUT_SOURCE_STDERR;
    int descriptor = isError ? child.stderr : child.stdout;
    if (descriptor == Child.NONE) {
      return false;
    }
    long count = Libc.read(descriptor, buffer, CHUNK);
    if (count > 0) {
      bytes.position(0).limit((int) count);
      child.output.append(source, bytes);
      return true;
    }
    if (count == 0 || !isPassing(Libc.error())) {
      if (isError) {
        child.stderr = closed(child.stderr);
      } else {
        child.stdout = closed(child.stdout);
      }
      if (!child.mayWrite()) {
        silent.accept(child);
      }
    }
    return false;
  }

  /** Gives stdin as much as it takes; closes it after the last byte, or when nobody reads it. */
  private void feed(Child child) {
    while (!child.input.isEmpty()) {
      ByteString next = child.input.substring(0, Math.min(CHUNK, child.input.size()));
      bytes.clear();
      next.copyTo(bytes);
      long count = Libc.write(child.stdin, buffer, next.size());
      if (count < 0 && isPassing(Libc.error())) {
        return;
      }
      // The JVM ignores SIGPIPE: without a reader the write fails, and the rest is not wanted.
      child.input = count < 0 ? ByteString.EMPTY : child.input.substring((int) count);
      if (count < next.size()) {
        break;
      }
    }
    if (child.input.isEmpty()) {
      closeInput(child);
    }
  }

  /** Gives stdin no more, and ends it. */
  void closeInput(Child child) {
    child.input = ByteString.EMPTY;
    release(child.start);
    child.stdin = closed(child.stdin);
  }

  private int closed(int descriptor) {
    if (descriptor != Child.NONE) {
      loop.close(descriptor);
    }
    return Child.NONE;
  }

  private static boolean isPassing(int error) {
    return error == Libc.EAGAIN || error == Libc.EINTR;
  }

  @Override
  public void close() {
    buffer.close();
  }
}
