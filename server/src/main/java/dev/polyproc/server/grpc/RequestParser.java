package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.server.engine.Operation;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionAttachRequest;
import java.util.Locale;

/**
 * Bytes to requests: once, with size and depth checked, so that garbage is answered as what it is.
 * Unknown fields are dropped.
 */
final class RequestParser {
  /** Each level of a map is a map, an entry and a value; the request stands around them. */
  private static final int MESSAGES_PER_LEVEL = 3;

  private final Limits limits;
  private final int recursionLimit;

  RequestParser(Limits limits) {
    this.limits = limits;
    this.recursionLimit = MESSAGES_PER_LEVEL * (limits.getValueDepth() + 1);
  }

  /** The request of an operation. */
  Message parse(Operation operation, ByteString bytes) {
    return parse(operation.descriptor().getInputType().getName(), operation.parser(), bytes, false);
  }

  /**
   * A frame of calls; their requests share its bytes until they are parsed themselves. Its size is
   * bounded by gRPC, so that a request up to the limit has room for what stands around it.
   */
  SessionAttachRequest parseFrame(byte[] bytes) {
    return parse(
        "SessionAttachRequest",
        SessionAttachRequest.parser(),
        UnsafeByteOperations.unsafeWrap(bytes),
        true);
  }

  /** A request of a stream that the node serves itself. */
  <M extends Message> M parse(String method, Parser<M> parser, ByteString bytes) {
    return parse("request of " + method, parser, bytes, false);
  }

  private <M> M parse(String type, Parser<M> parser, ByteString bytes, boolean frame) {
    if (!frame && bytes.size() > limits.getRequestBytes()) {
      throw tooLarge(bytes.size());
    }
    CodedInputStream input = bytes.newCodedInput();
    input.enableAliasing(frame);
    input.setRecursionLimit(recursionLimit);
    try {
      M message = parser.parseFrom(input);
      input.checkLastTagWas(0);
      return message;
    } catch (InvalidProtocolBufferException e) {
      throw malformed(type, e);
    }
  }

  private Refusal tooLarge(int size) {
    return new Refusal(
            ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
            String.format(
                Locale.ROOT,
                "Expected a request of at most %d bytes, but it has %d",
                limits.getRequestBytes(),
                size))
        .with("limit", "request_bytes");
  }

  private Refusal malformed(String type, InvalidProtocolBufferException e) {
    String why = String.valueOf(e.getMessage());
    // The library tells the two apart by its words only.
    if (why.contains("nesting")) {
      return new Refusal(
          ErrorReason.ERROR_REASON_NESTED_TOO_DEEP,
          "Expected values that nest at most "
              + limits.getValueDepth()
              + " deep, but they go deeper");
    }
    return new Refusal(
        ErrorReason.ERROR_REASON_MALFORMED_REQUEST,
        "Expected the bytes of a " + type + ", but they are not: " + why);
  }
}
