package dev.polyproc.server.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.reflection.v1.ServerReflectionRequest;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Lets reflection find all that the contract names, such as the reasons of refusals. gRPC's own
 * service finds services, methods and messages by their names, and files: where it is asked for an
 * enum, an enum's value, a field or an extension, it is asked for the file instead.
 */
final class SymbolReflection implements ServerInterceptor {
  private final Map<String, String> files = new HashMap<>();

  /** The symbols of files, and of the files that those import. */
  SymbolReflection(Collection<FileDescriptor> roots) {
    roots.forEach(this::add);
  }

  private void add(FileDescriptor file) {
    file.getEnumTypes().forEach(this::add);
    file.getExtensions().forEach(this::add);
    file.getMessageTypes().forEach(this::add);
    file.getDependencies().forEach(this::add);
  }

  private void add(Descriptor message) {
    message.getFields().forEach(this::add);
    message.getOneofs().forEach(this::add);
    message.getEnumTypes().forEach(this::add);
    message.getNestedTypes().forEach(this::add);
  }

  private void add(EnumDescriptor type) {
    add((GenericDescriptor) type);
    // Protobuf's values are named beside their enum, not in it, as in C.
    String full = type.getFullName();
    String scope = full.substring(0, full.length() - type.getName().length());
    type.getValues().forEach(value -> files.put(scope + value.getName(), type.getFile().getName()));
  }

  private void add(GenericDescriptor symbol) {
    files.put(symbol.getFullName(), symbol.getFile().getName());
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return new SimpleForwardingServerCallListener<Q>(next.startCall(call, headers)) {
      @Override
      @SuppressWarnings("unchecked") // the same type as before
      public void onMessage(Q message) {
        super.onMessage((Q) redirect(message));
      }
    };
  }

  @SuppressWarnings("deprecation") // older tools ask for v1alpha only
  private Object redirect(Object message) {
    if (message instanceof ServerReflectionRequest request) {
      String file = files.get(request.getFileContainingSymbol());
      return file == null ? request : request.toBuilder().setFileByFilename(file).build();
    }
    if (message instanceof io.grpc.reflection.v1alpha.ServerReflectionRequest request) {
      String file = files.get(request.getFileContainingSymbol());
      return file == null ? request : request.toBuilder().setFileByFilename(file).build();
    }
    return message;
  }
}
