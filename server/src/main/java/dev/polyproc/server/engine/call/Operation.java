package dev.polyproc.server.engine.call;

import com.google.protobuf.DescriptorProtos.MethodOptions;
import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.polyproc.server.engine.message.ValueFields;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.MessageFootprint;
import dev.polyproc.v1.OptionsProto;
import org.jspecify.annotations.Nullable;

/** One method of the contract, and the handler that gives it its meaning. */
public final class Operation {
  /** The four kinds of methods, told apart by what the contract says of them. */
  public enum Kind {
    /** Changes nothing: no log entry, never recorded. */
    READ,
    /** Goes through the log. */
    COMMAND,
    /** Served by the node itself, which may issue the method as a command. */
    STREAM,
    /**
     * Unary, and served by the node itself, with what its own engine says to it: no log entry,
     * never recorded.
     */
    NODE
  }

  /** What a method does. */
  @FunctionalInterface
  public interface Handler<Q extends Message> {
    /**
     * Does it.
     *
     * @return the reply, or {@link Answer#LATER} when the call was parked
     * @throws Refusal before anything was changed
     */
    Answer handle(Q request, Invocation call);
  }

  private final MethodDescriptor descriptor;
  private final Kind kind;
  private final int number;
  private final String name;
  private final ValueFields answeredValues;
  private final MessageFootprint requests;
  private final MessageFootprint responses;
  private @Nullable Handler<Message> handler;
  private @Nullable Parser<Message> parser;
  private boolean needsSecret;

  public Operation(MethodDescriptor descriptor) {
    this.descriptor = descriptor;
    MethodOptions options = descriptor.getOptions();
    this.kind = kind(descriptor);
    this.number = options.getExtension(OptionsProto.number);
    this.name = descriptor.getService().getName() + "/" + descriptor.getName();
    this.answeredValues = ValueFields.of(descriptor.getOutputType());
    this.requests = MessageFootprint.of(descriptor.getInputType());
    this.responses = MessageFootprint.of(descriptor.getOutputType());
  }

  private static Kind kind(MethodDescriptor descriptor) {
    MethodOptions options = descriptor.getOptions();
    boolean isStream = descriptor.isServerStreaming() || descriptor.isClientStreaming();
    if (options.getExtension(OptionsProto.node)) {
      if (isStream) {
        throw new IllegalStateException(
            "Expected a unary method of the node, but " + descriptor.getFullName() + " streams");
      }
      return Kind.NODE;
    }
    if (isStream) {
      return Kind.STREAM;
    }
    return options.getIdempotencyLevel() == IdempotencyLevel.NO_SIDE_EFFECTS
        ? Kind.READ
        : Kind.COMMAND;
  }

  @SuppressWarnings("unchecked") // the prototype's type is checked against the descriptor
  public <Q extends Message> void handledBy(Q prototype, Handler<Q> handler) {
    if (prototype.getDescriptorForType() != descriptor.getInputType() || this.handler != null) {
      throw new IllegalStateException(
          "Expected one handler of " + descriptor.getInputType().getName() + " for " + name);
    }
    this.parser = DiscardUnknownFieldsParser.wrap((Parser<Message>) prototype.getParserForType());
    this.handler = (Handler<Message>) handler;
  }

  /** Each call of it gets a fresh random secret, which the log keeps with it. */
  public void needSecret() {
    needsSecret = true;
  }

  /** Whether each of its calls brings a fresh secret along: {@link Invocation#secret}. */
  public boolean needsSecret() {
    return needsSecret;
  }

  public MethodDescriptor descriptor() {
    return descriptor;
  }

  public Kind kind() {
    return kind;
  }

  /** Whether the engine is asked without an entry: see {@code Engine.read}. */
  public boolean isRead() {
    return kind == Kind.READ || kind == Kind.NODE;
  }

  /** The permanent number. */
  public int number() {
    return number;
  }

  /** The name in lists and messages: "QueueService/Put". */
  public String name() {
    return name;
  }

  /** Where its responses hold values, and with them refs. */
  public ValueFields answeredValues() {
    return answeredValues;
  }

  /** What a request takes on the heap. */
  public long footprint(Message request) {
    return requests.of(request);
  }

  /** What a reply takes on the heap. */
  public long footprint(Answer reply) {
    Message response = reply.response();
    return response == null ? reply.errorBytes() : responses.of(response);
  }

  public boolean hasHandler() {
    return handler != null;
  }

  /** Parses requests, and drops fields that the contract does not know. */
  public Parser<Message> parser() {
    if (parser == null) {
      throw new IllegalStateException("Expected a handler for " + name);
    }
    return parser;
  }

  public Answer handle(Invocation call) {
    if (handler == null) {
      throw new IllegalStateException("Expected a handler for " + name);
    }
    return handler.handle(call.request(), call);
  }
}
