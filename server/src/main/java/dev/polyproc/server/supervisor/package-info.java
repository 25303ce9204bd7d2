/**
 * The supervisor: makes the operating system run the processes that the engine wants, and reports
 * what became of them. It also waits for the deaths of clients' processes.
 *
 * <pre>
 *   start ─▶ Loop ─▶ Spawner (own thread): posix_spawn ─▶ Child ─▶ Loop
 *   signal, forget ─▶ Loop ─▶ kill(-group)                          │ epoll: pipes, pidfds
 *                      Reports ◀── started, failed, exited, killed ◀┤
 *                 OutputCursor ◀── Output ◀── Pipes ◀───────────────┘
 *   watch ─▶ Loop ─▶ Watches: a pidfd for each process of a client ─▶ its death
 *   Guardian: a shell that outlives a killed daemon just long enough to end its groups
 * </pre>
 *
 * <p>Two threads, whatever the number of processes: the loop owns every child, so that a signal and
 * a reaping can never overlap; the spawner alone may block in the operating system. The C library
 * is reached through JNA, which the first start loads, or the first watch. The reasons are in
 * {@code docs/decisions/0003-spawning.md}.
 *
 * <p>{@link NotifySocket} is here for that C library alone: it tells whoever supervises the daemon
 * itself, such as systemd, when it serves and when it goes down.
 */
@NullMarked
package dev.polyproc.server.supervisor;

import org.jspecify.annotations.NullMarked;
