package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract as the daemon tells it: with the comments that say effect, errors and repeat rule.
 */
final class ReflectionIT {
  private static final int LARGEST_REPLY = 4_000_000;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @Test
  void shouldTellTheCommentOfEveryMethod() throws Exception {
    Map<String, String> comments = comments();

    assertThat(ContractMethods.methods())
        .isNotEmpty()
        .allSatisfy(
            method ->
                assertThat(comments.get(method.getFullName()))
                    .as(method.getFullName())
                    .contains("Errors", "Repeating"));
  }

  @Test
  void shouldTellTheFilesThatClassesAreGeneratedFrom() throws Exception {
    for (FileDescriptor file : files()) {
      FileDescriptorProto told = FileDescriptorProto.parseFrom(file(file.getName()));

      assertThat(told.hasSourceCodeInfo()).as(file.getName()).isTrue();
      assertThat(told.toBuilder().clearSourceCodeInfo().build())
          .isEqualTo(FileDescriptorProto.parseFrom(file.toProto().toByteString()));
    }
  }

  @Test
  void shouldShowCommentsInTheShell() {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    Grpcurl grpcurl = Grpcurl.over(daemon.get().socket());

    assertThat(grpcurl.run("describe", "polyproc.v1.QueueService.Put").output())
        .contains(
            "// Puts an item at the tail, or where", "// Errors: OBJECT_NOT_FOUND", "// Repeating");
    assertThat(grpcurl.run("describe", "polyproc.v1.QueuePutRequest").output())
        .contains("// How long to wait for room; absent: for ever, zero: not at all.");
    assertThat(grpcurl.run("describe", "polyproc.v1.ErrorReason").output()).contains("// ");
  }

  private static List<FileDescriptor> files() {
    return ContractMethods.methods().map(method -> method.getFile()).distinct().toList();
  }

  /** What stands before every rpc of the contract. */
  private static Map<String, String> comments() throws InvalidProtocolBufferException {
    Map<String, String> comments = new HashMap<>();
    for (FileDescriptor file : files()) {
      FileDescriptorProto told = FileDescriptorProto.parseFrom(file(file.getName()));
      for (Location location : told.getSourceCodeInfo().getLocationList()) {
        List<Integer> path = location.getPathList();
        if (path.size() == 4
            && path.get(0) == FileDescriptorProto.SERVICE_FIELD_NUMBER
            && path.get(2) == ServiceDescriptorProto.METHOD_FIELD_NUMBER) {
          ServiceDescriptorProto service = told.getService(path.get(1));
          String method = service.getMethod(path.get(3)).getName();
          comments.put(
              told.getPackage() + "." + service.getName() + "." + method,
              location.getLeadingComments());
        }
      }
    }
    return comments;
  }

  private static ByteString file(String name) {
    ServerReflectionResponse reply = Later.get(ask(name));
    assertThat(reply.getSerializedSize()).isLessThan(LARGEST_REPLY);
    return reply.getFileDescriptorResponse().getFileDescriptorProto(0);
  }

  private static CompletableFuture<ServerReflectionResponse> ask(String file) {
    Client client = daemon.client();
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(client.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse reply) {
                    answer.complete(reply);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setFileByFilename(file).build());
    requests.onCompleted();
    return answer.whenComplete((reply, failure) -> client.close());
  }
}
