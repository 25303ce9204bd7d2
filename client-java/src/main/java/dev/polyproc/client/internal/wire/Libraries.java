package dev.polyproc.client.internal.wire;

import com.google.protobuf.Message;
import dev.polyproc.v1.ServerInfo;
import java.security.CodeSource;

/** Says in a sentence that a library is too old, before the first of our classes fails with it. */
public final class Libraries {
  private Libraries() {}

  /**
   * Loads a class of the contract.
   *
   * @throws IllegalStateException when it does not run on the protobuf-java of the class path
   */
  public static void require() {
    try {
      ServerInfo.getDescriptor();
    } catch (LinkageError | RuntimeException e) {
      throw new IllegalStateException(
          "Expected protobuf-java 3.25.5 or later on the class path, any 4 included, but "
              + found()
              + " does not run the contract's classes; raise the version that the program pins ("
              + e
              + ")",
          e);
    }
  }

  private static String found() {
    try {
      CodeSource source = Message.class.getProtectionDomain().getCodeSource();
      return source == null ? "the one there" : String.valueOf(source.getLocation());
    } catch (LinkageError e) {
      return "the one there";
    }
  }
}
