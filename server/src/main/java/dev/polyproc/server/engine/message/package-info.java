/** The contract's messages, looked into by their descriptors. */
@NullMarked
package dev.polyproc.server.engine.message;

import org.jspecify.annotations.NullMarked;
