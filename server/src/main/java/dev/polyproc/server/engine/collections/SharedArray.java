package dev.polyproc.server.engine.collections;

import com.google.protobuf.ByteString;
import dev.polyproc.internal.v1.ArrayState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.object.LockName;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ObjectKind;

/**
 * An array: so many elements of one type.
 *
 * <p><b>Invariant</b>: it has as many bytes as its elements take.
 */
final class SharedArray extends PassiveObject {
  static final Kind<SharedArray> KIND = new Kind<>(ObjectKind.OBJECT_KIND_ARRAY, SharedArray.class);

  private final ElementFormat format;
  private final byte[] elements;
  private final String lock;

  /** An array of what is in {@code elements}, which is its own from now on. */
  SharedArray(Header header, ElementFormat format, byte[] elements, String lock) {
    super(header);
    this.format = format;
    this.elements = elements;
    this.lock = lock;
  }

  static SharedArray restored(Header header, ArrayState state) {
    return new SharedArray(
        header,
        ElementFormat.of(state.getType()),
        state.getElements().toByteArray(),
        state.getLock());
  }

  static Shape shape(ElementFormat format, long length, String lock) {
    return Shape.PLAIN
        .with("type", format.name())
        .with("length", Long.toUnsignedString(length))
        .with("lock", lock);
  }

  @Override
  protected Shape shape() {
    return shape(format, length(), lock);
  }

  /** The name of the lock that guards it. */
  String lockName() {
    return LockName.of(name(), lock);
  }

  ElementFormat format() {
    return format;
  }

  int length() {
    return elements.length / format.size();
  }

  /** The element at an index, as Python counts. */
  Element at(long index) {
    return new Place(Positions.of(index, length(), this));
  }

  /** The positions of a range. */
  Slice slice(ListRange range) {
    return Positions.of(range, length(), this);
  }

  /** The element at a position. */
  long get(int position) {
    return format.read(elements, position * format.size());
  }

  /** Replaces the element at a position. */
  void set(int position, long bits) {
    format.write(elements, position * format.size(), bits);
  }

  /** One of its elements. */
  private final class Place implements Element {
    private final int position;

    Place(int position) {
      this.position = position;
    }

    @Override
    public ManagedObject object() {
      return SharedArray.this;
    }

    @Override
    public ElementFormat format() {
      return format;
    }

    @Override
    public long get() {
      return SharedArray.this.get(position);
    }

    @Override
    public void set(long bits) {
      SharedArray.this.set(position, bits);
    }
  }

  @Override
  protected long furtherBytes() {
    return Footprint.of(lock) + elements.length;
  }

  @Override
  protected String summary() {
    return length() + " elements of " + format.name();
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setArray(
        ArrayState.newBuilder()
            .setType(format.type())
            .setElements(ByteString.copyFrom(elements))
            .setLock(lock));
  }

  @Override
  protected void check() {
    World.require(elements.length % format.size() == 0, "an array has whole elements");
  }
}
