/** How a family of operations makes itself known to the engine. */
@NullMarked
package dev.polyproc.server.engine.family;

import org.jspecify.annotations.NullMarked;
