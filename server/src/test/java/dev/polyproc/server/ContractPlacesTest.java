package dev.polyproc.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.polyproc.contract.ContractFiles;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.value.ElementSizes;
import dev.polyproc.v1.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * That what is in the contract is in all places that CONTRIBUTING.md lists, and these are there.
 */
final class ContractPlacesTest {
  private static final Predicate<String> CLASS =
      Pattern.compile("[A-Z][a-z]+([A-Z]\\w+|)").asMatchPredicate();

  /** What has no objects, and so no handle. */
  private static final Set<String> WITHOUT_OBJECTS = Set.of("Admin", "Session");

  /** What the Java client has no method for, or makes by other means. */
  private static final Set<String> NOT_IN_THE_CLIENT =
      Set.of(
          "PipeService/CloseEnd", // A handle drops its end instead.
          "ProcessService/Output", // Streams of their own.
          "QueueService/Consume",
          "ListService/Insert", // java.util.List has a place for SetSlice, and none for these.
          "ListService/Count",
          "ListService/Repeat");

  /** What is one call, and has no twin that answers a future. */
  private static final Set<String> WITHOUT_TWIN =
      Set.of(
          "ArrayService/Size", // What an array is, which does not change.
          "ArrayService/Slice", // Where several elements go, a piece of them each.
          "ArrayService/SetSlice",
          "ConditionService/Get", // Like LockService/Get.
          "ConditionService/Notify", // A condition is for the thread that holds its lock.
          "ConditionService/Wait",
          "ListService/Delete", // Where several elements go, a batch of them each.
          "ListService/DeleteSlice",
          "LatchService/Get",
          "LockService/Get", // What a handle is told of the lock itself, and does to it as a whole.
          "PoolService/CreateJob", // Where a handle is made.
          "PoolService/Fail", // What a worker does on threads of its own.
          "PoolService/FailStart",
          "PoolService/Register",
          "PoolService/Take",
          "ProcessService/Get",
          "ProcessService/Signal",
          "QueueService/Delete",
          "ReadWriteLockService/Get",
          "SemaphoreService/Get",
          "SharedMemoryService/AddWriter", // Two threads may write: these calls come one by one.
          "SharedMemoryService/RemoveWriter",
          "SharedMemoryService/Get",
          "SharedMemoryService/Locate"); // Made by whoever uses the memory first.

  /** Handles that are not called as their service is. */
  private static final Map<String, String> HANDLES = Map.of("SharedMemory", "PolySharedArray");

  /** Words that say what a constant of the Java client is. */
  private static final Pattern OPERATION =
      Pattern.compile("(\\w+)\\s*=\\s*Operation\\.of\\(\\s*(\\w+)Grpc\\.get(\\w+)Method\\(\\)\\)");

  /** How a future is made of one, in a handle. */
  private static final String ASYNC = "[aA]sync\\(\\s*(?:requestor,\\s*)?";

  /** How one is given to what makes a future of it, an {@code Acquirer} or a {@code Release}. */
  private static final String HANDED_ON =
      "(?:super\\(\\s*requestor,\\s*ref,\\s*holds|new Release<>\\()[\\s,]*";

  private record Service(String name, List<String> methods) {
    boolean hasObjects() {
      return !WITHOUT_OBJECTS.contains(name);
    }
  }

  private static List<Service> services() {
    return ContractFiles.all().stream()
        .flatMap(file -> file.getServices().stream())
        .map(ContractPlacesTest::service)
        .toList();
  }

  private static Service service(ServiceDescriptor service) {
    return new Service(
        service.getName().replaceFirst("Service$", ""),
        service.getMethods().stream().map(MethodDescriptor::getName).toList());
  }

  private static List<Path> under(String folder) throws IOException {
    return Sources.all().stream().filter(path -> path.startsWith(folder)).toList();
  }

  private static String read(Path path) throws IOException {
    return Files.readString(Sources.ROOT.resolve(path));
  }

  private static String read(String path) throws IOException {
    return read(Path.of(path));
  }

