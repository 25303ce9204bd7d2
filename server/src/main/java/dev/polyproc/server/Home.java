package dev.polyproc.server;

import dev.polyproc.files.Environment;
import dev.polyproc.files.Setting;
import dev.polyproc.files.SocketPath;
import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.Users;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's folder: one that only its user can open, with a socket, a lock and mostly the token
 * in it.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Nobody but this user and root can put anything in its place, or in the place of what is in
 *       it: {@link TrustedPath} is asked of all of them.
 *   <li>A daemon that lives there is refused, what a dead one left is replaced, and nothing else is
 *       touched.
 * </ul>
 */
final class Home {
  static final FileAttribute<Set<PosixFilePermission>> OWN_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final FileAttribute<Set<PosixFilePermission>> OWN_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER_ABOVE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));

  private static final String ADVICE = "choose another --socket";

  // What stat(2) says of a file.
  private static final int FILE_TYPE = 0xF000;
  private static final int SOCKET = 0xC000;

  /** sockaddr_un has room for so many bytes of a path, and its end. */
  private static final int LONGEST_SOCKET_PATH = 107;

  private Home() {}

  /** The default folder. */
  static Path folder(Environment environment) throws StartException {
    try {
      return FileNames.requireUtf8(
          "the default folder",
          Setting.defaultFolder(environment::get, Long.toString(Users.own())));
    } catch (IllegalArgumentException e) {
      throw StartException.misused(String.valueOf(e.getMessage()));
    }
  }

  static Path beside(Path file, String name) {
    return file.resolveSibling(name);
  }

  /** The file that a socket's daemon has locked as long as it lives. */
  static Path lockFile(Path socket) {
    return beside(socket, socket.getFileName() + ".lock");
  }

  /** The file that says which segments of shared memory are a socket's daemon's. */
  static Path memoryRecord(Path socket) {
    return beside(socket, socket.getFileName() + ".memory");
  }

  /** Whether a socket can have this path. */
  static boolean fits(Path socket) {
    return bytes(socket) <= LONGEST_SOCKET_PATH;
  }

  /** How many bytes a file's name has. */
  static int nameBytes(Path file) {
    return bytes(file.getFileName());
  }

  private static int bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  /** Creates a socket's folder for this user only; one that others may open is refused. */
  static void prepareFolder(Path socket) throws IOException, StartException {
    String wrong = SocketPath.whatCannotBeTold(socket.toString());
    if (wrong != null) {
      throw new StartException(
          "Expected a --socket that every language can be told, but "
              + socket
              + " has "
              + wrong
              + "; "
              + ADVICE);
    }
    if (!fits(socket)) {
      throw new StartException(
          String.format(
              "Expected a --socket of at most %d bytes, but it has %d",
              LONGEST_SOCKET_PATH, bytes(socket)));
    }
    Path folder = socket.getParent();
    if (folder == null) {
      throw new StartException("Expected a --socket in a folder, but it is " + socket);
    }
    TrustedPath.of(folder, ADVICE).requireWay(); // Nothing is made behind another's link.
    Path above = folder.getParent();
    if (above != null && !Files.isDirectory(above)) {
      Files.createDirectories(above, FOLDER_ABOVE);
    }
    try {
      Files.createDirectory(folder, OWN_FOLDER);
    } catch (FileAlreadyExistsException e) {
      // As it should be from the second start on, if it is ours.
    }
    TrustedPath.of(folder, ADVICE).requireFolder();
    Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (Integer.toUnsignedLong(((Number) owner).intValue()) != Users.own()) {
      throw new StartException(
          "Expected a folder of this user at " + folder + ", but it is root's; " + ADVICE);
    }
  }

  /**
   * Takes a socket's place: a live daemon's is refused, a dead one's is replaced.
   *
   * @return the lock, which is the daemon's as long as it lives
   */
  static FileLock takePlace(Path socket) throws IOException, StartException {
    FileLock lock = takeLock(socket);
    if (lock == null) {
      throw new StartException(
          "Expected no daemon at "
              + socket
              + ", but one is running there; use it, or another"
              + " --socket");
    }
    try {
      removeStale(socket);
    } catch (IOException | StartException e) {
      lock.acquiredBy().close();
      throw e;
    }
    return lock;
  }

  /** Locks the file beside a socket, which is made where there is none; null when it is locked. */
  static @Nullable FileLock takeLock(Path socket) throws IOException {
    Path lockFile = lockFile(socket);
    if (Files.exists(lockFile, LinkOption.NOFOLLOW_LINKS)) {
      TrustedPath.of(lockFile, ADVICE).requireFile(); // To open a pipe would wait for ever.
    }
    FileChannel channel =
        FileChannel.open(
            lockFile,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            OWN_FILE);
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
    }
    return lock;
  }

  /** Removes a socket that a daemon left behind, and nothing else. */
  private static void removeStale(Path socket) throws IOException, StartException {
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Object mode = Files.getAttribute(socket, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((((Number) mode).intValue() & FILE_TYPE) != SOCKET) {
      throw new StartException(
          "Expected a socket or nothing at " + socket + ", but something else is there; " + ADVICE);
    }
    TrustedPath.of(socket, ADVICE).requireSocket();
    try (SocketChannel living = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      throw new StartException(
          "Expected nobody to listen at "
              + living.getRemoteAddress()
              + ", but somebody does; "
              + ADVICE);
    } catch (ConnectException nobody) {
      Files.delete(socket);
    }
  }
}
