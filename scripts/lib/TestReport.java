import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads what Surefire and Failsafe report below a folder: names what failed and what was skipped,
 * and ends with one line of counts. Exit 1 when a test failed or none ran.
 */
final class TestReport {
  private static final int LONGEST = 200;

  private int passed;
  private int failed;
  private int skipped;

  public static void main(String[] arguments) throws Exception {
    TestReport report = new TestReport();
    for (Path file : files(Path.of(arguments[0]))) {
      report.read(file);
    }
    System.out.printf(
        "%d passed, %d failed, %d skipped%n", report.passed, report.failed, report.skipped);
    System.exit(report.failed > 0 || report.passed == 0 ? 1 : 0);
  }

  private static List<Path> files(Path folder) throws Exception {
    try (Stream<Path> files = Files.find(folder, 12, (file, attributes) -> isReport(file))) {
      return files.sorted().toList();
    }
  }

  private static boolean isReport(Path file) {
    return file.getFileName().toString().matches("TEST-.*\\.xml")
        && file.getParent().toString().matches(".*target.(surefire|failsafe|pytest)-reports");
  }

  private void read(Path file) throws Exception {
    NodeList tests =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(file.toFile())
            .getElementsByTagName("testcase");
    for (int i = 0; i < tests.getLength(); i++) {
      count((Element) tests.item(i));
    }
  }

  private void count(Element test) {
    String name = test.getAttribute("classname") + "." + test.getAttribute("name");
    NodeList children = test.getChildNodes();
    Element outcome =
        IntStream.range(0, children.getLength())
            .mapToObj(children::item)
            .filter(child -> List.of("failure", "error", "skipped").contains(child.getNodeName()))
            .map(Element.class::cast)
            .findFirst()
            .orElse(null);
    if (outcome == null) {
      passed++;
    } else if (outcome.getNodeName().equals("skipped")) {
      skipped++;
      System.out.println("skipped: " + name + message(outcome));
    } else {
      failed++;
      System.out.println("failed: " + name + message(outcome));
    }
  }

  /** The message in one line; else the first line of the stack trace, behind the exception's name. */
  private static String message(Element outcome) {
    String message = outcome.getAttribute("message").strip().replaceAll("\\s+", " ");
    if (message.isEmpty()) {
      String first = outcome.getTextContent().strip().lines().findFirst().orElse("");
      message = first.substring(first.indexOf(": ") < 0 ? 0 : first.indexOf(": ") + 2);
    }
    return " (" + (message.length() > LONGEST ? message.substring(0, LONGEST) + " ..." : message) + ")";
  }
}
