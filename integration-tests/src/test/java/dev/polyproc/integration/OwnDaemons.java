package dev.polyproc.integration;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The daemons that one test starts for itself: they end with it, and show their logs if it failed.
 */
final class OwnDaemons implements AfterEachCallback {
  private final List<DaemonProcess> daemons = new ArrayList<>();

  /** Starts one. */
  DaemonProcess start(Launch launch) {
    return adopt(launch.start());
  }

  /** Ends one that was started otherwise, too. */
  DaemonProcess adopt(DaemonProcess daemon) {
    daemons.add(daemon);
    return daemon;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    for (DaemonProcess daemon : daemons) {
      if (context.getExecutionException().isPresent()) {
        System.err.println("Log of the daemon " + daemon.pid() + ":\n" + daemon.log());
      }
      daemon.close();
    }
    daemons.clear();
  }
}
