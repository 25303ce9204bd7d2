package dev.polyproc.server.engine.session;

import dev.polyproc.internal.v1.SessionState;
import dev.polyproc.internal.v1.SlotState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.object.OrderedTable;
import dev.polyproc.server.engine.object.Retained;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionSummary;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The unit of life: who calls, what it holds, which of its calls wait, and which replies it has not
 * confirmed.
 */
public final class Session implements OrderedTable.Row<String>, Caller {
  /** What it takes beside its texts, with its place in the tables. */
  private static final long BYTES = 1_000;

  private final SessionState identity;
  private final Window window;
  private final TreeMap<Long, Parked> parked = new TreeMap<>();
  private final Map<Long, Holding> holdings = new TreeMap<>();
  private long attachment;
  private @Nullable SessionRemains remains;

  /** A session as it is opened or restored; the replies that it remembers come later. */
  public Session(World world, SessionState identity) {
    this.identity =
        identity.toBuilder()
            .clearForgottenBelow()
            .clearReceived()
            .clearSlots()
            .clearRetained()
            .build();
    this.attachment = identity.getAttachment();
    this.window = new Window(world, identity);
  }

  static SessionState identity(
      String id, long number, long opened, long timeToLive, long process, SessionOpenRequest who) {
    return SessionState.newBuilder()
        .setSession(id)
        .setNumber(number)
        .setClient(who.getClient())
        .setClientVersion(who.getClientVersion())
        .setPid(who.getProcess().getPid())
        .setTimeToLive(timeToLive)
        .setOpened(opened)
        .setProcess(process)
        .build();
  }

  /** What it takes out of the budget, beside what it holds and remembers. */
  static long footprint(SessionOpenRequest who) {
    return footprint(who.getClient(), who.getClientVersion());
  }

  public long footprint() {
    return footprint(identity.getClient(), identity.getClientVersion());
  }

  private static long footprint(String client, String version) {
    return BYTES + Footprint.of(client) + Footprint.of(version);
  }

  /** The id: a secret. */
  @Override
  public String key() {
    return identity.getSession();
  }

  @Override
  public long number() {
    return identity.getNumber();
  }

  long timeToLive() {
    return identity.getTimeToLive();
  }

  @Override
  public long process() {
    return identity.getProcess();
  }

  /** It has ended; what it held is given up from now on. */
  public void ended(SessionRemains what) {
    remains = what;
  }

  @Override
  public boolean hasEnded() {
    return remains != null;
  }

  @Override
  public boolean hasUndone() {
    return remains != null && !remains.hasUndos();
  }

  public long attachment() {
    return attachment;
  }

  void attach(long number) {
    attachment = number;
  }

  public Window window() {
    return window;
  }

  @Override
  public void introduce(Party.Builder party) {
    party.setSession(number()).setClient(identity.getClient()).setPid(identity.getPid());
  }

  @Override
  public void hold(Holding holding) {
    holdings.put(holding.number(), holding);
  }

  @Override
  public void letGo(Holding holding) {
    holdings.remove(holding.number());
  }

  /** What it took first of what it holds; null when it holds nothing. */
  @Nullable Holding oldest() {
    return holdings.isEmpty() ? null : holdings.values().iterator().next();
  }

  @Override
  public void add(Parked waiting) {
    parked.put(waiting.number(), waiting);
    if (waiting.call().isRecorded()) {
      window.waiting(waiting.call(), waiting);
    }
  }

  @Override
  public void remove(Parked waiting) {
    parked.remove(waiting.number());
  }

  @Override
  public void record(Invocation call, Answer reply) {
    window.record(call, reply);
  }

  @Override
  public void forget(Invocation call) {
    window.forgetWaiting(call.sequence());
  }

  @Override
  public int waiting() {
    return parked.size();
  }

  /** Its calls that wait, as they are now, in the order in which they began to. */
  public Collection<Parked> waitingCalls() {
    return parked.values();
  }

  /** Those of its calls that began to wait after the one of a number. */
  public Iterator<Parked> waitingAfter(long number) {
    return parked.tailMap(number, false).values().iterator();
  }

  /** What it is now, in a message that is made later: until then it shares its replies. */
  public Supplier<SessionState> save() {
    SessionState.Builder state = identity.toBuilder().setAttachment(attachment);
    List<Supplier<SlotState>> slots = window.save(state);
    holdings.values().stream()
        .filter(Retained.class::isInstance)
        .forEach(held -> state.addRetained(((Retained) held).save()));
    SessionState rest = state.build();
    return () -> {
      SessionState.Builder whole = rest.toBuilder();
      slots.forEach(slot -> whole.addSlots(slot.get()));
      return whole.build();
    };
  }

  public SessionSummary summarize() {
    return SessionSummary.newBuilder()
        .setSession(number())
        .setClient(identity.getClient())
        .setClientVersion(identity.getClientVersion())
        .setPid(identity.getPid())
        .setTimeToLive(Times.duration(timeToLive()))
        .setOpened(Times.timestamp(identity.getOpened()))
        .setHoldings(holdings.size())
        .setWaiting(parked.size())
        .build();
  }
}
