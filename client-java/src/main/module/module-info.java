/**
 * Polyproc for Java. What is for users is {@link dev.polyproc.client}; a program's module reads the
 * contract's messages and gRPC with it. A module whose records travel opens their packages to this
 * one.
 */
module dev.polyproc.client {
  requires transitive dev.polyproc.proto;
  requires io.grpc.netty.shaded;
  requires java.logging;
  requires jdk.net;
  requires static org.jspecify;

  // What automatic modules need and cannot say: gRPC's Guava, and Netty's direct memory.
  requires com.google.common.util.concurrent.internal;
  requires jdk.unsupported;

  exports dev.polyproc.client;

  uses dev.polyproc.client.Embedded.Provider;
}
