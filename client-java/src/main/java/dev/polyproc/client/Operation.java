package dev.polyproc.client;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.io.IOException;
import java.util.Objects;

/**
 * A unary method as frames of {@code Attach} name it: by its permanent number, which the contract
 * gives as an option of the method.
 */
final class Operation<Q extends MessageLite, S extends MessageLite> {
  private final int number;
  private final String name;
  private final Parser<S> responses;

  private Operation(int number, String name, Parser<S> responses) {
    this.number = number;
    this.name = name;
    this.responses = responses;
  }

  static <Q extends MessageLite, S extends MessageLite> Operation<Q, S> of(
      MethodDescriptor<Q, S> method) {
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor());
    MethodDescriptor.PrototypeMarshaller<S> marshaller =
        (MethodDescriptor.PrototypeMarshaller<S>) method.getResponseMarshaller();
    @SuppressWarnings("unchecked") // The parser of a message of type S.
    Parser<S> responses =
        (Parser<S>) Objects.requireNonNull(marshaller.getMessagePrototype()).getParserForType();
    return new Operation<>(
        schema.getMethodDescriptor().getOptions().getExtension(OptionsProto.number),
        method.getFullMethodName().replace("polyproc.v1.", ""),
        responses);
  }

  /** The operation's name, such as {@code QueueService/Put}. */
  String name() {
    return name;
  }

  /**
   * A call as {@link Call} serializes it, but for its sequence, which only the event loop knows.
   *
   * @param trailer more fields of the call, serialized: its owner, its guard
   */
  byte[] body(Q request, byte[] trailer) {
    int size = request.getSerializedSize();
    byte[] body =
        new byte
            [CodedOutputStream.computeUInt32Size(Call.METHOD_NUMBER_FIELD_NUMBER, number)
                + CodedOutputStream.computeTagSize(Call.REQUEST_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(size)
                + size
                + trailer.length];
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(body);
      out.writeUInt32(Call.METHOD_NUMBER_FIELD_NUMBER, number);
      out.writeMessage(Call.REQUEST_FIELD_NUMBER, request);
      out.writeRawBytes(trailer);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("Expected " + body.length + " bytes to suffice", e);
    }
    return body;
  }

  /** The response in {@code bytes}. */
  S response(CodedInputStream bytes) throws InvalidProtocolBufferException {
    return responses.parseFrom(bytes);
  }
}
