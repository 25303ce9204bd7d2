/** What things take on the heap, and the budget that it comes out of. */
@NullMarked
package dev.polyproc.server.engine.space;

import org.jspecify.annotations.NullMarked;
