package dev.polyproc.server.engine.process;

import dev.polyproc.server.engine.session.Credentials;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All processes, and which of them have ended. */
final class Processes {
  private final TreeMap<Long, ProcessObject> all = new TreeMap<>();
  private final TreeMap<Long, ProcessObject> ended = new TreeMap<>();
  private final Credentials credentials;

  Processes(Credentials credentials) {
    this.credentials = credentials;
  }

  /** The secrets by which sessions are tied to processes. */
  Credentials credentials() {
    return credentials;
  }

  void add(ProcessObject process) {
    all.put(process.number(), process);
  }

  /** One has ended; {@code number} grows from end to end. */
  void ended(long number, ProcessObject process) {
    ended.put(number, process);
  }

  void remove(ProcessObject process, long endOrder) {
    all.remove(process.number());
    ended.remove(endOrder);
  }

  /** The process of an incarnation; null when it is not listed any more. */
  @Nullable ProcessObject find(long incarnation) {
    return all.get(incarnation);
  }

  /** Those that were started after the one of an incarnation, in the order of their start. */
  Iterator<ProcessObject> after(long incarnation) {
    return all.tailMap(incarnation, false).values().iterator();
  }

  /** How many have not ended. */
  int living() {
    return all.size() - ended.size();
  }

  /** The one that ended first, where more than {@code most} have; null otherwise. */
  @Nullable ProcessObject oldestEnded(int most) {
    Map.Entry<Long, ProcessObject> first = ended.firstEntry();
    return first == null || ended.size() <= most ? null : first.getValue();
  }
}
