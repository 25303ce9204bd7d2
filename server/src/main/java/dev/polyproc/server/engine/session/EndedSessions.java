package dev.polyproc.server.engine.session;

import dev.polyproc.internal.v1.EndedSession;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why the sessions ended that ended last without their own word: for whoever still calls in one.
 */
public final class EndedSessions {
  /** How many are remembered. A cause has some 320 characters at most. */
  public static final int MOST = 256;

  private final Map<String, String> causes = new LinkedHashMap<>();

  void add(String session, String cause) {
    causes.put(session, cause);
    if (causes.size() > MOST) {
      Iterator<String> oldest = causes.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** Why a session ended; null when that is not remembered. */
  @Nullable String cause(String session) {
    return causes.get(session);
  }

  public List<EndedSession> save() {
    return causes.entrySet().stream()
        .map(
            ended ->
                EndedSession.newBuilder()
                    .setSession(ended.getKey())
                    .setCause(ended.getValue())
                    .build())
        .toList();
  }

  public void restore(List<EndedSession> saved) {
    saved.forEach(ended -> add(ended.getSession(), ended.getCause()));
  }
}
