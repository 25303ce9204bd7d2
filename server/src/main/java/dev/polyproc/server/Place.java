package dev.polyproc.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where clients find the daemon in the file system: a socket, and the lock beside it. Thread-safe.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Only this daemon's own socket is ever removed, told by its inode: what lies there later may
 *       be another daemon's, as when the folder was removed and made again.
 *   <li>What vanished is made again by {@link #restore} and {@link #restoreLock}, unless another
 *       daemon was faster.
 * </ul>
 */
final class Place {
  private static final int TRIES = 100;
  private static final int MARK = 6;

  /** More restorings are no accident, and each costs a little memory. */
  private static final int MOST_RESTORES = 1_000;

  private static final Duration FRESH = Duration.ofMinutes(1);

  private final Path socket;
  private FileLock lock;
  private @Nullable Object lockFile;
  private @Nullable Object socketFile;
  private @Nullable Closeable listening;
  private int restores;
  private boolean left;

  /** Listens on a socket. */
  interface Listener {
    /**
     * Listens on a new socket at a path.
     *
     * @return ends the listening; who is connected stays so
     */
    Closeable listen(Path path) throws IOException;
  }

  private Place(Path socket, FileLock lock) throws IOException {
    this.socket = socket;
    this.lock = lock;
    this.lockFile = WholeFile.key(Home.lockFile(socket));
  }

  /** Takes a socket's place, unless a daemon lives there. */
  static Place take(Path socket) throws IOException, StartException {
    Home.prepareFolder(socket);
    return new Place(socket, Home.takePlace(socket));
  }

  /**
   * Listens there. The socket is bound under another name beside it and then renamed: who binds it
   * removes what has that name when it closes, whosever that is by then.
   */
  synchronized void open(Listener listener) throws IOException {
    Path bound = nameBeside();
    Closeable opened = listener.listen(bound);
    Object made;
    try {
      Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
      made = WholeFile.key(bound);
      Files.move(
          bound, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      opened.close();
      Files.deleteIfExists(bound);
      throw e;
    }
    if (listening != null) {
      listening.close();
    }
    listening = opened;
    socketFile = made;
  }

  /** A free name that is no longer than the socket's own where only that just fits. */
  private Path nameBeside() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      String mark = UUID.randomUUID().toString().substring(0, MARK);
      Path path = Home.beside(socket, socket.getFileName() + "." + mark);
      if (!Home.fits(path)) {
        path = Home.beside(socket, mark.substring(0, Math.min(MARK, Home.nameBytes(socket))));
      }
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return path;
      }
    }
    throw new FileAlreadyExistsException(socket + ": all names beside it");
  }

  /**
   * Renews the times of its files, so that whoever tidies up folders of temporary files sees that
   * they are used. The kernel tells a tidier only the name under which the socket was bound.
   */
  synchronized void keepFresh() throws IOException {
    if (isOurs(socket, socketFile)) {
      keepFresh(socket);
    }
    if (hasLock()) {
      keepFresh(Home.lockFile(socket));
    }
  }

  /** Renews the time of a file that is there, once a minute. */
  static void keepFresh(Path file) throws IOException {
    Instant now = Instant.now();
    try {
      if (Files.isSymbolicLink(file)) {
        return; // Somebody hands a token over so, and keeps it.
      }
      Instant then = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
      if (then.isBefore(now.minus(FRESH))) {
        Files.setLastModifiedTime(file, FileTime.from(now));
      }
    } catch (NoSuchFileException e) {
      // Nothing that could be taken for old.
    }
  }

  /** Whether nothing lies there now. */
  synchronized boolean isGone() {
    return !left && !Files.exists(socket, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether what lies there is something else than this daemon's socket. */
  synchronized boolean isTaken() throws IOException {
    return !left && !isOurs(socket, socketFile);
  }

  /**
   * Makes a socket again that is gone, with its folder and its lock where those are gone too.
   *
   * @return whether the folder's other files are to be made again as well
   */
  synchronized boolean restore(Listener listener) throws IOException, StartException {
    if (left || restores >= MOST_RESTORES) {
      throw new StartException(
          "Expected the socket " + socket + " to stay, but it is removed again and again");
    }
    Home.prepareFolder(socket);
    boolean whole = !hasLock();
    if (whole) {
      hold(Home.takePlace(socket));
    }
    open(listener);
    restores++;
    return whole;
  }

  /**
   * Makes the lock again where that alone is gone. Whoever has locked another in its place
   * meanwhile is about to find that this daemon lives.
   *
   * @return whether it was made
   */
  synchronized boolean restoreLock() throws IOException {
    FileLock taken = left || hasLock() ? null : Home.takeLock(socket);
    if (taken == null) {
      return false;
    }
    hold(taken);
    return true;
  }

  private boolean hasLock() throws IOException {
    return isOurs(Home.lockFile(socket), lockFile);
  }

  private void hold(FileLock taken) throws IOException {
    lock.acquiredBy().close();
    lock = taken;
    lockFile = WholeFile.key(Home.lockFile(socket));
  }

  /** Removes the socket, if it is this daemon's. It is not made again. */
  synchronized void close() throws IOException {
    left = true;
    if (isOurs(socket, socketFile)) {
      Files.deleteIfExists(socket);
    }
  }

  /** Lets another daemon have the place. */
  synchronized void release() throws IOException {
    lock.acquiredBy().close();
  }

  /** Lets nobody have the place: the lock is removed, and the folder if nothing else is in it. */
  synchronized void remove() throws IOException {
    if (hasLock()) {
      Files.deleteIfExists(Home.lockFile(socket));
    }
    release();
    Path folder = socket.getParent();
    try {
      if (folder != null) {
        Files.deleteIfExists(folder);
      }
    } catch (DirectoryNotEmptyException e) {
      // Somebody else's, too.
    }
  }

  private static boolean isOurs(Path path, @Nullable Object file) throws IOException {
    return file != null && file.equals(WholeFile.key(path));
  }
}
