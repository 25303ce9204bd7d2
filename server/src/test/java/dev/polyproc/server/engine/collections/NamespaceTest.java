package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.NamespaceAddRequest;
import dev.polyproc.v1.NamespaceAddResponse;
import dev.polyproc.v1.NamespaceAttribute;
import dev.polyproc.v1.NamespaceAttributesRequest;
import dev.polyproc.v1.NamespaceAttributesResponse;
import dev.polyproc.v1.NamespaceCompareAndSetRequest;
import dev.polyproc.v1.NamespaceCompareAndSetResponse;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceCreateResponse;
import dev.polyproc.v1.NamespaceDeleteRequest;
import dev.polyproc.v1.NamespaceDeleteResponse;
import dev.polyproc.v1.NamespaceGetRequest;
import dev.polyproc.v1.NamespaceGetResponse;
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.NamespaceSetResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NamespaceTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  @BeforeEach
  void createNamespace() {
    var created =
        call(
            "Create",
            NamespaceCreateRequest.newBuilder().setNamespace("n").build(),
            NamespaceCreateResponse.getDefaultInstance());
    assertThat(created.response().getCreated()).isTrue();
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return a.call("NamespaceService/" + method, request, prototype);
  }

  private Pending<NamespaceSetResponse> set(String attribute, Object value) {
    return call(
        "Set",
        NamespaceSetRequest.newBuilder()
            .setNamespace("n")
            .setAttribute(attribute)
            .setValue(Plain.value(value))
            .build(),
        NamespaceSetResponse.getDefaultInstance());
  }

  private Pending<NamespaceGetResponse> get(String attribute) {
    return call(
        "Get",
        NamespaceGetRequest.newBuilder().setNamespace("n").setAttribute(attribute).build(),
        NamespaceGetResponse.getDefaultInstance());
  }

  private Map<String, Object> content() {
    Map<String, Object> content = new LinkedHashMap<>();
    for (NamespaceAttribute attribute :
        call(
                "Attributes",
                NamespaceAttributesRequest.newBuilder().setNamespace("n").build(),
                NamespaceAttributesResponse.getDefaultInstance())
            .response()
            .getAttributesList()) {
      content.put(attribute.getName(), Plain.object(attribute.getValue()));
    }
    return content;
  }

  @Test
  void shouldKeepAttributesInTheOrderInWhichTheyWereSetFirst() {
    set("y", 10);
    set("x", 1);
    set("y", "ten");

    assertThat(content()).containsExactly(Map.entry("y", "ten"), Map.entry("x", 1L));
    assertThat(get("x").response().getValue().getInt()).isEqualTo(1);
    assertThat(get("z").response().hasValue()).isFalse();
    assertThat(a.inspect("n").getObject().getSummary()).isEqualTo("2 attributes");
  }

  @Test
  void shouldRemoveAttributes() {
    set("x", 1);
    var delete = NamespaceDeleteRequest.newBuilder().setNamespace("n").setAttribute("x").build();
    var response = NamespaceDeleteResponse.getDefaultInstance();

    assertThat(call("Delete", delete, response).response().getDeleted()).isTrue();
    assertThat(call("Delete", delete, response).response().getDeleted()).isFalse();
    assertThat(content()).isEmpty();
  }

  @Test
  void shouldRefuseWhatIsNoAttribute() {
    for (String attribute : new String[] {"", "x".repeat(256)}) {
      assertThat(get(attribute).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      assertThat(set(attribute, 1).reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
  }

  @Test
  void shouldChangeInOneStep() {
    var add = NamespaceAddRequest.newBuilder().setNamespace("n").setAttribute("x");
    var sum = NamespaceAddResponse.getDefaultInstance();
    assertThat(call("Add", add.build(), sum).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    add.setInitial(Plain.value(5)).setAmount(Plain.value(2));
    assertThat(call("Add", add.build(), sum).response().getValue().getInt()).isEqualTo(7);

    var swap =
        NamespaceCompareAndSetRequest.newBuilder()
            .setNamespace("n")
            .setAttribute("x")
            .setExpected(Plain.value(7));
    var swapped = NamespaceCompareAndSetResponse.getDefaultInstance();
    assertThat(call("CompareAndSet", swap.build(), swapped).response().getSwapped()).isTrue();
    assertThat(content()).as("no value removes it").isEmpty();
    assertThat(call("CompareAndSet", swap.build(), swapped).response().getSwapped()).isFalse();
  }

  @Test
  void shouldNotBeADict() {
    assertThat(a.dict("n").get("x").reason()).isEqualTo(ErrorReason.ERROR_REASON_WRONG_KIND);
    assertThat(a.dict("n").get("x").sentence())
        .isEqualTo("Expected 'n' to be a dict, but it is a namespace");
  }
}
