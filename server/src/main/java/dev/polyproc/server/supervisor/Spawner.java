package dev.polyproc.server.supervisor;

import com.google.protobuf.ByteString;
import dev.polyproc.files.Environment;
import dev.polyproc.files.SystemPath;
import dev.polyproc.server.engine.refusal.Texts;
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
  private static final ByteString PATH = utf8("PATH");
  private static final ByteString USUAL_PATH = utf8("/usr/local/bin:/usr/bin:/bin");
  private static final ByteString SLASH = utf8("/");

  /** Behind the name of a folder it names the same folder; behind that of a file nothing. */
  private static final ByteString ITSELF = utf8("/.");

  private final Platform platform;
  private final Environment base;
  private final Guardian guardian;
  private final PosixSpawn spawn;

  Spawner(Platform platform, Environment base, Guardian guardian, PosixSpawn spawn) {
    this.platform = platform;
    this.base = base;
    this.guardian = guardian;
    this.spawn = spawn;
  }

  /** The PATH of an environment. */
  static ByteString path(Environment environment) {
    return environment.variables().getOrDefault(PATH, USUAL_PATH);
  }

  /** Starts a process, unless it is not wanted any more. */
  Child start(Start start) throws StartFailure {
    long process = start.process;
    ProcessStartRequest request = start.take();
    Program program = program(process, request, start.extraEnvironment);
    List<Integer> opened = new ArrayList<>();
    try {
      boolean silent = request.getInput().isEmpty();
      int[] stdin = silent ? new int[] {Child.NONE, Child.NONE} : pipe(opened, 1);
      int[] stdout = pipe(opened, 0);
      int[] stderr = pipe(opened, 0);
      int pid = run(process, program, stdin[0], stdout[1], stderr[1]);
      opened.removeAll(List.of(stdin[1], stdout[0], stderr[0]));
      int pidfd = platform == Platform.LINUX ? Linux.pidfd(pid) : Child.NONE;
      ByteString input = request.getInput();
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
    Map<ByteString, ByteString> environment = new LinkedHashMap<>(base.variables());
    for (EnvironmentVariable variable : request.getEnvironmentList()) {
      requireName(variable.getName());
      requireText("value of " + shown(variable.getName()), variable.getValue());
      environment.put(utf8(variable.getName()), utf8(variable.getValue()));
    }
    extra.forEach((name, value) -> environment.put(utf8(name), utf8(value)));
    environment.put(utf8(Guardian.MARK), utf8(guardian.mark(process)));
    List<ByteString> argv = new ArrayList<>();
    argv.add(argument(request.getCommand()));
    for (String argument : request.getArgumentsList()) {
      argv.add(argument(argument));
    }
    requireText("folder", request.getFolder());
    ByteString folder = utf8(request.getFolder());
    return new Program(resolve(request.getCommand(), folder), argv, environment, folder);
  }

  private static ByteString argument(String argument) throws StartFailure {
    requireText("argument", argument);
    return utf8(argument);
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /** The path of a command: as it is, or the first in the daemon's PATH that can be executed. */
  private ByteString resolve(String command, ByteString folder) throws StartFailure {
    if (command.isEmpty()) {
      throw new StartFailure("Expected a command to start, but it is empty");
    }
    ByteString name = utf8(command);
    if (command.indexOf('/') >= 0) {
      boolean fromFolder = !command.startsWith("/") && !folder.isEmpty();
      return fromFolder ? folder.concat(SLASH).concat(name) : name;
    }
    int error = Libc.ENOENT;
    for (ByteString entry : entries(path(base))) {
      // Relative entries are the daemon's, not the folder's.
      ByteString here =
          entry.startsWith(SLASH) ? entry : Libc.workingFolder().concat(SLASH).concat(entry);
      ByteString candidate = here.concat(SLASH).concat(name);
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
            + " in the daemon's PATH"
            + hint(name));
  }

  /** What stands between the colons, which may be nothing. */
  private static List<ByteString> entries(ByteString path) {
    List<ByteString> entries = new ArrayList<>();
    int start = 0;
    for (int end = 0; end <= path.size(); end++) {
      if (end == path.size() || path.byteAt(end) == ':') {
        entries.add(path.substring(start, end));
        start = end + 1;
      }
    }
    return entries;
  }

  /** posix_spawn does not say which step failed: looks whether it was the folder. */
  private static StartFailure refused(Program program, int error) {
    ByteString folder = program.folder();
    if (!folder.isEmpty() && !Libc.canAccess(folder.concat(ITSELF), Libc.X_OK)) {
      String reason = Libc.describe(Libc.error());
      return new StartFailure(
          "Expected a folder to run in, but "
              + shown(folder.toStringUtf8())
              + ": "
              + reason
              + hint(folder));
    }
    if (error == Libc.EAGAIN || error == Libc.ENOMEM) {
      return StartFailure.ofTheSystem(
          "Expected room for one more process, but the system has none: " + Libc.describe(error));
    }
    if (error == Libc.E2BIG) {
      return new StartFailure(
          "Expected arguments and variables that the system takes, but those of "
              + shown(program.path().toStringUtf8())
              + " are too many or too large: "
              + Libc.describe(error)
              + "; hand it less of them, and the rest through stdin or a file");
    }
    boolean interpreter = error == Libc.ENOENT && Libc.canAccess(program.path(), Libc.F_OK);
    return new StartFailure(
        "Expected a command that can be executed, but "
            + shown(program.path().toStringUtf8())
            + ": "
            + Libc.describe(error)
            + (interpreter ? " (its interpreter)" : hint(program.path())));
  }

  /** What was told of a name that is not text cannot be found under it. */
  private static String hint(ByteString name) {
    return SystemPath.isWhole(name.toStringUtf8())
        ? ""
        : " (U+FFFD in it often stands for bytes that are not UTF-8, which cannot be told)";
  }

  /** As it may stand in a sentence. */
  private static String shown(String text) {
    return Texts.shown(text, Texts.LONGEST);
  }

  private static boolean isFolder(ByteString path) {
    return Libc.canAccess(path.concat(ITSELF), Libc.F_OK);
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
