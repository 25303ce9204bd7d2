/**
 * Whose files are: what the daemon and the Java client ask of a path before they rely on what lies
 * there. The rules are one, so that what one side makes the other side takes; {@code
 * docs/decisions/0015} has the reasons. It is theirs, and no part of the contract.
 */
@NullMarked
package dev.polyproc.files;

import org.jspecify.annotations.NullMarked;
