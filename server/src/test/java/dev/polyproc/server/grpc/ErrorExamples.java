package dev.polyproc.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.v1.ErrorReason;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Refusals of every reason, as the daemon's own code words them. */
final class ErrorExamples {
  /**
   * One refusal.
   *
   * @param call what was called, such as "QueueService/Put"
   */
  record Example(String call, String sentence) {}

  private final Map<ErrorReason, List<Example>> examples = new EnumMap<>(ErrorReason.class);
  private final Map<ErrorReason, Set<String>> details = new EnumMap<>(ErrorReason.class);

  private ErrorExamples() {}

  /** All of them, provoked anew. */
  static ErrorExamples provoked() throws Exception {
    ErrorExamples examples = new ErrorExamples();
    EngineExamples.provoke(examples);
    NodeExamples.provoke(examples);
    return examples;
  }

  List<Example> of(ErrorReason reason) {
    return examples.getOrDefault(reason, List.of());
  }

  /** The keys of all that its examples name for programs. */
  List<String> details(ErrorReason reason) {
    return List.copyOf(details.getOrDefault(reason, Set.of()));
  }

  /** Adds what a call was told; what was said before of the same call is there once. */
  void add(String call, ErrorReason reason, String sentence, Map<String, String> named) {
    Example example = new Example(call, sentence);
    List<Example> known = examples.computeIfAbsent(reason, any -> new ArrayList<>());
    if (!known.contains(example)) {
      known.add(example);
    }
    details.computeIfAbsent(reason, any -> new TreeSet<>()).addAll(named.keySet());
  }

  /** The same of a status, as it is sent. */
  void add(String call, Status status) {
    for (Any detail : status.getDetailsList()) {
      try {
        ErrorInfo info = detail.unpack(ErrorInfo.class);
        ErrorReason reason = ErrorReason.valueOf("ERROR_REASON_" + info.getReason());
        add(call, reason, status.getMessage(), info.getMetadataMap());
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
  }
}
