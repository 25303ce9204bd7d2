/** Expected failures, in the words of the contract. */
@NullMarked
package dev.polyproc.server.engine.refusal;

import org.jspecify.annotations.NullMarked;
