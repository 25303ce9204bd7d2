package dev.polyproc.server.grpc;

import com.google.protobuf.Descriptors;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Operation.Kind;
import dev.polyproc.server.engine.family.Operations;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.ProtoServiceDescriptorSupplier;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The contract's services, bound by their descriptors: a new operation needs nothing here. It fails
 * when a stream or a method of the node has no handler, so that the daemon does not start.
 */
final class Binding {
  private final Gateway gateway;
  private final Operations operations;
  private final Map<String, ServerCallHandler<byte[], Message>> streams;
  private final Set<String> nodeMethods;

  /**
   * A binding.
   *
   * @param streams the handlers of the streams, by name
   * @param nodeMethods the names of the unary methods that the node serves itself
   */
  Binding(
      Gateway gateway,
      Operations operations,
      Map<String, ServerCallHandler<byte[], Message>> streams,
      Set<String> nodeMethods) {
    this.gateway = gateway;
    this.operations = operations;
    this.streams = streams;
    this.nodeMethods = nodeMethods;
  }

  List<ServerServiceDefinition> services() {
    return operations.services().stream().map(this::service).toList();
  }

  private ServerServiceDefinition service(ServiceDescriptor service) {
    List<Method> methods = service.getMethods().stream().map(Method::new).toList();
    io.grpc.ServiceDescriptor.Builder descriptor =
        io.grpc.ServiceDescriptor.newBuilder(service.getFullName())
            .setSchemaDescriptor(new ServiceSchema(service));
    methods.forEach(method -> descriptor.addMethod(method.grpc));
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(method -> definition.addMethod(method.grpc, handler(method.operation)));
    return definition.build();
  }

  private ServerCallHandler<byte[], Message> handler(Operation operation) {
    if (operation.kind() == Kind.NODE && !nodeMethods.contains(operation.name())) {
      throw new IllegalStateException(
          "Expected the node to have a handler for " + operation.name());
    }
    if (operation.kind() != Kind.STREAM) {
      return UnaryCall.handler(gateway, operation);
    }
    ServerCallHandler<byte[], Message> handler = streams.get(operation.name());
    if (handler == null) {
      throw new IllegalStateException("Expected a handler for the stream " + operation.name());
    }
    return handler;
  }

  private final class Method {
    private final Operation operation;
    private final MethodDescriptor<byte[], Message> grpc;

    Method(Descriptors.MethodDescriptor method) {
      String service = method.getService().getFullName();
      this.operation = operations.byName(method.getService().getName() + "/" + method.getName());
      this.grpc =
          MethodDescriptor.<byte[], Message>newBuilder()
              .setType(Wire.withMoreMessages(type(method)))
              .setFullMethodName(MethodDescriptor.generateFullMethodName(service, method.getName()))
              .setRequestMarshaller(Wire.BYTES)
              .setResponseMarshaller(Wire.responses(method.getOutputType()))
              .setSchemaDescriptor(new MethodSchema(method))
              .build();
    }
  }

  private static MethodType type(Descriptors.MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return method.isServerStreaming() ? MethodType.BIDI_STREAMING : MethodType.CLIENT_STREAMING;
    }
    return method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
  }

  /** What reflection asks a service for. */
  private record ServiceSchema(ServiceDescriptor service)
      implements ProtoServiceDescriptorSupplier {
    @Override
    public ServiceDescriptor getServiceDescriptor() {
      return service;
    }

    @Override
    public FileDescriptor getFileDescriptor() {
      return service.getFile();
    }
  }

  /** What reflection asks a method for. */
  private record MethodSchema(Descriptors.MethodDescriptor method)
      implements ProtoMethodDescriptorSupplier {
    @Override
    public Descriptors.MethodDescriptor getMethodDescriptor() {
      return method;
    }

    @Override
    public ServiceDescriptor getServiceDescriptor() {
      return method.getService();
    }

    @Override
    public FileDescriptor getFileDescriptor() {
      return method.getFile();
    }
  }
}
