/** Pools: tasks on their way to workers, what comes back, and the workers themselves. */
@NullMarked
package dev.polyproc.client.internal.pool;

import org.jspecify.annotations.NullMarked;
