package dev.polyproc.client.internal.wire;

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
import java.util.Set;

/**
 * A unary method as frames of {@code Attach} name it: by its permanent number, which the contract
 * gives as an option of the method.
 */
public final class Operation<Q extends MessageLite, S extends MessageLite> {
  private final int number;
  private final String name;

  /**
   * What stands once it is done: nothing takes back what they have put, sent or started, nor that
   * others have passed.
   */
  private static final Set<String> STANDING =
      Set.of(
          "QueueService/Put",
          "QueueService/PutMany",
          "PipeService/Send",
          "PoolService/Submit",
          "ProcessService/Start",
          "BarrierService/Wait");

  /** What hands something out that the daemon can take back while the reply is unconfirmed. */
  private static final Set<String> GRANTING =
      Set.of(
          "QueueService/Get",
          "QueueService/GetMany",
          "PipeService/Receive",
          "PoolService/Take",
          "PoolService/Results",
          "LockService/Acquire",
          "LockService/AcquireAll",
          "ReadWriteLockService/Acquire",
          "ConditionService/Wait",
          "SemaphoreService/Acquire",
          "SemaphoreService/Drain");

  private final Parser<S> responses;
  private final S nothing;
  private final boolean stands;
  private final boolean grants;

  private Operation(int number, String name, S nothing, Parser<S> responses) {
    this.number = number;
    this.name = name;
    this.responses = responses;
    this.nothing = nothing;
    this.grants = GRANTING.contains(name);
    this.stands = STANDING.contains(name);
  }

  public static <Q extends MessageLite, S extends MessageLite> Operation<Q, S> of(
      MethodDescriptor<Q, S> method) {
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor());
    MethodDescriptor.PrototypeMarshaller<S> marshaller =
        (MethodDescriptor.PrototypeMarshaller<S>) method.getResponseMarshaller();
    @SuppressWarnings("unchecked") // A message of type S.
    S nothing = (S) Objects.requireNonNull(marshaller.getMessagePrototype());
    @SuppressWarnings("unchecked") // Its parser.
    Parser<S> responses = (Parser<S>) nothing.getParserForType();
    return new Operation<>(
        schema.getMethodDescriptor().getOptions().getExtension(OptionsProto.number),
        method.getFullMethodName().replace("polyproc.v1.", ""),
        nothing,
        responses);
  }

  /** The operation's name, such as {@code QueueService/Put}. */
  public String name() {
    return name;
  }

  /** What is answered where nothing came in time. */
  public S nothing() {
    return nothing;
  }

  /** Whether the daemon cannot take back what it has done. */
  public boolean stands() {
    return stands;
  }

  /** Whether the call hands out something that the daemon can take back. */
  public boolean grants() {
    return grants;
  }

  /**
   * A call as {@link Call} serializes it, but for its sequence, which only the event loop knows.
   *
   * @param trailer more fields of the call, serialized: its owner, its guard
   */
  public byte[] body(Q request, byte[] trailer) {
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
  public S response(CodedInputStream bytes) throws InvalidProtocolBufferException {
    return responses.parseFrom(bytes);
  }
}
