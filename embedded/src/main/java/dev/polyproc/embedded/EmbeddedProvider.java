package dev.polyproc.embedded;

import dev.polyproc.client.Embedded;

/** How the client finds this artifact. */
public final class EmbeddedProvider implements Embedded.Provider {
  @Override
  public Embedded start() {
    return EmbeddedDaemon.start();
  }
}
