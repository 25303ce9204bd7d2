package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.call.Invocation;
import java.util.Arrays;

/**
 * What is listed: by which method, of which object, under which conditions. Pages with the same
 * listing are pages of the same whole.
 *
 * @param method the number of the method
 * @param object the incarnation of the object whose elements are listed; 0 where the objects,
 *     sessions, processes or waits of the daemon are
 * @param conditions a hash of what the request says of which elements are listed
 */
public record Listing(int method, long object, int conditions) {
  /**
   * A listing of the daemon's.
   *
   * @param conditions fields of the request: numbers, texts and whether they are set
   */
  public static Listing of(Invocation call, Object... conditions) {
    return new Listing(call.operation().number(), 0, hash(conditions));
  }

  /**
   * A listing of an object's elements.
   *
   * @param conditions fields of the request: numbers, texts and whether they are set
   */
  public static Listing of(ManagedObject object, Invocation call, Object... conditions) {
    return new Listing(call.operation().number(), object.number(), hash(conditions));
  }

  /** FNV-1a: what differs in a digit differs. */
  private static int hash(Object... conditions) {
    String text = Arrays.toString(conditions);
    int hash = 0x811C9DC5;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x01000193;
    }
    return hash;
  }

  /** In which way another one is not this one. */
  String unlike(Listing other) {
    if (other.method != method) {
      return "it is one of another method";
    }
    if (other.object != object) {
      return "it is one of another object, or of one that had this name before";
    }
    return "it is one of a request that asked for other elements";
  }
}
