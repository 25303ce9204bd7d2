package dev.polyproc.server.supervisor;

/**
 * What the supervisor tells about the processes it was asked to start.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every start is reported exactly once, as started or as failed.
 *   <li>Every started process is reported exactly once more, as exited or as killed.
 *   <li>What the process itself wrote before its end can be read when the end is reported.
 *   <li>The calls about one process come one after the other, not all on the same thread; those
 *       about others may come at the same time. They must return soon, and must not close the
 *       supervisor. Only a start that comes after {@link Supervisor#close}, or for which no thread
 *       is to be had, is refused at once, by the thread that asks.
 * </ul>
 */
public interface Reports {
  /** The process runs under this process id, which is its group's too. */
  void started(long process, long pid);

  /** The process could not be started; the sentence says why. */
  void failed(long process, String sentence);

  /**
   * The process, which had this process id, ended by itself with this code, 0 to 255.
   *
   * @param lastErrors the last that it wrote to stderr; none where the code is 0
   */
  void exited(long process, long pid, int code, byte[] lastErrors);

  /**
   * A signal of this number ended the process, which had this process id.
   *
   * @param outOfMemory whether the system sent it, as memory had run out, as far as it says
   * @param lastErrors the last that it wrote to stderr
   */
  void killed(long process, long pid, int signal, boolean outOfMemory, byte[] lastErrors);
}
