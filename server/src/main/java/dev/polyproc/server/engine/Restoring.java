package dev.polyproc.server.engine;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.polyproc.internal.v1.LineState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.RemainState;
import dev.polyproc.internal.v1.SessionState;
import dev.polyproc.internal.v1.SlotState;
import dev.polyproc.internal.v1.State;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.message.Stored;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.session.Session;
import dev.polyproc.server.engine.session.SessionRemains;
import dev.polyproc.server.engine.session.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Brings an engine into the state of a snapshot. */
final class Restoring {
  private final Engine engine;
  private final World world;

  Restoring(Engine engine) {
    this.engine = engine;
    this.world = engine.world();
  }

  void restore(State state) {
    world.clock().restore(state.getNow(), state.getOrder(), state.getToken());
    engine.restoreEntries(state.getEntries());
    engine.sessions().ended().restore(state.getEndedSessionsList());
    Map<Long, Session> sessions = new HashMap<>();
    for (SessionState saved : state.getSessionsList()) {
      Session session = new Session(world, saved);
      engine.sessions().add(session);
      sessions.put(session.number(), session);
    }
    List<SessionRemains> ended = new ArrayList<>();
    for (RemainState saved : state.getRemainsList()) {
      if (saved.hasSession()) {
        Session session = new Session(world, saved.getSession());
        SessionRemains remains = new SessionRemains(world, session);
        session.ended(remains);
        ended.add(remains);
        sessions.put(session.number(), session);
      }
    }
    Map<Long, ManagedObject> objects = new HashMap<>();
    for (ObjectState saved : state.getObjectsList()) {
      ManagedObject object = restore(saved, sessions);
      world.objects().restore(object);
      world.references().restore(object);
      objects.put(object.number(), object);
    }
    Iterator<SessionRemains> nextEnded = ended.iterator();
    for (RemainState saved : state.getRemainsList()) {
      if (saved.hasSession()) {
        world.remains().restore(nextEnded.next());
      } else {
        ManagedObject object = restore(saved.getObject(), sessions);
        objects.put(object.number(), object);
        world.remains().restore(object);
      }
    }
    state.getParkedList().forEach(saved -> restore(saved, objects));
    List<SessionState> all = new ArrayList<>(state.getSessionsList());
    state.getRemainsList().stream()
        .filter(RemainState::hasSession)
        .forEach(saved -> all.add(saved.getSession()));
    for (SessionState saved : all) {
      Window window = Objects.requireNonNull(sessions.get(saved.getNumber())).window();
      saved.getSlotsList().stream()
          .filter(slot -> !slot.getWaiting())
          .forEach(slot -> restore(window, slot, objects));
    }
    for (SessionState saved : all) {
      Session session = Objects.requireNonNull(sessions.get(saved.getNumber()));
      saved.getRetainedList().forEach(retained -> world.references().restore(session, retained));
    }
    restoreEnded(state, ended, objects);
    world.references().recount();
  }

  private static void restoreEnded(
      State state, List<SessionRemains> ended, Map<Long, ManagedObject> objects) {
    Iterator<SessionRemains> next = ended.iterator();
    for (RemainState saved : state.getRemainsList()) {
      if (saved.hasSession()) {
        SessionRemains remains = next.next();
        remains.restoreUndos();
        saved.getReturningList().stream()
            .map(objects::get)
            .filter(Objects::nonNull)
            .forEach(remains::comesBack);
      }
    }
  }

  private ManagedObject restore(ObjectState saved, Map<Long, Session> sessions) {
    ManagedObject.Header header =
        new ManagedObject.Header(
            world,
            saved.getRef(),
            saved.getLifetime(),
            saved.getCreated(),
            saved.getCreator(),
            sessions.get(saved.getSession()));
    for (Family family : engine.families()) {
      ManagedObject object = family.restore(header, saved, sessions::get);
      if (object != null) {
        return object;
      }
    }
    throw new IllegalStateException("Expected a family for " + saved.getKindCase());
  }

  private void restore(ParkedState saved, Map<Long, ManagedObject> objects) {
    Invocation call = engine.operations().restore(saved.getCall());
    if (!call.sessionId().isEmpty()) {
      call.session(engine.sessions().find(call.sessionId()));
    }
    List<Waiters<?>> lines = new ArrayList<>();
    for (LineState line : saved.getLinesList()) {
      ManagedObject object = Objects.requireNonNull(objects.get(line.getObject()));
      lines.add(object.lines().get(line.getNumber()));
    }
    long first = saved.getLines(0).getObject();
    Parked waiter =
        engine.operations().restore(call, saved, Objects.requireNonNull(objects.get(first)));
    world.waiting().restore(waiter, lines, saved);
  }

  private void restore(Window window, SlotState slot, Map<Long, ManagedObject> objects) {
    Answer reply = reply(slot, objects);
    long footprint = reply == null ? 0 : operation(slot).footprint(reply);
    window.restore(slot, reply, footprint);
  }

  private Operation operation(SlotState slot) {
    return Objects.requireNonNull(engine.operations().byNumber(slot.getMethod()));
  }

  private @Nullable Answer reply(SlotState slot, Map<Long, ManagedObject> objects) {
    switch (slot.getOutcomeCase()) {
      case ERROR:
        return Answer.of(slot.getError());
      case RESPONSE:
        DynamicMessage response = response(slot);
        ManagedObject object = objects.get(slot.getUndo().getIncarnation());
        return slot.hasUndo() && object != null
            ? Answer.of(response, object.restoreUndo(slot.getUndo()))
            : Answer.of(response);
      default:
        return null;
    }
  }

  private DynamicMessage response(SlotState slot) {
    Operation operation = operation(slot);
    try {
      return DynamicMessage.getDefaultInstance(operation.descriptor().getOutputType())
          .getParserForType()
          .parseFrom(Stored.read(slot.getResponse()));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected a response of " + operation.name(), e);
    }
  }
}
