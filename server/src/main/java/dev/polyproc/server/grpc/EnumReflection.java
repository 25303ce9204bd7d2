package dev.polyproc.server.grpc;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
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
 * Lets reflection find the contract's enums, such as the reasons of refusals. gRPC's own service
 * finds services, messages and extensions by their names, and files: where it is asked for an enum,
 * it is asked for the enum's file instead.
 */
final class EnumReflection implements ServerInterceptor {
  private final Map<String, String> files = new HashMap<>();

  /** The enums of files, and of the files that those import. */
  EnumReflection(Collection<FileDescriptor> roots) {
    roots.forEach(this::add);
  }

  private void add(FileDescriptor file) {
    for (EnumDescriptor type : file.getEnumTypes()) {
      files.put(type.getFullName(), file.getName());
    }
    file.getDependencies().forEach(this::add);
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
