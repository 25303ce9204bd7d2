package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
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
import dev.polyproc.v1.NamespaceProto;
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.NamespaceSetResponse;
import dev.polyproc.v1.Value;
import org.jspecify.annotations.Nullable;

/** NamespaceService. */
public final class NamespaceOperations implements Family {
  private final World world;

  public NamespaceOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(NamespaceProto.getDescriptor())
        .on("Create", NamespaceCreateRequest.getDefaultInstance(), this::create)
        .on("Get", NamespaceGetRequest.getDefaultInstance(), this::get)
        .on("Set", NamespaceSetRequest.getDefaultInstance(), this::set)
        .on("Delete", NamespaceDeleteRequest.getDefaultInstance(), this::delete)
        .on("Attributes", NamespaceAttributesRequest.getDefaultInstance(), this::attributes)
        .on(
            "CompareAndSet",
            NamespaceCompareAndSetRequest.getDefaultInstance(),
            this::compareAndSet)
        .on("Add", NamespaceAddRequest.getDefaultInstance(), this::add);
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasNamespace() ? new Namespace(header, state.getNamespace()) : null;
  }

  private Namespace namespace(String name, Invocation call) {
    return world.objects().find(Namespace.KIND, name, call);
  }

  private Value value(String field, Value value) {
    return Values.stored(field, value, world);
  }

  private static Entries.Key key(String attribute) {
    if (attribute.isEmpty()) {
      throw Refusal.argument(
          "attribute", "Expected the name of an attribute, but it is empty; give it one");
    }
    Texts.check("attribute", attribute);
    Value key = Value.newBuilder().setText(attribute).build();
    return new Entries.Key(key, ValueKey.of(key));
  }

  private Answer create(NamespaceCreateRequest request, Invocation call) {
    Created<Namespace> created =
        world
            .objects()
            .create(
                Namespace.KIND,
                request.getNamespace(),
                request.getLifetime(),
                call,
                () -> Shape.PLAIN,
                Namespace::new);
    return Answer.of(
        NamespaceCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer get(NamespaceGetRequest request, Invocation call) {
    Value value = namespace(request.getNamespace(), call).get(key(request.getAttribute()));
    return Answer.of(
        value == null
            ? NamespaceGetResponse.getDefaultInstance()
            : NamespaceGetResponse.newBuilder().setValue(value).build());
  }

  private Answer set(NamespaceSetRequest request, Invocation call) {
    Namespace namespace = namespace(request.getNamespace(), call);
    namespace.set(key(request.getAttribute()), value("value", request.getValue()));
    return Answer.of(NamespaceSetResponse.getDefaultInstance());
  }

  private Answer delete(NamespaceDeleteRequest request, Invocation call) {
    Namespace namespace = namespace(request.getNamespace(), call);
    if (request.getAttribute().isEmpty()) {
      throw Refusal.argument(
          "attribute",
          "Expected the name of the attribute to delete, but it is empty; AdminService/Delete"
              + " deletes the namespace itself");
    }
    Value removed = namespace.remove(key(request.getAttribute()));
    return Answer.of(NamespaceDeleteResponse.newBuilder().setDeleted(removed != null).build());
  }

  private Answer attributes(NamespaceAttributesRequest request, Invocation call) {
    Namespace namespace = namespace(request.getNamespace(), call);
    Page page =
        Page.of(Listing.of(namespace, call), request.getPageSize(), request.getPageToken(), world);
    NamespaceAttributesResponse.Builder response = NamespaceAttributesResponse.newBuilder();
    return Answer.of(
        response
            .setNextPageToken(
                page.fill(
                    namespace.after(page.after()),
                    new ReplyRoom(call, world.limits()),
                    NamespaceOperations::attribute,
                    response::addAttributes))
            .build());
  }

  private static NamespaceAttribute attribute(Entry entry) {
    return NamespaceAttribute.newBuilder()
        .setName(entry.original().getText())
        .setValue(entry.value())
        .build();
  }

  private Answer compareAndSet(NamespaceCompareAndSetRequest request, Invocation call) {
    Namespace namespace = namespace(request.getNamespace(), call);
    Entries.Key key = key(request.getAttribute());
    Value expected =
        request.hasExpected() ? Values.sought("expected", request.getExpected(), world) : null;
    Value value = request.hasValue() ? value("value", request.getValue()) : null;
    Entries.Swap swap = namespace.compareAndSet(key, expected, value, call);
    NamespaceCompareAndSetResponse.Builder response =
        NamespaceCompareAndSetResponse.newBuilder().setSwapped(swap.swapped());
    Value current = swap.current();
    if (!swap.swapped() && current != null) {
      world.references().requireRoom(call, current);
    }
    return Answer.of(current == null ? response.build() : response.setCurrent(current).build());
  }

  private Answer add(NamespaceAddRequest request, Invocation call) {
    Namespace namespace = namespace(request.getNamespace(), call);
    Entries.Key key = key(request.getAttribute());
    Value amount =
        request.hasAmount() ? Numbers.stored("amount", request.getAmount(), world) : Numbers.ONE;
    Value initial =
        request.hasInitial() ? Numbers.stored("initial", request.getInitial(), world) : null;
    return Answer.of(
        NamespaceAddResponse.newBuilder()
            .setValue(namespace.add(key, amount, initial, request.getBits(), call))
            .build());
  }
}
