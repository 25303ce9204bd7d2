package dev.polyproc.server;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/** The daemon's files: a folder that only its user can open, a socket, a lock, a token. */
final class Home {
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final int TOKEN_BYTES = 32;

  // What stat(2) says of a file.
  private static final int FILE_TYPE = 0xF000;
  private static final int SOCKET = 0xC000;

  /** sockaddr_un has room for so many bytes of a path, and its end. */
  private static final int LONGEST_SOCKET_PATH = 107;

  private Home() {}

  /** The default folder. */
  static Path folder(Map<String, String> environment) {
    String runtime = environment.get("XDG_RUNTIME_DIR");
    return runtime != null && !runtime.isEmpty()
        ? Path.of(runtime, "polyproc")
        : Path.of(System.getProperty("java.io.tmpdir"), "polyproc-" + uid());
  }

  /** The user that the daemon runs as. */
  static long uid() {
    return new UnixSystem().getUid();
  }

  static Path beside(Path file, String name) {
    return file.resolveSibling(name);
  }

  /** Creates the folder of a file for this user only; one that others may open is refused. */
  static void prepareFolder(Path file) throws IOException, StartException {
    int bytes = file.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > LONGEST_SOCKET_PATH) {
      throw new StartException(
          String.format(
              "Expected a --socket of at most %d bytes, but it has %d",
              LONGEST_SOCKET_PATH, bytes));
    }
    Path folder = beside(file, ".").normalize();
    Path above = folder.getParent();
    if (above != null) {
      Files.createDirectories(above);
    }
    if (!Files.exists(folder)) {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new StartException(
          "Expected a folder at "
              + folder
              + ", but it is "
              + (Files.isSymbolicLink(folder) ? "a symbolic link" : "a file")
              + "; choose another --socket");
    }
    Set<PosixFilePermission> mode =
        Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (!FOLDER.containsAll(mode) || ((Number) owner).longValue() != uid()) {
      throw new StartException(
          String.format(
              "Expected a folder that only this user can open, but %s has mode %s and owner %s;"
                  + " choose another --socket, or chmod 700 it",
              folder, PosixFilePermissions.toString(mode), owner));
    }
  }

  /**
   * Takes a socket's place: a live daemon's is refused, a dead one's is replaced.
   *
   * @return the lock, which is the daemon's as long as it lives
   */
  static FileLock takePlace(Path socket) throws IOException, StartException {
    Path lockFile = beside(socket, socket.getFileName() + ".lock");
    FileChannel channel =
        FileChannel.open(
            lockFile,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(FILE));
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
      throw new StartException(
          "Expected no daemon at "
              + socket
              + ", but one is running there; use it, or another"
              + " --socket");
    }
    try {
      removeStale(socket);
    } catch (IOException | StartException e) {
      channel.close();
      throw e;
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
          "Expected a socket or nothing at "
              + socket
              + ", but something else is there; choose"
              + " another --socket");
    }
    try (SocketChannel living = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      throw new StartException(
          "Expected nobody to listen at "
              + living.getRemoteAddress()
              + ", but somebody does;"
              + " choose another --socket");
    } catch (ConnectException nobody) {
      Files.delete(socket);
    }
  }

  /** The token of a file; a new one where there is none. */
  static String token(Path file) throws IOException, StartException {
    requireFile(file);
    if (Files.exists(file)) {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
      if (!FILE.containsAll(mode)) {
        throw new StartException(
            String.format(
                "Expected a token file that only this user can read, but %s has mode %s; chmod 600"
                    + " it",
                file, PosixFilePermissions.toString(mode)));
      }
      String token = Files.readString(file).strip();
      if (!token.isEmpty()) {
        return token;
      }
    }
    byte[] secret = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(secret);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    writeWhole(file, token + "\n");
    return token;
  }

  /** Refuses a path at which no file can be. */
  static void requireFile(Path file) throws StartException {
    if (Files.isDirectory(file)) {
      throw new StartException("Expected a file at " + file + ", but it is a folder");
    }
    Path folder = file.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new StartException(
          "Expected a folder for " + file.getFileName() + " at " + folder + ", but there is none");
    }
  }

  /** Writes a file for this user only, which others see whole or not at all. */
  static void writeWhole(Path file, String content) throws IOException {
    Path part = beside(file, file.getFileName() + ".part");
    Files.deleteIfExists(part);
    Files.createFile(part, PosixFilePermissions.asFileAttribute(FILE));
    Files.write(part, content.getBytes(StandardCharsets.UTF_8));
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
