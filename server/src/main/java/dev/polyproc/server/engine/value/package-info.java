/** Values: which may be stored, which are equal, which can be keys, and what they cost. */
@NullMarked
package dev.polyproc.server.engine.value;

import org.jspecify.annotations.NullMarked;
