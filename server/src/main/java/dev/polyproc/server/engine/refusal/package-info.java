/** Expected failures, and texts as they are shown in them. */
@NullMarked
package dev.polyproc.server.engine.refusal;

import org.jspecify.annotations.NullMarked;
