package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
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
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;

/** What the model does for NamespaceService. */
final class NamespaceHandlers {
  private static final int LONGEST = 255;

  private final Model model;

  NamespaceHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("NamespaceService/Create", NamespaceCreateRequest.getDefaultInstance(), this::create)
        .on("NamespaceService/Set", NamespaceSetRequest.getDefaultInstance(), this::set)
        .on("NamespaceService/Delete", NamespaceDeleteRequest.getDefaultInstance(), this::delete)
        .on(
            "NamespaceService/CompareAndSet",
            NamespaceCompareAndSetRequest.getDefaultInstance(),
            this::compareAndSet)
        .on("NamespaceService/Add", NamespaceAddRequest.getDefaultInstance(), this::add)
        .onRead("NamespaceService/Get", NamespaceGetRequest.getDefaultInstance(), this::get)
        .onRead(
            "NamespaceService/Attributes",
            NamespaceAttributesRequest.getDefaultInstance(),
            this::attributes);
  }

  private ModelNamespace namespace(String name) {
    return model.object(ModelNamespace.class, name);
  }

  private static Value key(String attribute) {
    if (attribute.isEmpty() || attribute.length() > LONGEST) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    return Value.newBuilder().setText(attribute).build();
  }

  private void create(ModelCall call, NamespaceCreateRequest request) {
    Created<ModelNamespace> created =
        model.create(
            ModelNamespace.class,
            request.getNamespace(),
            request.getLifetime(),
            call,
            namespace -> true,
            session -> new ModelNamespace(model, request, session));
    model.done(
        call,
        Outcome.of(
            NamespaceCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void set(ModelCall call, NamespaceSetRequest request) {
    namespace(request.getNamespace()).set(key(request.getAttribute()), request.getValue());
    model.done(call, Outcome.of(NamespaceSetResponse.getDefaultInstance()));
  }

  private void delete(ModelCall call, NamespaceDeleteRequest request) {
    ModelNamespace namespace = namespace(request.getNamespace());
    boolean deleted = namespace.remove(key(request.getAttribute())) != null;
    model.done(call, Outcome.of(NamespaceDeleteResponse.newBuilder().setDeleted(deleted).build()));
  }

  private void compareAndSet(ModelCall call, NamespaceCompareAndSetRequest request) {
    ModelNamespace namespace = namespace(request.getNamespace());
    Value key = key(request.getAttribute());
    boolean swapped =
        namespace.compareAndSet(
            key,
            request.hasExpected() ? request.getExpected() : null,
            request.hasValue() ? request.getValue() : null);
    NamespaceCompareAndSetResponse.Builder response =
        NamespaceCompareAndSetResponse.newBuilder().setSwapped(swapped);
    Value current = namespace.get(key);
    if (current != null) {
      response.setCurrent(current);
    }
    model.done(call, Outcome.of(response.build()));
  }

  private void add(ModelCall call, NamespaceAddRequest request) {
    ModelNamespace namespace = namespace(request.getNamespace());
    Value sum =
        namespace.add(
            key(request.getAttribute()),
            request.hasAmount() ? request.getAmount() : null,
            request.hasInitial() ? request.getInitial() : null);
    model.done(call, Outcome.of(NamespaceAddResponse.newBuilder().setValue(sum).build()));
  }

  private Outcome get(NamespaceGetRequest request) {
    Value value = namespace(request.getNamespace()).get(key(request.getAttribute()));
    return Outcome.of(
        value == null
            ? NamespaceGetResponse.getDefaultInstance()
            : NamespaceGetResponse.newBuilder().setValue(value).build());
  }

  private Outcome attributes(NamespaceAttributesRequest request) {
    ModelPage<ValueEntry> page =
        ModelPage.of(namespace(request.getNamespace()).list(), request.getPageSize());
    NamespaceAttributesResponse.Builder response =
        NamespaceAttributesResponse.newBuilder().setNextPageToken(page.token());
    for (ValueEntry entry : page.rows()) {
      response.addAttributes(
          NamespaceAttribute.newBuilder()
              .setName(entry.getKey().getText())
              .setValue(entry.getValue()));
    }
    return Outcome.of(response.build());
  }
}
