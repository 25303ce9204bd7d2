/** Who calls: sessions, what they hold and remember, and how they end. */
@NullMarked
package dev.polyproc.server.engine.session;

import org.jspecify.annotations.NullMarked;
