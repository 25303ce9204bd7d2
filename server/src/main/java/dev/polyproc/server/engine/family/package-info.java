/** How a family of operations makes itself known. */
@NullMarked
package dev.polyproc.server.engine.family;

import org.jspecify.annotations.NullMarked;
