package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo;
import com.google.protobuf.WireFormat;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.reflection.v1.ServerReflectionResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Lets reflection tell the comments of the contract: effect, errors and repeat rule of every rpc.
 * gRPC's own service tells what generated classes know, and those know no comments. The build puts
 * a descriptor of the contract that has them beside this class; the rest of it is not told, for its
 * names of JSON would have tools print {@code previousOwnerDied} for previous_owner_died.
 */
final class CommentReflection implements ServerInterceptor {
  private static final String RESOURCE = "contract.binpb";

  /** Read when somebody asks for the first time: most daemons are never asked. */
  private static final class Contract {
    /** For each file, one that has its comments and nothing else. */
    private static final Map<String, ByteString> COMMENTS = read();

    private static Map<String, ByteString> read() {
      try (InputStream set = CommentReflection.class.getResourceAsStream(RESOURCE)) {
        Map<String, ByteString> comments = new HashMap<>();
        FileDescriptorSet.parseFrom(Objects.requireNonNull(set, RESOURCE))
            .getFileList()
            .forEach(file -> comments.put(file.getName(), only(file.getSourceCodeInfo())));
        return comments;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static ByteString only(SourceCodeInfo comments) {
      return FileDescriptorProto.newBuilder().setSourceCodeInfo(comments).build().toByteString();
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<Q, R>(call) {
          @Override
          @SuppressWarnings("unchecked") // the same type as before
          public void sendMessage(R message) {
            super.sendMessage((R) commented(message));
          }
        },
        headers);
  }

  @SuppressWarnings("deprecation") // older tools ask for v1alpha only
  private static Object commented(Object message) {
    if (message instanceof ServerReflectionResponse reply && reply.hasFileDescriptorResponse()) {
      ServerReflectionResponse.Builder builder = reply.toBuilder();
      var files = builder.getFileDescriptorResponseBuilder();
      List<ByteString> commented = commented(files.getFileDescriptorProtoList());
      files.clearFileDescriptorProto().addAllFileDescriptorProto(commented);
      return builder.build();
    }
    if (message instanceof io.grpc.reflection.v1alpha.ServerReflectionResponse reply
        && reply.hasFileDescriptorResponse()) {
      io.grpc.reflection.v1alpha.ServerReflectionResponse.Builder builder = reply.toBuilder();
      var files = builder.getFileDescriptorResponseBuilder();
      List<ByteString> commented = commented(files.getFileDescriptorProtoList());
      files.clearFileDescriptorProto().addAllFileDescriptorProto(commented);
      return builder.build();
    }
    return message;
  }

  private static List<ByteString> commented(List<ByteString> files) {
    return files.stream().map(CommentReflection::commented).toList();
  }

  /** Messages that are written one after the other are read as one. */
  private static ByteString commented(ByteString file) {
    return file.concat(Contract.COMMENTS.getOrDefault(name(file), ByteString.EMPTY));
  }

  /** The name, which is the first field that is written. */
  private static String name(ByteString file) {
    try {
      CodedInputStream fields = file.newCodedInput();
      int tag = fields.readTag();
      return WireFormat.getTagFieldNumber(tag) == FileDescriptorProto.NAME_FIELD_NUMBER
          ? fields.readString()
          : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e); // gRPC's own service wrote it
    }
  }
}
