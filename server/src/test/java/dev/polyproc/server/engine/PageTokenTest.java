package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.polyproc.contract.ContractFiles;
import dev.polyproc.server.engine.object.Tokens;
import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.AdminListSessionsResponse;
import dev.polyproc.v1.ErrorReason;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A token goes on with the listing that gave it, and with no other. */
final class PageTokenTest {
  /** Requests that each list something else: a method, and what is asked for. */
  private static final List<String[]> LISTINGS =
      Stream.of(
              "AdminService/List|",
              "AdminService/List|prefix: 'd'",
              "AdminService/List|kind: OBJECT_KIND_DICT",
              "AdminService/ListSessions|",
              "AdminService/Waits|",
              "AdminService/Waits|prefix: 'e'",
              "AdminService/Waits|session: SESSION",
              "DictService/Items|dict: 'd/1'",
              "DictService/Items|dict: 'd/2'",
              "DictService/Keys|dict: 'd/1'",
              "DictService/Values|dict: 'd/1'",
              "ListService/Slice|list: 'l/1'",
              "ListService/Slice|list: 'l/2'",
              "ListService/Slice|list: 'l/1' range { start: 0 }",
              "ListService/Slice|list: 'l/1' range { start: 1 }",
              "ListService/Slice|list: 'l/1' range { stop: 3 }",
              "ListService/Slice|list: 'l/1' range { step: -1 }",
              "NamespaceService/Attributes|namespace: 'n/1'",
              "NamespaceService/Attributes|namespace: 'n/2'",
              "ProcessService/List|",
              "QueueService/List|queue: 'q/1'",
              "QueueService/List|queue: 'q/2'")
          .map(line -> line.split("\\|", 2))
          .toList();

  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  private long number;

  private static Stream<String[]> listings() {
    return LISTINGS.stream();
  }

  @BeforeEach
  void createWhatIsListed() {
    world.session("b");
    number =
        a.call(
                "AdminService/ListSessions",
                AdminListSessionsRequest.getDefaultInstance(),
                AdminListSessionsResponse.getDefaultInstance())
            .response()
            .getSessions(0)
            .getSession();
    for (int i = 1; i <= 2; i++) {
      ask("QueueService/Create", "queue: 'q/" + i + "'");
      ask("DictService/Create", "dict: 'd/" + i + "'");
      ask("ListService/Create", "list: 'l/" + i + "'");
      ask("NamespaceService/Create", "namespace: 'n/" + i + "'");
      ask("EventService/Create", "event: 'e/" + i + "'");
      call("EventService/Wait", "event: 'e/" + i + "'");
      call("ProcessService/Start", "process: 'p/" + i + "' command: 'c'");
    }
    for (int i = 1; i <= 2; i++) {
      for (int k = 1; k <= 4; k++) {
        String value = " { text: '" + k + "' }";
        ask("QueueService/Put", "queue: 'q/" + i + "' item" + value);
        ask("DictService/Set", "dict: 'd/" + i + "' key" + value + " value" + value);
        ask("ListService/Append", "list: 'l/" + i + "' value" + value);
        ask(
            "NamespaceService/Set",
            "namespace: 'n/" + i + "' attribute: '" + k + "' value" + value);
      }
    }
  }

  @Test
  void shouldTryEveryListingOfTheContract() {
    assertThat(LISTINGS)
        .extracting(listing -> listing[0])
        .containsAll(
            ContractFiles.methods()
                .filter(method -> method.getInputType().findFieldByName("page_size") != null)
                .map(ContractFiles::name)
                .toList());
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("listings")
  void shouldGoOnWithTheListingThatGaveIt(String method, String request) {
    String token = token(method, request);

    DynamicMessage second = ask(method, request + " page_size: 1 page_token: '" + token + "'");

    assertThat(elements(second))
        .isEqualTo(elements(ask(method, request + " page_size: 2")).subList(1, 2));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("listings")
  void shouldBeRefusedByEveryOtherListing(String method, String request) {
    String token = token(method, request);

    for (String[] other : LISTINGS) {
      if (other[0].equals(method) && other[1].equals(request)) {
        continue;
      }
      Pending<DynamicMessage> call = call(other[0], other[1] + " page_token: '" + token + "'");
      assertThat(call.reason())
          .as("%s %s", other[0], other[1])
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      assertThat(call.metadata()).containsEntry("field", "page_token");
      assertThat(call.sentence())
          .startsWith("Expected the next_page_token of a page before, but it is one of ")
          .contains(
              !other[0].equals(method)
                  ? "another method"
                  : isOfAnObject(method) && !name(request).equals(name(other[1]))
                      ? "another object"
                      : "asked for other elements");
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("listings")
  void shouldNeverDoMoreThanBeRefusedWhateverNumbersItHas(String method, String request) {
    String token = token(method, request);
    boolean isOfAQueue = method.startsWith("Queue");

    for (long number : List.of(-1L, Long.MIN_VALUE, Long.MAX_VALUE)) {
      for (long rank : List.of(0L, 1L, -1L, Long.MIN_VALUE, Long.MAX_VALUE)) {
        Pending<DynamicMessage> call =
            call(method, request + " page_token: '" + Tokens.with(token, rank, number) + "'");
        if (rank != 0 || number < 0) {
          assertThat(isOfAQueue || call.reason() == ErrorReason.ERROR_REASON_INVALID_ARGUMENT)
              .as("rank %s, number %s is refused", rank, number)
              .isTrue();
        }
      }
    }
    assertThat(elements(ask(method, request + " page_size: 1"))).hasSize(1);
  }

  @Test
  void shouldBeRefusedByAnObjectThatWasCreatedAnew() {
    String token = token("DictService/Keys", "dict: 'd/1'");
    ask("AdminService/Delete", "object: 'd/1'");
    ask("DictService/Create", "dict: 'd/1'");

    assertThat(call("DictService/Keys", "dict: 'd/1' page_token: '" + token + "'").sentence())
        .contains("of another object, or of one that had this name before");
  }

  @Test
  void shouldTellATokenInWhichADigitWasChanged() {
    String token = token("QueueService/List", "queue: 'q/1'");

    for (int i = 0; i < token.length(); i++) {
      String changed =
          token.substring(0, i) + (token.charAt(i) == '1' ? '2' : '1') + token.substring(i + 1);
      assertThat(call("QueueService/List", "queue: 'q/1' page_token: '" + changed + "'").sentence())
          .as(changed)
          .contains("but it is not one");
    }
  }

  private static boolean isOfAnObject(String method) {
    return !method.startsWith("Admin") && !method.startsWith("Process");
  }

  private static String name(String request) {
    return request.split("'")[1];
  }

  private String token(String method, String request) {
    DynamicMessage page = ask(method, request + " page_size: 1");
    String token =
        (String) page.getField(page.getDescriptorForType().findFieldByName("next_page_token"));
    assertThat(token).as("next_page_token of %s %s", method, request).isNotEmpty();
    return token;
  }

  private static List<?> elements(DynamicMessage page) {
    FieldDescriptor field =
        page.getDescriptorForType().getFields().stream()
            .filter(FieldDescriptor::isRepeated)
            .findFirst()
            .orElseThrow();
    return (List<?>) page.getField(field);
  }

  private DynamicMessage ask(String method, String request) {
    return call(method, request).response();
  }

  private Pending<DynamicMessage> call(String method, String request) {
    return Texted.call(a, method, request.replace("SESSION", "" + number));
  }
}
