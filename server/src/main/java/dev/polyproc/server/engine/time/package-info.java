/** The engine's time, what is due when, and how much of its work an entry does. */
@NullMarked
package dev.polyproc.server.engine.time;

import org.jspecify.annotations.NullMarked;
