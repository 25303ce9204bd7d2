package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page for those who come from elsewhere names only what there is. */
final class ComingFromIT {
  private static final Pattern OURS =
      Pattern.compile(
          "`((?:\\w*Poly\\w*|QueueOptions|ItemOptions|DeadLetters|Toolbox|Hold|Delivery|ProcessStarter)\\.\\w+\\([^)`]*\\))");
  private static final Pattern RPC = Pattern.compile("\\b(\\w+Service/\\w+)");

  private static List<String> named(Pattern pattern, String page) {
    return pattern.matcher(page).results().map(result -> result.group(1)).distinct().toList();
  }

  @Test
  void shouldNameMethodsOfTheClientThatThereAre() throws Exception {
    List<String> methods = named(OURS, Document.at("docs/coming-from.md").text());

    assertThat(methods).hasSizeGreaterThan(30);
    for (String method : methods) {
      MatchResult parts =
          Pattern.compile("(\\w+)\\.(\\w+)\\((.*)\\)")
              .matcher(method)
              .results()
              .findFirst()
              .orElseThrow();
      Class<?> type = Class.forName("dev.polyproc.client." + parts.group(1));
      String given = parts.group(3);
      long arguments = given.isEmpty() ? 0 : given.split(",").length;
      assertThat(
              Arrays.stream(type.getMethods())
                  .filter(candidate -> candidate.getName().equals(parts.group(2)))
                  .filter(candidate -> candidate.getParameterCount() == arguments))
          .as(method)
          .isNotEmpty();
    }
  }

  @Test
  void shouldNameRpcsThatThereAre() throws Exception {
    var there =
        ContractMethods.methods()
            .map(method -> method.getService().getName() + "/" + method.getName())
            .collect(Collectors.toSet());

    assertThat(named(RPC, Document.at("docs/coming-from.md").text()))
        .hasSizeGreaterThan(30)
        .isSubsetOf(there);
  }
}
