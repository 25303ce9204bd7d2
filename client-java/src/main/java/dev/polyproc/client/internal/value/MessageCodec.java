package dev.polyproc.client.internal.value;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Internal;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Protobuf messages as opaque bytes, whose content type names the message. They are written
 * deterministically, so that equal messages of one program are found as equal values.
 */
public final class MessageCodec<M extends Message> implements Codec<M> {
  private final M prototype;
  private final String contentType;

  private MessageCodec(M prototype) {
    this.prototype = prototype;
    this.contentType =
        "application/x-protobuf; messageType=" + prototype.getDescriptorForType().getFullName();
  }

  static <M extends Message> Codec<M> of(Class<M> type) {
    return new MessageCodec<>(Internal.getDefaultInstance(type));
  }

  @Override
  public Value encode(M message) {
    return Value.newBuilder()
        .setOpaque(
            Opaque.newBuilder()
                .setContentType(contentType)
                .setData(serialized(Values.present(message))))
        .build();
  }

  private ByteString serialized(M message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("Expected " + bytes.length + " bytes to suffice", e);
    }
    return ByteString.copyFrom(bytes);
  }

  @Override
  public M decode(Value value) {
    if (!value.hasOpaque() || !value.getOpaque().getContentType().equals(contentType)) {
      throw new UnexpectedValueException(contentType, value);
    }
    try {
      @SuppressWarnings("unchecked") // A message's parser answers messages of its type.
      M message = (M) prototype.getParserForType().parseFrom(value.getOpaque().getData());
      return message;
    } catch (InvalidProtocolBufferException e) {
      throw new UnexpectedValueException(contentType + " that can be parsed", value);
    }
  }
}
