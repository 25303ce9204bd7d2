package dev.polyproc.integration;

import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract's suites through the Unix socket. */
final class DaemonContractIT extends DaemonContract {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @Override
  Client connect() {
    return daemon.client();
  }

  @Override
  protected boolean isLocal() {
    return true;
  }
}
