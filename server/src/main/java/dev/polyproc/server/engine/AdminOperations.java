package dev.polyproc.server.engine;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.server.engine.session.Session;
import dev.polyproc.server.engine.session.Sessions;
import dev.polyproc.v1.AdminCloseSessionRequest;
import dev.polyproc.v1.AdminCloseSessionResponse;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDeleteResponse;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.AdminListSessionsResponse;
import dev.polyproc.v1.AdminProto;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.AdminWaitsRequest;
import dev.polyproc.v1.AdminWaitsResponse;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.ObjectSummary;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.SessionSummary;
import dev.polyproc.v1.Usage;
import dev.polyproc.v1.Wait;
import dev.polyproc.v1.Waiter;
import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** AdminService. */
final class AdminOperations implements Family {
  private final Engine engine;
  private final World world;
  private final Sessions sessions;

  AdminOperations(Engine engine) {
    this.engine = engine;
    this.world = engine.world();
    this.sessions = engine.sessions();
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(AdminProto.getDescriptor())
        .on("List", AdminListRequest.getDefaultInstance(), this::list)
        .on("Describe", AdminDescribeRequest.getDefaultInstance(), this::describe)
        .on("Delete", AdminDeleteRequest.getDefaultInstance(), this::delete)
        .on("ServerInfo", AdminServerInfoRequest.getDefaultInstance(), this::serverInfo)
        .on("ListSessions", AdminListSessionsRequest.getDefaultInstance(), this::listSessions)
        .on("Waits", AdminWaitsRequest.getDefaultInstance(), this::waits)
        .on("CloseSession", AdminCloseSessionRequest.getDefaultInstance(), this::closeSession);
  }

  private Answer list(AdminListRequest request, Invocation call) {
    Page page =
        Page.of(
            Listing.of(call, request.getKindValue(), request.getPrefix()),
            request.getPageSize(),
            request.getPageToken(),
            world);
    AdminListResponse.Builder response = AdminListResponse.newBuilder();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    Iterator<ManagedObject> objects = world.objects().after(page.after());
    long last = page.after();
    for (int seen = 0; objects.hasNext(); seen++) {
      ManagedObject object = objects.next();
      world.turn().stepped(1);
      boolean isListed = matches(object, request) && !world.objects().isAboutToGo(object);
      ObjectSummary summary = isListed ? object.summarize() : null;
      if (seen == Page.MOST_SEEN
          || (summary != null
              && (response.getObjectsCount() == page.size()
                  || !room.take(summary.getSerializedSize())))) {
        response.setNextPageToken(page.token(last));
        break;
      }
      if (summary != null) {
        response.addObjects(summary);
      }
      last = object.number();
    }
    return Answer.of(response.build());
  }

  private static boolean matches(ManagedObject object, AdminListRequest request) {
    return (request.getKind() == ObjectKind.OBJECT_KIND_UNSPECIFIED
            || object.ref().getKind() == request.getKind())
        && object.name().startsWith(request.getPrefix());
  }

  private Answer describe(AdminDescribeRequest request, Invocation call) {
    ManagedObject object = world.objects().find(request.getObject(), call.incarnation());
    AdminDescribeResponse.Builder response =
        AdminDescribeResponse.newBuilder()
            .setObject(object.summarizeAll())
            .setCreator(shown(object.creator()));
    int most = world.limits().getPageSize();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(object.holders(most).stream().map(AdminOperations::shown), response::addHolders);
    int more = most - response.getHoldersCount();
    room.fill(
        world.references().holders(object, more).stream().map(AdminOperations::shown),
        response::addHolders);
    for (Waiters<?> line : object.shownLines()) {
      room.fill(
          line.describe(most - response.getWaitersCount()).map(AdminOperations::shown),
          response::addWaiters);
    }
    return Answer.of(response.build());
  }

  // What callers say of themselves, for people.

  private static Holder shown(Holder holder) {
    return holder.toBuilder().setParty(shown(holder.getParty())).build();
  }

  private static Waiter shown(Waiter waiter) {
    return waiter.toBuilder().setParty(shown(waiter.getParty())).build();
  }

  private static Party shown(Party party) {
    return party.toBuilder()
        .setOwner(Texts.shown(party.getOwner()))
        .setCallSite(Texts.shown(party.getCallSite()))
        .setClient(Texts.shown(party.getClient()))
        .build();
  }

