package dev.polyproc.integration;

import dev.polyproc.contract.FarSharedMemoryContract;
import io.grpc.Channel;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract's suites through TLS, with the token. */
final class TlsContractIT extends DaemonContract {
  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @Override
  Client connect() {
    return Client.overTls(daemon.get().listenPort(), CERTIFICATES.ca(), daemon.get().token());
  }

  @Nested
  class SharedMemoryFromFar extends FarSharedMemoryContract {
    @Override
    protected Channel channel() {
      return TlsContractIT.this.channel();
    }
  }
}
