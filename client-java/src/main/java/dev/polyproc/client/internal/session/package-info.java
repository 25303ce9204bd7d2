/**
 * A session: how it is opened, kept alive, attached again and ended. Of the public types it knows
 * the exceptions only.
 */
@NullMarked
package dev.polyproc.client.internal.session;

import org.jspecify.annotations.NullMarked;
