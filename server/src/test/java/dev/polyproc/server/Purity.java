package dev.polyproc.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.BaseStream;
import java.util.stream.Collectors;

/** What the engine must not call, lest two replays differ. */
final class Purity {
  /** Time, chance, and what the process was started with. */
  static final Calls ASKING =
      new Calls(
          "ask for time, chance or surroundings",
          access ->
              is(access, System.class) && !access.getName().equals("arraycopy")
                  || is(access, Math.class, "random")
                  || is(access, StrictMath.class, "random")
                  || is(access, ByteOrder.class, "nativeOrder")
                  || is(access, Boolean.class, "getBoolean")
                  || is(access, Integer.class, "getInteger")
                  || is(access, Long.class, "getLong")
                  || is(access, java.util.Collections.class, "shuffle")
                  || is(access, Collection.class, "parallelStream")
                  || is(access, BaseStream.class, "parallel"));

  /** What differs with the user's language. */
  static final Calls LOCAL =
      new Calls(
          "depend on the default locale or charset",
          access ->
              is(access, Locale.class, "getDefault")
                  || is(access, String.class, "formatted", "getBytes")
                  || is(access, String.class, "format") && !takesLocale(access)
                  || is(access, String.class, "toLowerCase", "toUpperCase")
                      && !takesLocale(access));

  /**
   * Where hash tables are, for they are fast, and why their order is never seen.
   *
   * <p>Whether a {@link Map} that is gone through is a hash table cannot be told from class files.
   * So whoever makes one is listed, and in the listed classes every method that goes through any
   * map.
   */
  private static final Map<String, Set<String>> UNORDERED =
      Map.of(
          "LinearHashMap", Set.of("move"), // Its parts; who uses it cannot go through it.
          "Operations", Set.of(), // Looked up by number and by name.
          "Restoring", Set.of(), // Looked up by number while restoring.
          "WaitingCalls",
              Set.of(
                  "iterator", // A sorted map: the calls that wait, by number.
                  "after", // The same.
                  "endBefore", // The same.
                  "drain"), // The same.
          "Sessions", Set.of("endTiedTo"), // A sorted map.
          "Readers",
              Set.of(
                  "isHeld", // A sorted map: the holds, by token.
                  "over", // The same.
                  "lasting", // The same.
                  "areAllOf", // The same.
                  "iterator"), // The same.
          "Credentials", Set.of(), // Looked up by secret.
          "Slots", Set.of("inOrder"), // A sorted copy.
          "ValueKey", Set.of()); // Compared as a whole.

  private Purity() {}

  /** Calls of a kind. */
  static final class Calls extends DescribedPredicate<JavaAccess<?>> {
    private final Predicate<JavaAccess<?>> which;

    private Calls(String description, Predicate<JavaAccess<?>> which) {
      super(description);
      this.which = which;
    }

    @Override
    public boolean test(JavaAccess<?> access) {
      return which.test(access);
    }
  }

  private static boolean is(JavaAccess<?> access, Class<?> owner, String... names) {
    return access.getTargetOwner().isAssignableTo(owner)
        && (names.length == 0 || Set.of(names).contains(access.getName()));
  }

  private static boolean takesLocale(JavaAccess<?> access) {
    return access.getTarget().getFullName().contains(Locale.class.getName());
  }

  private static boolean makesUnordered(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return access.getName().equals(JavaConstructor.CONSTRUCTOR_NAME)
            && (owner.isEquivalentTo(HashMap.class) || owner.isEquivalentTo(HashSet.class))
        || is(access, Map.class, "of", "ofEntries", "copyOf")
        || is(access, Set.class, "of", "copyOf")
        || is(access, Collectors.class, "toSet", "toMap", "groupingBy", "toUnmodifiableMap");
  }

  private static boolean goesThrough(JavaAccess<?> access) {
    return is(access, Map.class, "entrySet", "keySet", "values", "forEach", "replaceAll")
        || is(access, Set.class, "iterator", "forEach", "stream")
        || is(access, HashSet.class, "iterator", "forEach", "stream");
  }

  /** Hash tables are made only where it is said why. */
  static ArchRule noUnordered(String engine) {
    return classes()
        .that()
        .resideInAPackage(engine + "..")
        .should(
            new Accesses(
                "make no hash table unless it is listed",
                access -> makesUnordered(access) && !UNORDERED.containsKey(outermost(access))));
  }

  /** Who makes hash tables goes through none, and through other maps only where it is said. */
  static ArchRule noIteration(String engine) {
    return classes()
        .that()
        .resideInAPackage(engine + "..")
        .should(
            new Accesses(
                "go through no map beside a hash table unless it is listed",
                access -> goesThrough(access) && isUnlisted(access)));
  }

  private static boolean isUnlisted(JavaAccess<?> access) {
    boolean makesSome =
        outermostClass(access.getOriginOwner()).getAccessesFromSelf().stream()
            .anyMatch(Purity::makesUnordered);
    Set<String> listed = UNORDERED.getOrDefault(outermost(access), Set.of());
    return makesSome && !listed.contains(method(access));
  }

  /** The method in whose text the access stands; a lambda's is the one around it. */
  private static String method(JavaAccess<?> access) {
    String name = access.getOrigin().getName();
    return name.startsWith("lambda$") ? name.split("\\$")[1] : name;
  }

  private static String outermost(JavaAccess<?> access) {
    return outermostClass(access.getOriginOwner()).getSimpleName();
  }

  private static JavaClass outermostClass(JavaClass type) {
    return type.getEnclosingClass().map(Purity::outermostClass).orElse(type);
  }

  /** A condition on what a class accesses. */
  private static final class Accesses extends ArchCondition<JavaClass> {
    private final Predicate<JavaAccess<?>> forbidden;

    Accesses(String description, Predicate<JavaAccess<?>> forbidden) {
      super(description);
      this.forbidden = forbidden;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
      type.getAccessesFromSelf().stream()
          .filter(forbidden)
          .forEach(
              access -> events.add(SimpleConditionEvent.violated(access, access.getDescription())));
    }
  }
}