  private static SessionSummary shown(SessionSummary session) {
    return session.toBuilder()
        .setClient(Texts.shown(session.getClient()))
        .setClientVersion(Texts.shown(session.getClientVersion()))
        .build();
  }

  private Answer delete(AdminDeleteRequest request, Invocation call) {
    ManagedObject object = world.objects().find(request.getObject(), call.incarnation());
    world.objects().delete(object);
    return Answer.of(AdminDeleteResponse.newBuilder().setRef(object.ref()).build());
  }

  /** How full the engine is; which daemon has it, and for how long, its node adds. */
  private Answer serverInfo(AdminServerInfoRequest request, Invocation call) {
    return Answer.of(
        AdminServerInfoResponse.newBuilder()
            .setLimits(world.limits())
            .setUsage(
                Usage.newBuilder()
                    .setObjects(world.objects().size())
                    .setSessions(sessions.size())
                    .setWaiters(world.waiting().size())
                    .setStoredBytes(world.budget().used())
                    .setEntries(engine.entries()))
            .build());
  }

  private Answer listSessions(AdminListSessionsRequest request, Invocation call) {
    Page page = Page.of(Listing.of(call), request.getPageSize(), request.getPageToken(), world);
    AdminListSessionsResponse.Builder response = AdminListSessionsResponse.newBuilder();
    Iterator<Session> listed = sessions.after(page.after());
    long last = page.after();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    while (listed.hasNext()) {
      Session session = listed.next();
      SessionSummary summary = shown(session.summarize());
      if (response.getSessionsCount() == page.size() || !room.take(summary.getSerializedSize())) {
        response.setNextPageToken(page.token(last));
        break;
      }
      response.addSessions(summary);
      last = session.number();
    }
    return Answer.of(response.build());
  }

  private Answer waits(AdminWaitsRequest request, Invocation call) {
    Page page =
        Page.of(
            Listing.of(call, request.getSession(), request.getPrefix()),
            request.getPageSize(),
            request.getPageToken(),
            world);
    AdminWaitsResponse.Builder response = AdminWaitsResponse.newBuilder();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    long last = page.after();
    int seen = 0;
    for (Iterator<Parked> calls = waiting(request, page); calls.hasNext(); seen++) {
      Parked parked = calls.next();
      world.turn().stepped(1);
      Wait wait = described(parked, request.getPrefix());
      if (seen == Page.MOST_SEEN
          || (wait != null
              && (response.getWaitsCount() == page.size()
                  || !room.take(wait.getSerializedSize())))) {
        return Answer.of(response.setNextPageToken(page.token(last)).build());
      }
      if (wait != null) {
        response.addWaits(wait);
      }
      last = parked.number();
    }
    return Answer.of(response.build());
  }

  private Iterator<Parked> waiting(AdminWaitsRequest request, Page page) {
    if (request.getSession() == 0) {
      return world.waiting().after(page.after());
    }
    Session session = sessions.numbered(request.getSession());
    return session == null ? Collections.emptyIterator() : session.waitingAfter(page.after());
  }

  /** A call under the first of its objects that has a prefix; null where none has. */
  private static @Nullable Wait described(Parked parked, String prefix) {
    for (Waited object : parked.seenAt()) {
      if (object.name().startsWith(prefix)) {
        return Wait.newBuilder()
            .setRef(object.ref())
            .setWaiter(shown(parked.describe(object)))
            .build();
      }
    }
    return null;
  }

  private Answer closeSession(AdminCloseSessionRequest request, Invocation call) {
    Texts.check("reason", request.getReason());
    if (request.getSession() == 0) {
      throw Refusal.argument(
          "session", "Expected the number of a session, but it is 0; ListSessions has the numbers");
    }
    Session session = sessions.numbered(request.getSession());
    if (session == null) {
      throw Refusal.sessionNotFound(
          (world.clock().isBeforeStart(request.getSession())
                  ? "the daemon was restarted since one had number "
                  : "no live session has number ")
              + Long.toUnsignedString(request.getSession())
              + "; ListSessions has those that live");
    }
    SessionSummary closed = shown(session.summarize());
    String reason = request.getReason();
    sessions.end(
        session,
        "it was closed by AdminService/CloseSession" + (reason.isEmpty() ? "" : ": " + reason));
    return Answer.of(AdminCloseSessionResponse.newBuilder().setSession(closed).build());
  }
}
