/**
 * A house that breaks every rule of the architecture once, to see that each of them can fail. See
 * {@code dev.polyproc.server.ArchitectureTest}.
 */
@NullMarked
package dev.polyproc.broken;

import org.jspecify.annotations.NullMarked;
