package dev.polyproc.client.internal.transport;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxy that the JVM's settings name for an address, such as {@code -Dhttps.proxyHost}: gRPC
 * asks it instead of the address.
 */
public final class JvmProxy {
  private JvmProxy() {}

  /** The proxy for {@code address}, as host:port; null when there is none. */
  public static @Nullable String of(Address address) {
    ProxySelector selector = ProxySelector.getDefault();
    if (address.isSocket() || address.port() == 0 || selector == null) {
      return null;
    }
    try {
      URI uri = new URI("https", null, address.host(), address.port(), null, null, null);
      List<Proxy> proxies = selector.select(uri); // gRPC takes the first
      return proxies.isEmpty() || !(proxies.get(0).address() instanceof InetSocketAddress first)
          ? null
          : first.getHostString() + ":" + first.getPort();
    } catch (URISyntaxException | RuntimeException e) { // the selector is the program's
      return null;
    }
  }
}
