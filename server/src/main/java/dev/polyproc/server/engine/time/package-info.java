/** The engine's time, its timers, and the numbers that only grow. */
@NullMarked
package dev.polyproc.server.engine.time;

import org.jspecify.annotations.NullMarked;
