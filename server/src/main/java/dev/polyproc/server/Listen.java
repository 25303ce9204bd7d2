package dev.polyproc.server;

import dev.polyproc.server.grpc.TlsFiles;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * An address for other machines.
 *
 * @param host as it was given
 * @param address looked up
 * @param tls null for none, which only loopback may have
 */
record Listen(String host, InetSocketAddress address, @Nullable TlsFiles tls) {

  /** What the options say; null when they name no address. */
  static @Nullable Listen of(Options options) throws StartException {
    InetSocketAddress given = options.listen();
    TlsFiles tls = options.tls();
    if (given == null) {
      if (tls != null) {
        throw StartException.misused("Expected --listen with --tls-certificate, but there is none");
      }
      return null;
    }
    String shown = shown(given.getHostString(), given.getPort());
    InetSocketAddress address = new InetSocketAddress(given.getHostString(), given.getPort());
    if (address.isUnresolved()) {
      throw new StartException(
          "Expected --listen with a host of this machine, but '"
              + given.getHostString()
              + "' is not known");
    }
    if (tls == null && !address.getAddress().isLoopbackAddress()) {
      throw StartException.misused(
          "Expected --tls-certificate and --tls-key for --listen beyond loopback, but "
              + shown
              + " has none");
    }
    return new Listen(given.getHostString(), address, tls);
  }

  /** The address for clients, with the port that it has now. */
  String uri(int port) {
    return (tls == null ? "" : "tls://") + shown(host, port);
  }

  private static String shown(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
