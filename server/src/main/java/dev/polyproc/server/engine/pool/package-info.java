/** Pools: tasks, jobs that own their results, and the workers that take them. */
@NullMarked
package dev.polyproc.server.engine.pool;

import org.jspecify.annotations.NullMarked;
