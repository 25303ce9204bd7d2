package dev.polyproc.server.engine.call;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.polyproc.v1.Limits;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The room in a reply of several elements.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A reply of two elements or more is at most {@code page_bytes} as a whole, on the wire, and
 *       at most what its caller takes.
 *   <li>The first element has room always, so that a listing goes on; but for one that is more than
 *       its caller takes, which is refused.
 * </ul>
 */
public final class ReplyRoom {
  /**
   * For what stands around the elements, in bytes: the token of the next page, and what Cancel and
   * Attach put around the reply of a call.
   */
  public static final int AROUND = 64;

  private final Invocation call;
  private long left;
  private boolean isEmpty = true;

  public ReplyRoom(Invocation call, Limits limits) {
    this.call = call;
    this.left = Math.min(limits.getPageBytes(), call.mostReplyBytes()) - AROUND;
  }

  /**
   * Takes the room of the next element, where there is enough.
   *
   * @param bytes its serialized size
   */
  public boolean take(long bytes) {
    long whole = 1 + CodedOutputStream.computeUInt64SizeNoTag(bytes) + bytes;
    if (isEmpty) {
      call.requireFits(bytes);
    } else if (whole > left) {
      return false;
    }
    isEmpty = false;
    left -= whole;
    return true;
  }

  /** Adds elements while there is room for them. */
  public <M extends MessageLite> void fill(Stream<M> elements, Consumer<M> add) {
    elements.takeWhile(element -> take(element.getSerializedSize())).forEach(add);
  }
}
