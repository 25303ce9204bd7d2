package dev.polyproc.client.internal.memory;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A segment of shared memory that is mapped, until nobody refers to it. */
public final class Segment {
  private final ElementFormat format;
  private final int length;
  private final String lock;
  private final Header header;
  private final Elements elements;
  private final Blocks blocks;

  /**
   * A segment.
   *
   * @param bytes all of it
   */
  Segment(ByteBuffer bytes, ElementFormat format, SharedMemoryLocateResponse located) {
    this.header = new Header(bytes.order(ByteOrder.LITTLE_ENDIAN));
    header.require(located);
    ByteBuffer data =
        bytes.slice(Header.BYTES, bytes.capacity() - Header.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    this.format = format;
    this.length = data.capacity() >> format.shift();
    this.lock = located.getLock();
    this.elements = new Elements(data, format);
    this.blocks = new Blocks(data, format);
  }

  public ElementType type() {
    return format.type();
  }

  /** How many elements it has. */
  public int length() {
    return length;
  }

  /** The name of the lock that guards it. */
  public String lock() {
    return lock;
  }

  public Header header() {
    return header;
  }

  /** Its elements, one by one. */
  public Elements elements() {
    return elements;
  }

  /** Its elements as buffers. */
  public Blocks blocks() {
    return blocks;
  }
}
