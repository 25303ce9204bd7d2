package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * gRPC's own services, health and reflection: what they are sent is bounded and read as the
 * requests of the contract are, and what they send is charged as other replies are.
 */
final class Foreign implements ServerInterceptor {
  /** The largest request. */
  static final int MOST_BYTES = 1 << 10;

  /**
   * About the largest reply of reflection: a file of the contract with its comments, and the files
   * that it imports; that of health is a number.
   */
  private static final long REFLECTION_BYTES = 96 << 10;

  private static final long HEALTH_BYTES = 16;

  private final RequestParser parser;
  private final Map<String, Request> requests = new HashMap<>();

  /**
   * A message of a method's requests, whether its client sends one of them only, and how large a
   * reply may be.
   */
  private record Request(Message prototype, boolean one, long replyBytes) {}

  private Foreign(RequestParser parser, ServerServiceDefinition service) {
    this.parser = parser;
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      var descriptor = method.getMethodDescriptor();
      if (descriptor.getRequestMarshaller() instanceof PrototypeMarshaller<?> marshaller
          && marshaller.getMessagePrototype() instanceof Message prototype) {
        boolean one = descriptor.getType().clientSendsOneMessage();
        requests.put(
            descriptor.getFullMethodName(), new Request(prototype, one, replyBytes(descriptor)));
      }
    }
  }

  private static long replyBytes(MethodDescriptor<?, ?> method) {
    return Admission.HEALTH.equals(method.getServiceName()) ? HEALTH_BYTES : REFLECTION_BYTES;
  }

  /** A service of gRPC's as it is served here. */
  static ServerServiceDefinition service(RequestParser parser, ServerServiceDefinition service) {
    return withMoreMessages(
        ServerInterceptors.intercept(
            ServerInterceptors.useMarshalledMessages(service, Wire.BYTES),
            new Foreign(parser, service)));
  }

  private static ServerServiceDefinition withMoreMessages(ServerServiceDefinition service) {
    List<ServerMethodDefinition<?, ?>> methods =
        service.getMethods().stream().<ServerMethodDefinition<?, ?>>map(Foreign::withMore).toList();
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(definition::addMethod);
    return definition.build();
  }

  private static <Q, R> ServerMethodDefinition<Q, R> withMore(ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
    return ServerMethodDefinition.create(
        descriptor.toBuilder().setType(Wire.withMoreMessages(descriptor.getType())).build(),
        method.getServerCallHandler());
  }

  static Refusal tooLarge() {
    return new Refusal(
        ErrorReason.ERROR_REASON_VALUE_TOO_LARGE,
        "Expected a request of at most "
            + MOST_BYTES
            + " bytes, in few parts, as health and reflection take no larger ones, but it has"
            + " more");
  }

  @Override
  @SuppressWarnings("unchecked") // as service() made them
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return (ServerCall.Listener<Q>)
        start(
            (ServerCall<byte[], byte[]>) call,
            headers,
            (ServerCallHandler<byte[], byte[]>) (ServerCallHandler<?, ?>) next);
  }

  private ServerCall.Listener<byte[]> start(
      ServerCall<byte[], byte[]> call, Metadata headers, ServerCallHandler<byte[], byte[]> next) {
    Request request =
        Objects.requireNonNull(requests.get(call.getMethodDescriptor().getFullMethodName()));
    Charged charged = new Charged(call, request.replyBytes());
    if (!charged.outlet.hasRoom(request.replyBytes())) {
      charged.outlet.close();
      charged.refuse(charged.outlet.unread("calls", request.replyBytes()));
      return new ServerCall.Listener<>() {};
    }
    return new Reading(charged, request, next.startCall(charged, headers));
  }

  private static final class Charged extends SimpleForwardingServerCall<byte[], byte[]> {
    private final Outlet<byte[]> outlet;
    private final long replyBytes;
    private boolean refused;

    Charged(ServerCall<byte[], byte[]> call, long replyBytes) {
      super(call);
      this.replyBytes = replyBytes;
      outlet = new Outlet<>(call);
    }

    @Override
    public boolean isReady() {
      return outlet.mayTake(replyBytes);
    }

    @Override
    public void sendMessage(byte[] message) {
      if (!refused) {
        outlet.send(message, message.length);
      }
    }

    void refuse(Refusal refusal) {
      refused = true;
      Wire.close(delegate(), refusal.status());
    }
  }

  private final class Reading extends SimpleForwardingServerCallListener<byte[]> {
    private final Charged call;
    private final Request request;
    private int messages;

    Reading(Charged call, Request request, ServerCall.Listener<byte[]> listener) {
      super(listener);
      this.call = call;
      this.request = request;
    }

    @Override
    public void onMessage(byte[] message) {
      if (call.refused) {
        return;
      }
      try {
        if (++messages > 1 && request.one()) {
          throw OneRequest.malformed("there are more");
        }
        if (message.length > MOST_BYTES) {
          throw tooLarge();
        }
        super.onMessage(
            parser
                .parse(
                    call.getMethodDescriptor().getFullMethodName(),
                    request.prototype().getParserForType(),
                    UnsafeByteOperations.unsafeWrap(message))
                .toByteArray());
      } catch (Refusal refusal) {
        refuse(refusal);
      }
    }

    @Override
    public void onHalfClose() {
      if (request.one() && messages == 0 && !call.refused) {
        refuse(OneRequest.malformed("there is none"));
      }
      if (!call.refused) {
        super.onHalfClose();
      }
    }

    private void refuse(Refusal refusal) {
      call.refuse(refusal);
      super.onCancel();
    }

    @Override
    public void onCancel() {
      call.outlet.close();
      if (!call.refused) {
        super.onCancel();
      }
    }

    @Override
    public void onComplete() {
      call.outlet.close();
      if (!call.refused) {
        super.onComplete();
      }
    }

    @Override
    public void onReady() {
      if (!call.refused) {
        super.onReady();
      }
    }
  }
}
