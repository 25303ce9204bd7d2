package dev.polyproc.client.internal.session;

import dev.polyproc.files.Environment;
import dev.polyproc.files.Setting;
import dev.polyproc.v1.ClientProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the daemon is told of the process that this client runs in. */
public final class OwnProcess {
  /**
   * The one thing of the whole process rather than of one client: the daemon takes it once, from
   * whichever client of this process opens the first session.
   */
  private static final AtomicReference<@Nullable String> CREDENTIAL =
      new AtomicReference<>(
          Setting.named(Environment.ofThisProcess()::get, "POLYPROC_PROCESS_CREDENTIAL"));

  private OwnProcess() {}

  /** Takes the credential that the daemon put into this process's environment; null when gone. */
  public static @Nullable String takeCredential() {
    return CREDENTIAL.getAndSet(null);
  }

  /** Gives the credential back that a session could not be opened with. */
  public static void returnCredential(String credential) {
    CREDENTIAL.set(credential);
  }

  /** This process as {@code /proc} tells it; elsewhere just its id. */
  static ClientProcess describe() {
    ClientProcess.Builder process =
        ClientProcess.newBuilder().setPid(ProcessHandle.current().pid());
    try {
      // The command's name stands in brackets and may itself hold spaces and brackets.
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      process
          .setStartTime(Long.parseLong(afterName[19]))
          .setPidNamespace(Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString())
          .setBootId(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    } catch (IOException | UnsupportedOperationException | NumberFormatException e) {
      // Not Linux: the daemon then relies on the session's time to live.
    }
    return process.build();
  }
}
