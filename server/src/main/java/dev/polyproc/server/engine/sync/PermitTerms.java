package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.time.Timers;

/**
 * How permits are held.
 *
 * @param lease for how long at most, in nanoseconds, or {@link Timers#NEVER}
 * @param byToken whether nothing but a release under their token takes them off
 */
record PermitTerms(long lease, boolean byToken) {}
