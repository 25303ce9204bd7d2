package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.Texts;
import dev.polyproc.server.supervisor.PosixSpawn.Program;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ProcessStartRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns requests into running processes, or into the sentence that says why not. For the spawning
 * thread, the only one that may wait in the operating system (for a slow disk, say).
 */
final class Spawner {
  private static final String USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

  private final Platform platform;
  private final Map<String, String> base;
  private final Guardian guardian;
  private final PosixSpawn spawn;

  Spawner(Platform platform, Map<String, String> base, Guardian guardian, PosixSpawn spawn) {
    this.platform = platform;
    this.base = base;
    this.guardian = guardian;
    this.spawn = spawn;
  }

  /** The PATH of an environment. */
  static String path(Map<String, String> environment) {
    return environment.getOrDefault("PATH", USUAL_PATH);
  }

  /** Starts a process, unless it is not wanted any more. */
  Child start(Start start) throws StartFailure {
    long process = start.process;
    ProcessStartRequest request = start.take();
    Program program = program(process, request, start.extraEnvironment);
    List<Integer> opened = new ArrayList<>();
    try {
      boolean silent = request.getStdin().isEmpty();
      int[] stdin = silent ? new int[] {Child.NONE, Child.NONE} : pipe(opened, 1);
      int[] stdout = pipe(opened, 0);
      int[] stderr = pipe(opened, 0);
      int pid = run(process, program, stdin[0], stdout[1], stderr[1]);
      opened.removeAll(List.of(stdin[1], stdout[0], stderr[0]));
      int pidfd = platform == Platform.LINUX ? Linux.pidfd(pid) : Child.NONE;
      ByteString input = request.getStdin();
      return new Child(start, pid, pidfd, stdin[1], input, stdout[0], stderr[0]);
    } finally {
      opened.forEach(Libc::close);
    }
  }

  private int run(long process, Program program, int stdin, int stdout, int stderr)
      throws StartFailure {
    guardian.starting(process);
    int pid = 0;
    try {
      pid = spawn.spawn(program, stdin, stdout, stderr);
    } finally {
      guardian.started(pid);
    }
    if (pid < 0) {
      throw refused(program, -pid);
    }
    return pid;
  }

  /** A pipe of which the daemon keeps this end, and never waits there. */
  private int[] pipe(List<Integer> opened, int kept) throws StartFailure {
    int[] ends = Libc.pipe(platform);
    opened.add(ends[0]);
    opened.add(ends[1]);
    Libc.neverWait(ends[kept], platform);
    return ends;
  }

  private Program program(long process, ProcessStartRequest request, Map<String, String> extra)
      throws StartFailure {
    Map<String, String> environment = new LinkedHashMap<>(base);
    for (EnvironmentVariable variable : request.getEnvironmentList()) {
      requireName(variable.getName());
      environment.put(variable.getName(), variable.getValue());
    }
    environment.putAll(extra);
    environment.put(Guardian.MARK, guardian.mark(process));
    List<String> argv = new ArrayList<>();
    argv.add(request.getCommand());
    argv.addAll(request.getArgumentsList());
    for (String argument : argv) {
      requireText("argument", argument);
    }
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      requireText("value of " + shown(variable.getKey()), variable.getValue());
    }
    requireText("folder", request.getFolder());
    String path = resolve(request.getCommand(), request.getFolder());
    return new Program(path, argv, environment, request.getFolder());
  }

  /** The path of a command: as it is, or the first in the daemon's PATH that can be executed. */
  private String resolve(String command, String folder) throws StartFailure {
    if (command.isEmpty()) {
      throw new StartFailure("Expected a command to start, but it is empty");
    }
    if (command.indexOf('/') >= 0) {
      boolean fromFolder = !command.startsWith("/") && !folder.isEmpty();
      return fromFolder ? folder + '/' + command : command;
    }
    int error = Libc.ENOENT;
    for (String entry : path(base).split(":", -1)) {
      // Relative entries are the daemon's, not the folder's.
      String here = entry.startsWith("/") ? entry : System.getProperty("user.dir") + '/' + entry;
      String candidate = here + '/' + command;
      if (Libc.canAccess(candidate, Libc.F_OK) && !isFolder(candidate)) {
        if (Libc.canAccess(candidate, Libc.X_OK)) {
          return candidate;
        }
        error = Libc.EACCES;
      }
    }
    throw new StartFailure(
        "Expected a command that can be executed, but "
            + shown(command)
            + ": "
            + Libc.describe(error)
            + " in the daemon's PATH");
  }

  /** posix_spawn does not say which step failed: looks whether it was the folder. */
  private static StartFailure refused(Program program, int error) {
    String folder = program.folder();
    if (!folder.isEmpty() && !Libc.canAccess(folder + "/.", Libc.X_OK)) {
      String reason = Libc.describe(Libc.error());
      return new StartFailure("Expected a folder to run in, but " + shown(folder) + ": " + reason);
    }
    if (error == Libc.EAGAIN || error == Libc.ENOMEM) {
      return StartFailure.ofTheSystem(
          "Expected room for one more process, but the system has none: " + Libc.describe(error));
    }
    boolean interpreter = error == Libc.ENOENT && Libc.canAccess(program.path(), Libc.F_OK);
    return new StartFailure(
        "Expected a command that can be executed, but "
            + shown(program.path())
            + ": "
            + Libc.describe(error)
            + (interpreter ? " (its interpreter)" : ""));
  }

  /** As it may stand in a sentence. */
  private static String shown(String text) {
    return Texts.shown(text, Texts.LONGEST);
  }

  private static boolean isFolder(String path) {
    return Libc.canAccess(path + "/.", Libc.F_OK);
  }

  private static void requireName(String name) throws StartFailure {
    requireText("name of an environment variable", name);
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw new StartFailure(
          "Expected the name of an environment variable without '=', but got \""
              + shown(name)
              + '"');
    }
  }

  private static void requireText(String what, String text) throws StartFailure {
    if (text.indexOf('\0') >= 0) {
      throw new StartFailure("Expected a text, but the " + what + " has a zero byte");
    }
  }
}
