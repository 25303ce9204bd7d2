package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import com.sun.jna.Memory;
import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.PosixSpawn.Program;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's last will: a shell that waits for the end of a pipe, which is when the daemon is
 * gone, and ends the groups that the daemon has not. Which these are stands in a file that it
 * holds; where the system has no such file, the pipe says it. See {@code guardian.sh}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A group is known to the guardian from its first instruction on: by its mark while it is
 *       started, then by its number, which is taken back before it can be anybody else's.
 *   <li>Thread-safe, and never waits for the shell. A shell that is gone is replaced, and by the
 *       next start one that is stopped. Where none can be started, processes run without a
 *       guardian, and the log says so.
 * </ul>
 */
final class Guardian {
  /** The environment variable that every started process carries. */
  static final String MARK = "POLYPROC_SUPERVISED";

  private static final Logger LOG = LoggerFactory.getLogger(Guardian.class);
  private static final String SHELL = "/bin/sh";
  private static final long SHORT_LIFE = TimeUnit.SECONDS.toNanos(1);
  private static final long GOODBYE = TimeUnit.SECONDS.toNanos(1);

  private final Platform platform;
  private final PosixSpawn spawn;
  private final Loop loop;
  private final Executor spawnerThread;
  private final ByteString path;
  private final String script = script();
  private final String daemon = UUID.randomUUID().toString();
  private final Memory seen = Libc.memory(Reaper.SIZE);

  /** Each with its line; {@link GuardianNotes#NONE} where the pipe has told it. */
  private final Map<Integer, Integer> groups = new LinkedHashMap<>();

  private @Nullable GuardianNotes notes;

  /** That of the process that is about to be started. */
  private int line = GuardianNotes.NONE;

  private @Nullable Shell shell;
  private boolean warned;

  /** A shell that runs, or is not reaped yet. */
  private record Shell(int pid, int pipe, long born) {}

  /** A guardian that starts its shells on this thread, the spawner's. */
  Guardian(
      Platform platform, PosixSpawn spawn, Loop loop, Executor spawnerThread, ByteString path) {
    this.platform = platform;
    this.spawn = spawn;
    this.loop = loop;
    this.spawnerThread = spawnerThread;
    this.path = path;
  }

  /** The value of {@link #MARK} for a process. */
  String mark(long process) {
    return daemon + '.' + process + '.';
  }

  /** A process is about to be started. By the spawner's thread. */
  synchronized void starting(long process) {
    if (shell == null) {
      open();
    } else if (Reaper.isStopped(shell.pid, seen)) {
      Libc.kill(shell.pid, Libc.SIGKILL);
    }
    line = notes == null ? GuardianNotes.NONE : notes.starting(process);
    if (line == GuardianNotes.NONE) {
      tell("starting", process);
    }
  }

  /** The process that was about to be started has this id; none when it is not positive. */
  synchronized void started(int pid) {
    if (pid > 0) {
      groups.put(pid, line);
    }
    if (notes == null || line == GuardianNotes.NONE) {
      tell(pid > 0 ? "started" : "failed", Math.max(0, pid));
    } else if (pid > 0) {
      notes.started(line, pid);
    } else {
      notes.erase(line);
    }
  }

  /** A group is about to lose its number. */
  synchronized void ended(int pid) {
    Integer noted = groups.remove(pid);
    if (noted == null) {
      return;
    }
    if (notes == null || noted == GuardianNotes.NONE) {
      tell("ended", pid);
    } else {
      notes.erase(noted);
    }
  }

  /** Whether this is the shell's process id. */
  synchronized boolean isShell(int pid) {
    return shell != null && shell.pid == pid;
  }

  /** No more is needed. By the loop's thread. */
  synchronized void close() {
    if (shell != null) {
      Shell last = shell;
      shell = null;
      loop.close(last.pipe);
      if (groups.isEmpty()) {
        end(last.pid);
      }
    }
    if (notes != null) {
      notes.close();
      notes = null;
    }
  }

