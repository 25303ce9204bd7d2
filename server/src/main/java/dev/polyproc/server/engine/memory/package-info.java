/** Shared memory: which segments there are, who writes to them, and who waits for them. */
@NullMarked
package dev.polyproc.server.engine.memory;

import org.jspecify.annotations.NullMarked;
