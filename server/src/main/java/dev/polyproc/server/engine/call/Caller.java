package dev.polyproc.server.engine.call;

import dev.polyproc.v1.Party;

/** The session that calls, as far as its calls and what it holds have to do with it. */
public interface Caller {
  /** The number by which others see it. */
  long number();

  /** The process whose end is the session's; 0 for none. */
  long process();

  /** Says who it is, for people. */
  void introduce(Party.Builder party);

  /** Takes something into its hands. */
  void hold(Holding holding);

  /** It no longer holds that. */
  void letGo(Holding holding);

  /** Whether it has ended, though it may not have given up all that it held. */
  boolean hasEnded();

  /** Whether it has ended, and all that it was granted and had not confirmed was taken back. */
  boolean hasUndone();

  /** One of its calls waits from now on. */
  void add(Parked waiting);

  /** That call waits no longer. */
  void remove(Parked waiting);

  /** How many of its calls wait. */
  int waiting();

  /** Remembers the reply to a command until it is confirmed. */
  void record(Invocation call, Answer reply);

  /** A command has left without a reply that can be repeated: should it come again, it is new. */
  void forget(Invocation call);
}
