package dev.polyproc.embedded;

import dev.polyproc.server.log.Later;

/** What an embedded daemon takes for time, on its loop. */
interface Time extends Later {
  /** Nanoseconds since 1970, never going back. */
  long nanos();
}
