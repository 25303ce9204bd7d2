package dev.polyproc.server;

import com.google.protobuf.ByteString;
import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.NotifySocket;

/**
 * The environment that the daemon's user gave it, byte by byte: what processes start with. {@code
 * scripts/polyprocd} runs the virtual machine with an {@code LC_ALL} of its own, and notes in a
 * variable what there was: nothing, or an equals sign and the value.
 *
 * <p>The socket of a service manager is the daemon's alone: what a process sent there, the manager
 * would take for the daemon's word.
 */
final class GivenEnvironment {
  private static final String NOTED = "POLYPROCD_LC_ALL";

  private GivenEnvironment() {}

  static Environment of(Environment environment) {
    Environment own = environment.with(NotifySocket.VARIABLE, null);
    ByteString noted = own.variables().get(ByteString.copyFromUtf8(NOTED));
    if (noted == null) {
      return own; // Started without the script.
    }
    return own.with("LC_ALL", noted.isEmpty() ? null : noted.substring(1)).with(NOTED, null);
  }
}