  private void tell(String event, long number) {
    if (shell != null) {
      byte[] line = (event + ' ' + number + '\n').getBytes(StandardCharsets.US_ASCII);
      if (Libc.write(shell.pipe, line, line.length) != line.length) {
        // Stopped, or gone: the end of its pipe has the loop replace it.
        Libc.kill(shell.pid, Libc.SIGKILL);
      }
    }
  }

  private void open() {
    int[] pipe = {Child.NONE, Child.NONE};
    try {
      if (notes == null) {
        notes = GuardianNotes.open(platform);
      }
      pipe = Libc.pipe(platform);
      int file = notes == null ? Child.NONE : notes.file();
      int pid = spawn.spawn(program(), pipe[0], file, Child.NONE);
      if (pid < 0) {
        throw new StartFailure("Expected " + SHELL + " to run, but " + Libc.describe(-pid));
      }
      Libc.neverWait(pipe[1], platform);
      Shell opened = new Shell(pid, pipe[1], System.nanoTime());
      loop.post(() -> watch(opened));
      shell = opened;
      Libc.close(pipe[0]);
    } catch (StartFailure e) {
      close(pipe);
      warn(e.sentence());
    } catch (RuntimeException | Error e) {
      // No memory of C's, say. Processes run all the same.
      close(pipe);
      warn(e.toString());
    }
  }

  private static void close(int[] pipe) {
    for (int end : pipe) {
      if (end != Child.NONE) {
        Libc.close(end);
      }
    }
  }

  /** By the loop's thread. */
  private void watch(Shell opened) {
    try {
      loop.watch(opened.pipe, Poller.Interest.END, () -> lost(opened));
    } catch (RuntimeException e) {
      warn(e.toString());
      // Before its pipe ends, by which it would take the daemon for dead.
      Libc.kill(opened.pid, Libc.SIGKILL);
      lost(opened);
    }
  }

  private Program program() {
    List<String> argv = new ArrayList<>();
    // Through the environment, so that a list of processes shows one short line.
    argv.addAll(List.of("sh", "-c", "eval \"$POLYPROC_GUARDIAN\"", "polyproc-guardian"));
    argv.add(MARK + '=' + daemon + '.');
    groups.forEach(
        (group, noted) -> {
          if (noted == GuardianNotes.NONE) {
            argv.add(group.toString());
          }
        });
    Environment environment =
        Environment.of(Map.of("POLYPROC_GUARDIAN", script)).with("PATH", path);
    return new Program(
        ByteString.copyFromUtf8(SHELL),
        argv.stream().map(ByteString::copyFromUtf8).toList(),
        environment.variables(),
        ByteString.EMPTY);
  }

  private static String script() {
    try (InputStream script =
        Objects.requireNonNull(Guardian.class.getResourceAsStream("guardian.sh"))) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The shell has gone while the daemon lives: somebody killed it. By the loop's thread. */
  private synchronized void lost(Shell gone) {
    loop.close(gone.pipe);
    end(gone.pid);
    shell = null;
    if (System.nanoTime() - gone.born >= SHORT_LIFE) {
      spawnerThread.execute(this::replace);
    } else {
      warn("Expected the guardian to live, but it ended at once");
      CompletableFuture.delayedExecutor(SHORT_LIFE, TimeUnit.NANOSECONDS, spawnerThread)
          .execute(this::replace);
    }
  }

  private synchronized void replace() {
    if (shell == null) {
      open();
    }
  }

  private static void end(int pid) {
    Libc.kill(pid, Libc.SIGKILL);
    long deadline = System.nanoTime() + GOODBYE;
    while (Reaper.reap(pid) == null && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private void warn(String reason) {
    if (!warned) {
      LOG.warn("Processes may outlive a killed daemon: {}", reason);
      warned = true;
    }
  }
}
