package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionAttachRequest;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Bytes to requests: once, with size, fields and depth checked, so that garbage is answered as what
 * it is.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>No object is made for a field before it is known that there are at most {@code
 *       request_fields}, and in a frame at most {@code window_calls} calls.
 *   <li>Unknown fields are dropped.
 * </ul>
 */
final class RequestParser {
  /** Each level of a map is a map, an entry and a value; the request stands around them. */
  private static final int MESSAGES_PER_LEVEL = 3;

  /** A field has a tag and a content, of a byte or more each. */
  private static final int LEAST_FIELD_BYTES = 2;

  private static final Parser<SessionAttachRequest> FRAMES =
      DiscardUnknownFieldsParser.wrap(SessionAttachRequest.parser());

  private final Limits limits;
  private final int recursionLimit;

  /** Of those types only of which a request came that was large enough to be looked into. */
  private final Map<Descriptor, FieldScan.Shape> shapes = new ConcurrentHashMap<>();

  RequestParser(Limits limits) {
    this.limits = limits;
    this.recursionLimit = MESSAGES_PER_LEVEL * (limits.getValueDepth() + 1);
  }

  /** The request of an operation. */
  Message parse(Operation operation, ByteString bytes) {
    Descriptor type = operation.descriptor().getInputType();
    requireSize(bytes);
    requireFields(bytes, type);
    boolean shares = LargeValue.isAllOf(bytes, type);
    // Only a request that cannot be read needs the name, which is decoded each time.
    Message message = parse(type::getName, operation.parser(), bytes, shares);
    return shares ? LargeValue.withCopies(message) : message;
  }

  /**
   * A frame of calls; their requests share its bytes until they are parsed themselves. Its size is
   * bounded by gRPC, so that a request up to the limit has room for what stands around it.
   */
  SessionAttachRequest parseFrame(byte[] bytes) {
    ByteString frame = UnsafeByteOperations.unsafeWrap(bytes);
    requireAtMost(frame, SessionAttachRequest.CALLS_FIELD_NUMBER, "calls");
    requireAtMost(frame, SessionAttachRequest.RECEIVED_FIELD_NUMBER, "ranges of received calls");
    requireFields(frame, SessionAttachRequest.getDescriptor());
    SessionAttachRequest parsed = parse(() -> "SessionAttachRequest", FRAMES, frame, true);
    if (parsed.getReceivedBelow() < 0) {
      throw Refusal.argument(
          "received_below",
          "Expected received_below to be at most "
              + Long.MAX_VALUE
              + ", but it is "
              + Long.toUnsignedString(parsed.getReceivedBelow()));
    }
    return parsed;
  }

  /** A request of a stream that the node serves itself. */
  <M extends Message> M parse(String method, Parser<M> parser, ByteString bytes) {
    Supplier<String> type = () -> "request of " + method;
    requireSize(bytes);
    if (mayHaveTooManyFields(bytes)) {
      requireFields(bytes, parse(type, parser, ByteString.EMPTY, false).getDescriptorForType());
    }
    return parse(type, DiscardUnknownFieldsParser.wrap(parser), bytes, false);
  }

  private <M> M parse(Supplier<String> type, Parser<M> parser, ByteString bytes, boolean shares) {
    CodedInputStream input = bytes.newCodedInput();
    input.enableAliasing(shares);
    input.setRecursionLimit(recursionLimit);
    try {
      M message = parser.parseFrom(input);
      input.checkLastTagWas(0);
      return message;
    } catch (InvalidProtocolBufferException e) {
      throw malformed(type.get(), e);
    }
  }

  /** Small requests, as nearly all are, need not be looked into. */
  private boolean mayHaveTooManyFields(ByteString bytes) {
    return bytes.size() / LEAST_FIELD_BYTES > Integer.toUnsignedLong(limits.getRequestFields());
  }

  private void requireFields(ByteString bytes, Descriptor type) {
    if (!mayHaveTooManyFields(bytes)) {
      return;
    }
    long most = Integer.toUnsignedLong(limits.getRequestFields());
    FieldScan.Shape shape = shapes.computeIfAbsent(type, FieldScan.Shape::of);
    if (FieldScan.hasMore(bytes, shape, recursionLimit, most)) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
              String.format(
                  Locale.ROOT,
                  "Expected a request of at most %d fields, those of its values included, but it"
                      + " has more; send less at once, or values as bytes",
                  most))
          .with("limit", "request_fields");
    }
  }

  private void requireAtMost(ByteString frame, int field, String things) {
    int most = limits.getWindowCalls();
    if (frame.size() / LEAST_FIELD_BYTES > most && FieldScan.hasMore(frame, field, most)) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_WINDOW_FULL,
              String.format(
                  Locale.ROOT,
                  "Expected at most %d %s in a frame, but there are more; send them in several",
                  most,
                  things))
          .with("limit", "window_calls");
    }
  }

  private void requireSize(ByteString bytes) {
    if (bytes.size() > limits.getRequestBytes()) {
      throw tooLarge(bytes.size());
    }
  }

  private Refusal tooLarge(int size) {
    return new Refusal(
            ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
            String.format(
                Locale.ROOT,
                "Expected a request of at most %d bytes, but it has %d; send less at once, or start"
                    + " the daemon with a higher --limit request_bytes",
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
