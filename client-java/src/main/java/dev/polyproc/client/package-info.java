/**
 * Polyproc for Java: queues, locks, events, dicts, lists, namespaces and processes that are shared
 * with programs in any language, as the interfaces of {@code java.util} and {@code
 * java.util.concurrent}. {@link dev.polyproc.client.Polyproc} connects to a daemon and hands the
 * objects out.
 *
 * <pre>
 *   your threads          PolyQueue, PolyDict, …     faces of what is internal
 *        |                collection, object         build the request, serialize it
 *        v                request                    waits, and can be interrupted
 *   ConcurrentLinkedQueue call                       bounded by Admission
 *        |
 *   the event loop        call                       numbers it, puts it into the next frame
 *        |                session                    keeps alive, connects again
 *        v                wire                       one stream of frames
 *   the daemon            transport                  a socket
 * </pre>
 *
 * <p>Every public class may be used by any number of threads. What depends on a future runs on a
 * thread of the client's own, and may wait; see {@link
 * dev.polyproc.client.PolyprocBuilder#callbackExecutor}. What is {@code AutoCloseable} is its
 * holder's own, and closing it takes nothing from others.
 *
 * <p>A record that is compared, by us or by a program, has an {@code equals} and a {@code hashCode}
 * written by hand. Those that the JDK makes are linked with their first call, and JDK 17 keeps what
 * it linked, and with it the class loader of the record: a web application would stay in memory
 * after its end. A record that nobody compares keeps the JDK's.
 */
@NullMarked
package dev.polyproc.client;

import org.jspecify.annotations.NullMarked;
