package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import dev.polyproc.files.Environment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a service manager such as systemd, which wants to know when the daemon serves and
 * when it goes down: the variable {@value #VARIABLE} names it. See sd_notify(3).
 *
 * <p>A path starts with a slash, a name without a file (an abstract one, of Linux) with an at sign.
 */
public final class NotifySocket {
  /** The variable, which is not for the processes that the daemon starts. */
  public static final String VARIABLE = "NOTIFY_SOCKET";

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x8_0000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_DONTWAIT = 0x40;

  /** What the system takes for a name, without the zero at its end. */
  private static final int LONGEST = 107;

  /** How long a manager that does not read is waited for. */
  private static final long SECONDS = 5;

  private final byte[] address;

  private NotifySocket(byte[] address) {
    this.address = address;
  }

  /**
   * The one that an environment names; null for none.
   *
   * @throws IllegalArgumentException for one that cannot be
   */
  public static @Nullable NotifySocket of(Environment environment) {
    ByteString name = environment.variables().get(ByteString.copyFromUtf8(VARIABLE));
    if (name == null || name.isEmpty()) {
      return null;
    }
    boolean file = name.byteAt(0) == '/';
    if (!file && name.byteAt(0) != '@') {
      throw expected("to start with '/' or '@', but it is '" + name.toStringUtf8() + "'");
    }
    if (name.size() < 2 || name.size() > LONGEST) {
      throw expected(
          "to have 2 to " + LONGEST + " bytes, but it has " + name.size() + ": a socket's name");
    }
    ByteBuffer address = ByteBuffer.allocate(Short.BYTES + name.size() + (file ? 1 : 0));
    address.order(ByteOrder.nativeOrder()).putShort((short) AF_UNIX);
    name.copyTo(address);
    if (!file) {
      address.put(Short.BYTES, (byte) 0);
    }
    return new NotifySocket(address.array());
  }

  private static IllegalArgumentException expected(String what) {
    return new IllegalArgumentException("Expected " + VARIABLE + " " + what);
  }

  /**
   * Sends a word such as {@code READY=1}. Waits a few seconds at most.
   *
   * @throws IOException when it could not be sent
   */
  public void send(String word) throws IOException {
    send(word, 0);
  }

  /**
   * The same, but never waits.
   *
   * @throws IOException also when the manager does not read
   */
  public void sendAtOnce(String word) throws IOException {
    send(word, MSG_DONTWAIT);
  }

  private void send(String word, int flags) throws IOException {
    try {
      int socket = Linux.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (socket < 0) {
        throw failed(word);
      }
      try {
        // Where it cannot be told, the manager is waited for.
        byte[] patience =
            ByteBuffer.allocate(2 * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(SECONDS)
                .array();
        Linux.setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, patience, patience.length);
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        long sent =
            Linux.sendto(
                socket, bytes, bytes.length, MSG_NOSIGNAL | flags, address, address.length);
        if (sent < 0) {
          throw failed(word);
        }
      } finally {
        Libc.close(socket);
      }
    } catch (LinkageError e) {
      throw new IOException("Expected Linux's C library to send " + word + " with, but " + e, e);
    }
  }

  private static IOException failed(String word) {
    return new IOException(
        "Expected to tell the service manager "
            + word
            + " through "
            + VARIABLE
            + ", but "
            + Libc.describe(Libc.error()));
  }
}
