package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * posix_spawn as the supervisor needs it. For one thread.
 *
 * <p>What runs leads a session and a process group of its own, without a terminal; has the default
 * action for every signal and none blocked; and inherits stdin, stdout and stderr alone.
 */
final class PosixSpawn implements AutoCloseable {
  private static final int CLOEXEC_DEFAULT_ON_MAC = 0x4000;
  private static final int SETSIGDEF = 0x04;
  private static final int SETSIGMASK = 0x08;
  private static final int SETSID = Platform.MAC ? 0x0400 : 0x80;

  // More than the C libraries' posix_spawnattr_t (336 bytes), file actions (80), sigset_t (128).
  private static final int ENOUGH = 1024;
  private static final byte[] DEV_NULL = Libc.text(ByteString.copyFromUtf8("/dev/null"));
  private static final ByteString EQUALS = ByteString.copyFromUtf8("=");

  private final @Nullable Function addChdir = function("posix_spawn_file_actions_addchdir_np");
  private final @Nullable Function addCloseFrom;
  private final Memory attributes = Libc.memory(ENOUGH);
  private final Memory actions = Libc.memory(ENOUGH);
  private final Memory pid = Libc.memory(8);

  /**
   * What to run, in the bytes that the system takes, none of them zero.
   *
   * @param folder where; empty for the daemon's
   */
  record Program(
      ByteString path,
      List<ByteString> argv,
      Map<ByteString, ByteString> environment,
      ByteString folder) {}

  PosixSpawn(Platform platform) {
    addCloseFrom =
        platform == Platform.LINUX ? function("posix_spawn_file_actions_addclosefrom_np") : null;
    try (Memory signals = Libc.memory(ENOUGH)) {
      Libc.posix_spawnattr_init(attributes);
      Libc.sigemptyset(signals);
      Libc.posix_spawnattr_setsigmask(attributes, signals);
      // Not sigfillset: glibc leaves two signals of its own out there, and would have them ignored.
      signals.setMemory(0, ENOUGH, (byte) 0xff);
      Libc.sigdelset(signals, Libc.SIGKILL);
      Libc.sigdelset(signals, Libc.SIGSTOP);
      Libc.posix_spawnattr_setsigdefault(attributes, signals);
      int flags = SETSID | SETSIGDEF | SETSIGMASK | (Platform.MAC ? CLOEXEC_DEFAULT_ON_MAC : 0);
      Libc.posix_spawnattr_setflags(attributes, (short) flags);
    }
  }

  /**
   * Runs it with these descriptors, -1 for /dev/null: its process id, or a negative error number.
   */
  int spawn(Program program, int stdin, int stdout, int stderr) throws StartFailure {
    Libc.posix_spawn_file_actions_init(actions);
    try (Memory argv = strings(program.argv());
        Memory envp = strings(assignments(program.environment()))) {
      give(stdin, 0, Libc.O_RDONLY);
      give(stdout, 1, Libc.O_WRONLY);
      give(stderr, 2, Libc.O_WRONLY);
      closeOthers();
      enter(program.folder());
      int error = Libc.posix_spawn(pid, Libc.text(program.path()), actions, attributes, argv, envp);
      return error == 0 ? pid.getInt(0) : -error;
    } finally {
      Libc.posix_spawn_file_actions_destroy(actions);
    }
  }

  private void give(int descriptor, int as, int nullMode) {
    if (descriptor >= 0) {
      Libc.posix_spawn_file_actions_adddup2(actions, descriptor, as);
    } else {
      Libc.posix_spawn_file_actions_addopen(actions, as, DEV_NULL, nullMode, 0);
    }
  }

  private void closeOthers() throws StartFailure {
    if (Platform.MAC) {
      return; // By the flag.
    }
    if (addCloseFrom != null) {
      addCloseFrom.invokeInt(new Object[] {actions, 3});
      return;
    }
    // Before glibc 2.34, and in musl: what is open now. What another thread opens until the fork,
    // and does not mark close-on-exec, slips through.
    String[] open = new File("/proc/self/fd").list();
    if (open == null) {
      throw StartFailure.ofTheSystem(
          "Expected to see the open descriptors in /proc, but could not");
    }
    for (String descriptor : open) {
      int number = Integer.parseInt(descriptor);
      if (number > 2) {
        Libc.posix_spawn_file_actions_addclose(actions, number);
      }
    }
  }

  private void enter(ByteString folder) throws StartFailure {
    if (folder.isEmpty()) {
      return;
    }
    if (addChdir == null) {
      throw new StartFailure(
          "Expected a C library that can start a process in a folder (glibc 2.29, musl 1.1.24,"
              + " macOS 10.15), but this one is older");
    }
    addChdir.invokeInt(new Object[] {actions, Libc.text(folder)});
  }

  /** NAME=value of each. */
  private static List<ByteString> assignments(Map<ByteString, ByteString> environment) {
    return environment.entrySet().stream()
        .map(variable -> variable.getKey().concat(EQUALS).concat(variable.getValue()))
        .toList();
  }

  /** A null-terminated array of pointers to strings, and behind it the strings. */
  private static Memory strings(List<ByteString> strings) {
    int table = (strings.size() + 1) * Long.BYTES;
    int size = table + strings.stream().mapToInt(bytes -> bytes.size() + 1).sum();
    Memory memory = Libc.memory(size);
    long address = Pointer.nativeValue(memory) + table;
    ByteBuffer block = memory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
    for (ByteString string : strings) {
      block.putLong(address);
      address += string.size() + 1;
    }
    block.putLong(0);
    for (ByteString string : strings) {
      string.copyTo(block);
      block.put((byte) 0);
    }
    return memory;
  }

  private static @Nullable Function function(String name) {
    try {
      return NativeLibrary.getProcess().getFunction(name);
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  @Override
  public void close() {
    Libc.posix_spawnattr_destroy(attributes);
    attributes.close();
    actions.close();
    pid.close();
  }
}