  private static String all(String folder) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path path : under(folder)) {
      text.append(read(path));
    }
    return text.toString();
  }

  @Test
  void shouldListPlacesThatAreThere() throws IOException {
    List<String> named = Sources.code("CONTRIBUTING.md");
    Set<String> classes = Sources.classes();

    assertThat(named).filteredOn(CLASS).hasSizeGreaterThan(20).allMatch(classes::contains);
    assertThat(named)
        .filteredOn(name -> name.contains(".") && name.contains("/") && !name.contains(" "))
        .hasSizeGreaterThan(10)
        .allMatch(name -> Files.exists(Sources.ROOT.resolve(name)));
  }

  @Test
  void shouldServeEveryService() {
    assertThat(new EngineFixture().engine().operations().services())
        .extracting(ContractPlacesTest::service)
        .containsExactlyInAnyOrderElementsOf(services());
  }

  @Test
  void shouldFindATestOfEveryPrimitive() throws IOException {
    assertThat(services())
        .extracting(service -> service.name() + "Test")
        .isSubsetOf(Sources.classes());
  }

  @Test
  void shouldFindEveryServiceInTheSuitesOfTheContract() throws IOException {
    String suites = all("contract-tests/src/main/java");
    String together =
        Sources.text("Contract.java")
            + Sources.text("ContractWithProcesses.java")
            + Sources.text("DaemonContractIT.java")
            + Sources.text("TlsContractIT.java");
    Predicate<String> isASuite = Pattern.compile("[A-Z]\\w+Contract").asMatchPredicate();

    assertThat(services()).allMatch(service -> suites.contains(service.name() + "ServiceGrpc"));
    assertThat(under("contract-tests/src/main/java"))
        .extracting(path -> path.getFileName().toString().replace(".java", ""))
        .filteredOn(isASuite)
        .hasSizeGreaterThan(5)
        .allMatch(name -> together.contains("extends " + name + " "));
  }

  @Test
  void shouldFindEveryMethodInTheJavaClient() throws IOException {
    String client = all("client-java/src/main/java");

    List<String> missing = new ArrayList<>();
    for (Service service : services()) {
      for (String method : service.methods()) {
        String call = service.name() + "ServiceGrpc.get" + method + "Method";
        if (!service.name().equals("Admin") && !client.contains(call)) {
          missing.add(service.name() + "Service/" + method);
        }
      }
    }
    missing.removeAll(NOT_IN_THE_CLIENT);

    assertThat(missing).containsExactly("SessionService/Open"); // Before there is a session.
  }

  @Test
  void shouldFindATwinOfEveryMethodOfAHandle() throws IOException {
    String client = all("client-java/src/main/java");
    List<String> without = new ArrayList<>();
    int found = 0;
    for (Path path : under("client-java/src/main/java")) {
      String text = read(path);
      String owner = path.getFileName().toString().replace(".java", "");
      for (Matcher constant = OPERATION.matcher(text); constant.find(); found++) {
        String name = constant.group(1);
        if (!calls(ASYNC, name, text)
            && !calls(ASYNC, owner + "\\." + name, client)
            && !calls(HANDED_ON, name, text)
            && hasHandle(constant.group(2))) {
          without.add(constant.group(2) + "/" + constant.group(3));
        }
      }
    }

    assertThat(found).isGreaterThan(50);
    assertThat(without)
        .filteredOn(method -> !method.endsWith("/Create") && !isAListing(method))
        .containsExactlyInAnyOrderElementsOf(WITHOUT_TWIN);
  }

  private static boolean calls(String method, String constant, String text) {
    return Pattern.compile(method + constant + "\\b").matcher(text).find();
  }

  private static boolean hasHandle(String service) {
    return !WITHOUT_OBJECTS.contains(service.replaceFirst("Service$", ""));
  }

  private static boolean isAListing(String method) {
    return ContractFiles.methods()
        .filter(each -> ContractFiles.name(each).equals(method))
        .anyMatch(each -> each.getInputType().findFieldByName("page_token") != null);
  }

  @Test
  void shouldFindEveryHandleWhereItIsMadeTestedAndDescribed() throws IOException {
    String toolbox = Sources.text("Toolbox.java");
    String page = read("docs/client-java.md");
    Set<String> classes = Sources.classes();

    assertThat(services())
        .filteredOn(Service::hasObjects)
        .extracting(service -> HANDLES.getOrDefault(service.name(), "Poly" + service.name()))
        .allMatch(name -> toolbox.contains("public " + name))
        .allMatch(name -> name.equals("PolyProcess") || isAValue(name, toolbox))
        .allMatch(name -> classes.contains(name + "Test"))
        .allMatch(name -> page.contains("`" + name + "`"));
  }

  /** Whether there is a codec of it: of a pipe, of its ends. */
  private static boolean isAValue(String handle, String toolbox) {
    return Pattern.compile("public .*Codec<" + handle + "(End)?\\b").matcher(toolbox).find();
  }

  @Test
  void shouldFindEveryPrimitiveOnThePages() throws IOException {
    String guarantees = read("docs/guarantees.md");
    String elsewhere = read("docs/coming-from.md");
    String changes = read("CHANGELOG.md").replaceAll("\\s+", " ");
    String help =
        read("server/src/main/resources/dev/polyproc/server/usage.txt").replaceAll("\\s+", " ");

    assertThat(services())
        .filteredOn(Service::hasObjects)
        .allMatch(service -> guarantees.contains("\n## " + service.name() + "\n"))
        .allMatch(service -> elsewhere.contains("`" + service.name() + "Service/"))
        .allMatch(service -> names(changes, service.name()))
        .allMatch(service -> names(help, service.name()));
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ELEMENT_TYPE_UNSPECIFIED", "UNRECOGNIZED"})
  void shouldFindEveryElementTypeInTheTablesWithItsSize(ElementType type) throws IOException {
    String name = type.name().replaceFirst("^ELEMENT_TYPE_", "");
    String bytes = Integer.toString(ElementSizes.of(type));
    String number = Integer.toString(type.getNumber());

    assertThat(read("proto/src/main/proto/polyproc/v1/element.proto"))
        .containsPattern("(?m)^// +" + name + " +\\S +" + bytes + " ");
    assertThat(row("docs/values.md", 0, name).get(2)).isEqualTo(bytes);
    List<String> row = row("docs/shared-memory.md", 1, name);
    assertThat(row.get(2)).isEqualTo(bytes);
    assertThat(List.of(row.get(0).split(", ", -1))).contains(number);
  }

  /** The only row of a page's tables that has a word as code in a column. */
  private static List<String> row(String page, int column, String word) throws IOException {
    List<List<String>> rows =
        read(page)
            .lines()
            .filter(line -> line.startsWith("| "))
            .map(line -> List.of(line.substring(2).split(" \\| ", -1)))
            .filter(row -> row.size() > column)
            .filter(row -> List.of(row.get(column).split(", ", -1)).contains("`" + word + "`"))
            .toList();
    assertThat(rows).as("rows of %s in %s", word, page).hasSize(1);
    return rows.get(0);
  }

  /** Whether it is there as words, in the plural if it has one, such as "read-write locks". */
  private static boolean names(String text, String primitive) {
    String words = primitive.replaceAll("(?<=[a-z])(?=[A-Z])", "[- ]").toLowerCase(Locale.ROOT);
    String ending = words.endsWith("memory") ? "" : "e?s";
    return Pattern.compile("(?i)\\b" + words + ending + "\\b").matcher(text).find();
  }

  @Test
  void shouldTakeWordsAndNotPartsOfThem() {
    assertThat(names("Queues, read-write locks and processes", "Queue")).isTrue();
    assertThat(names("Queues, read-write locks and processes", "ReadWriteLock")).isTrue();
    assertThat(names("Queues, read-write locks and processes", "Process")).isTrue();
    assertThat(names("what it prevents", "Event")).isFalse();
  }
}
