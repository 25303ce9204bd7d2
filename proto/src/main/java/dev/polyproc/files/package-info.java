/**
 * What the daemon and the Java client take from the operating system: whose files are, which is
 * asked before anybody relies on what lies at a path; and paths, variables and settings, which mean
 * the same to both. The rules are one, so that what one side makes the other side takes; {@code
 * docs/decisions/0015} and {@code 0020} have the reasons. It is theirs, and no part of the
 * contract.
 */
@NullMarked
package dev.polyproc.files;

import org.jspecify.annotations.NullMarked;
