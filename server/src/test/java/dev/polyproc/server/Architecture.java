package dev.polyproc.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.security.GeneralSecurityException;
import java.util.Calendar;
import java.util.Date;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Scanner;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.TimeZone;
import java.util.UUID;
import java.util.WeakHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The plan of a house, as rules by name.
 *
 * <pre>
 *   Main, Daemon, Assembly ──▶ everything
 *   grpc ──▶ log ──▶ engine ──▶ proto messages, java.util
 *   supervisor, memory ──▶ engine
 *
 *   in the engine: its root ──▶ queue, sync, collections, memory, process ──▶ the rooms of its core
 * </pre>
 */
final class Architecture {
  /** The rooms of the engine's core; all other packages of it are families. */
  private static final List<String> ROOMS =
      List.of(
          "refusal", "time", "message", "space", "call", "object", "value", "family", "session");

  private final String house;
  private final String engine;

  /** The plan of the house whose root package is {@code house}. */
  Architecture(String house) {
    this.house = house;
    this.engine = house + ".engine";
  }

  Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("the engine uses what is pure", pure());
    rules.put("the engine asks nobody for time, chance or surroundings", calls(Purity.ASKING));
    rules.put("the engine does not depend on the place where it runs", calls(Purity.LOCAL));
    rules.put("the engine makes no unordered collection unnoticed", Purity.noUnordered(engine));
    rules.put("the engine goes through no unordered collection", Purity.noIteration(engine));
    rules.put("only Families knows the families", onlyFamiliesKnowsFamilies());
    rules.put("families do not know each other", familiesApart());
    rules.put("no room of the engine knows its root", roomsBelowRoot());
    rules.put("log knows engine", knowsOnly("log", "engine"));
    rules.put(
        "grpc knows log, engine, supervisor and memory",
        knowsOnly("grpc", "log", "engine", "supervisor", "memory"));
    rules.put("memory knows engine", knowsOnly("memory", "engine"));
    rules.put("supervisor knows engine", knowsOnly("supervisor", "engine"));
    rules.put("only Main knows all", onlyMainKnowsAll());
    rules.put("nobody knows each other", noCycles());
    return rules;
  }

  // The engine by itself.

  private ArchRule pure() {
    return classes()
        .that()
        .resideInAPackage(engine + "..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    engine + "..",
                    "dev.polyproc.v1",
                    "dev.polyproc.internal.v1",
                    "com.google.protobuf",
                    "com.google.rpc",
                    "org.jspecify.annotations",
                    "java.lang",
                    "java.lang.invoke", // getters, found by the names of fields
                    "java.math",
                    "java.nio", // buffers; files and channels are elsewhere
                    "java.util",
                    "java.util.function",
                    "java.util.stream")
                .and(not(impure()))
                .or(keyedHash()));
  }

  /**
   * What makes the same of the same everywhere, though it lies in packages that also have chance.
   */
  private static DescribedPredicate<JavaClass> keyedHash() {
    return belongToAnyOf(Mac.class, SecretKeySpec.class, GeneralSecurityException.class);
  }

  /** What lies in those packages, and is of the world outside, or without an order. */
  private static DescribedPredicate<JavaClass> impure() {
    return belongToAnyOf(
        Thread.class,
        ThreadLocal.class,
        Runtime.class,
        Process.class,
        ProcessBuilder.class,
        ProcessHandle.class,
        ClassLoader.class,
        Random.class,
        SplittableRandom.class,
        UUID.class,
        Date.class,
        Calendar.class,
        TimeZone.class,
        java.util.Timer.class,
        java.util.TimerTask.class,
        Scanner.class,
        Properties.class,
        ServiceLoader.class,
        IdentityHashMap.class,
        WeakHashMap.class,
        Hashtable.class);
  }

  private ArchRule calls(Purity.Calls forbidden) {
    return noClasses().that().resideInAPackage(engine + "..").should().accessTargetWhere(forbidden);
  }

  private ArchRule onlyFamiliesKnowsFamilies() {
    return noClasses()
        .that(resideInAPackage(engine + "..").and(not(inAFamily())))
        .and()
        .doNotHaveFullyQualifiedName(engine + ".Families")
        .should()
        .dependOnClassesThat(inAFamily());
  }

  private DescribedPredicate<JavaClass> inAFamily() {
    return resideInAPackage(engine + ".*..").and(not(inARoom())).as("reside in a family");
  }

  private DescribedPredicate<JavaClass> inARoom() {
    return resideInAnyPackage(
        ROOMS.stream().map(room -> engine + "." + room + "..").toArray(String[]::new));
  }

  private ArchRule familiesApart() {
    DescribedPredicate<JavaClass> inAFamily = inAFamily();
    return slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return inAFamily.test(type)
                    ? SliceIdentifier.of(type.getPackageName().substring(engine.length() + 1))
                    : SliceIdentifier.ignore();
              }

              @Override
              public String getDescription() {
                return "families";
              }
            })
        .should()
        .notDependOnEachOther();
  }

  private ArchRule roomsBelowRoot() {
    return noClasses()
        .that()
        .resideInAPackage(engine + ".*..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(engine);
  }

  // The house.

  /** A part knows of the house only itself and the parts below it. */
  private ArchRule knowsOnly(String part, String... below) {
    DescribedPredicate<JavaClass> known = resideInAPackage(house + "." + part + "..");
    for (String other : below) {
      known = known.or(resideInAPackage(house + "." + other + ".."));
    }
    return noClasses()
        .that()
        .resideInAPackage(house + "." + part + "..")
        .should()
        .dependOnClassesThat(resideInAPackage(house + "..").and(not(known)))
        .allowEmptyShould(true);
  }

  private ArchRule onlyMainKnowsAll() {
    return noClasses()
        .that()
        .resideInAPackage(house + ".*..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(house);
  }

  private ArchRule noCycles() {
    return slices().matching(house + ".(**)").should().beFreeOfCycles();
  }
}
