/**
 * The contract of Polyproc: the messages and services of {@code polyproc.v1}, and what daemon and
 * client ask of files, which is for nobody else.
 */
@SuppressWarnings({"module", "requires-transitive-automatic"}) // gRPC and protobuf have no others.
module dev.polyproc.proto {
  requires transitive com.google.protobuf;
  requires transitive io.grpc;
  requires transitive io.grpc.stub;
  requires io.grpc.protobuf;
  requires static org.jspecify;

  exports dev.polyproc.v1;
  exports dev.polyproc.files to
      dev.polyproc.client,
      dev.polyproc.server;
}
