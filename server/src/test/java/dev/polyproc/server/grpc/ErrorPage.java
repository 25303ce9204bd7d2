package dev.polyproc.server.grpc;

import com.google.rpc.Code;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OptionsProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The page of all reasons for which a call fails: what the contract says, and what callers read.
 */
final class ErrorPage {
  private static final String PREFIX = "ERROR_REASON_";
  private static final Path PROTO = Path.of("proto/src/main/proto/polyproc/v1/error.proto");
  private static final Pattern VALUE =
      Pattern.compile("((?: *//[^\\n]*\\n)+) *ERROR_REASON_(\\w+) = (\\d+)");

  private static final String TOP =
      """
      # Errors

      Why a call fails, reason by reason. Decide by the reason (`google.rpc.ErrorInfo.reason`, domain
      `polyproc.dev`) and read the sentence: it says what was expected, what there is instead, and what to do.
      How a stub gets at the reason is in [stubs.md](stubs.md#errors); what an ordinary outcome is, and no error,
      in [error.proto](../proto/src/main/proto/polyproc/v1/error.proto). Errors that do not come from the daemon,
      such as UNAVAILABLE where there is none, have no reason.

      Each sentence here was made by the daemon's own code, in a test: by a call that is refused, or by the class that
      refuses such a call. The test fails when this page is behind.
      The page is written anew by `mvn -pl server -am test -Dtest=ErrorPageTest -Dpolyproc.write=true
      -Dsurefire.failIfNoSpecifiedTests=false`.
      """;

  private final ErrorExamples examples;
  private final Map<Integer, String> comments = new TreeMap<>();

  ErrorPage(ErrorExamples examples, Path root) throws IOException {
    this.examples = examples;
    Matcher values = VALUE.matcher(Files.readString(root.resolve(PROTO)));
    while (values.find()) {
      comments.put(
          Integer.valueOf(values.group(3)), values.group(1).replaceAll("\\n? *// ?", " ").strip());
    }
  }

  /** The reasons that it is about. */
  static List<ErrorReason> reasons() {
    return List.of(ErrorReason.values()).stream()
        .filter(reason -> reason != ErrorReason.UNRECOGNIZED)
        .filter(reason -> reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
        .toList();
  }

  String write() {
    StringBuilder page = new StringBuilder(TOP);
    for (ErrorReason reason : reasons()) {
      Code code = reason.getValueDescriptor().getOptions().getExtension(OptionsProto.code);
      page.append("\n## ").append(reason.name().substring(PREFIX.length())).append("\n\n");
      row(page, "code", code.name());
      page.append("|---|---|\n");
      row(page, "means", comments.getOrDefault(reason.getNumber(), ""));
      row(page, "what to do", Advice.of(reason));
      List<String> details = examples.details(reason);
      row(page, "details", details.isEmpty() ? "none" : "`" + String.join("`, `", details) + "`");
      for (ErrorExamples.Example example : examples.of(reason)) {
        row(page, "`" + example.call() + "`", example.sentence());
      }
    }
    return page.toString();
  }

  private static void row(StringBuilder page, String name, String text) {
    page.append("| ").append(name).append(" | ").append(escaped(text)).append(" |\n");
  }

  /** As it stands, in a cell of a table. */
  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*");
  }
}
