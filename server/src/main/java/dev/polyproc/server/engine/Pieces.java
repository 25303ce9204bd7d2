package dev.polyproc.server.engine;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;

/**
 * A message in pieces: merged in their order they are the message again. It is cut between the
 * elements of its repeated fields, and of those of the message that one of its oneofs has.
 */
final class Pieces<M extends Message> {
  private final M whole;
  private final int most;

  /** Takes the pieces of a message. */
  @FunctionalInterface
  interface Taker<M> {
    void take(M piece, boolean isFurther);
  }

  private Pieces(M whole, int most) {
    this.whole = whole;
    this.most = most;
  }

  /** Pieces of so many bytes, and one element more. */
  static <M extends Message> Pieces<M> of(M whole, int most) {
    return new Pieces<>(whole, most);
  }

  void forEach(Taker<M> taker) {
    Piece<M> piece = new Piece<>(whole, most, taker);
    for (Map.Entry<FieldDescriptor, Object> field : whole.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      if (descriptor.isRepeated()) {
        for (Object element : (List<?>) field.getValue()) {
          piece.next().addRepeatedField(descriptor, element);
          piece.grow(element);
        }
      } else if (descriptor.getContainingOneof() != null
          && descriptor.getJavaType() == JavaType.MESSAGE) {
        Pieces.of((Message) field.getValue(), most)
            .forEach(
                (inner, isFurther) -> {
                  piece.next().setField(descriptor, inner);
                  if (isFurther) {
                    piece.end();
                  } else {
                    piece.grow(inner);
                  }
                });
      } else {
        piece.next().setField(descriptor, field.getValue());
      }
    }
    piece.endLast();
  }

  /** The piece that is being made. */
  private static final class Piece<M extends Message> {
    private final M whole;
    private final int most;
    private final Taker<M> taker;
    private Message.Builder builder;
    private long bytes;
    private boolean isFurther;
    private boolean isEmpty = true;

    Piece(M whole, int most, Taker<M> taker) {
      this.whole = whole;
      this.most = most;
      this.taker = taker;
      this.builder = whole.newBuilderForType();
    }

    Message.Builder next() {
      isEmpty = false;
      return builder;
    }

    void grow(Object element) {
      bytes += element instanceof Message message ? message.getSerializedSize() : Long.BYTES;
      if (bytes >= most) {
        end();
      }
    }

    @SuppressWarnings("unchecked") // a builder of the whole's own type
    void end() {
      taker.take((M) builder.build(), isFurther);
      builder = whole.newBuilderForType();
      bytes = 0;
      isFurther = true;
      isEmpty = true;
    }

    /** A message that is empty is one piece. */
    void endLast() {
      if (!isEmpty || !isFurther) {
        end();
      }
    }
  }
}
