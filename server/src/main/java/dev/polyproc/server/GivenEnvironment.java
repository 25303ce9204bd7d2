package dev.polyproc.server;

import com.google.protobuf.ByteString;
import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.NotifySocket;
import java.util.List;

/**
 * The environment that the daemon's user gave it, byte by byte: what processes start with. {@code
 * scripts/polyprocd} runs the virtual machine with some variables of its own, and notes in others
 * what there was: nothing, or an equals sign and the value.
 *
 * <p>The socket of a service manager, and its watchdog, are the daemon's alone: what a process sent
 * there, the manager would take for the daemon's word.
 */
final class GivenEnvironment {
  private static final List<String> OWN = List.of("LC_ALL", "MALLOC_ARENA_MAX");
  private static final List<String> OF_THE_MANAGER =
      List.of(NotifySocket.VARIABLE, ServiceManager.WATCHDOG, ServiceManager.WATCHED_PROCESS);

  private GivenEnvironment() {}

  static Environment of(Environment environment) {
    Environment given = environment;
    for (String name : OF_THE_MANAGER) {
      given = given.with(name, null);
    }
    for (String name : OWN) {
      String note = "POLYPROCD_" + name;
      ByteString noted = given.variables().get(ByteString.copyFromUtf8(note));
      if (noted != null) { // Started by the script.
        given = given.with(name, noted.isEmpty() ? null : noted.substring(1)).with(note, null);
      }
    }
    return given;
  }
}
