/**
 * Segments of shared memory, as files of this machine.
 *
 * <pre>
 *   effects ──▶ SegmentFiles ──▶ reports
 *                    ▲
 *                  Locate ◀── Looks
 * </pre>
 */
@NullMarked
package dev.polyproc.server.memory;

import org.jspecify.annotations.NullMarked;
