package dev.polyproc.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The plan of the client's house: public types on top, the rooms of {@code internal} below, and at
 * the bottom, beside the codecs, the few public types that everybody speaks of.
 */
final class Architecture {
  /** From the bottom: each knows those before it only. On top of them all are the public types. */
  static final List<String> ROOMS =
      List.of(
          "value",
          "transport",
          "wire",
          "call",
          "session",
          "request",
          "memory",
          "collection",
          "object",
          "pool");

  private final String house;
  private final Set<String> words;

  /**
   * @param words the public types that everybody may know: values and exceptions
   */
  Architecture(String house, Set<String> words) {
    this.house = house;
    this.words = words;
  }

  /** What several public types are made of, and no user can import. */
  private static final String SHARED = ".*\\.(Handle|Acquirer|ConditionHold|QueueView|OptionsView)";

  Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put(
        "a user's imports show public types only",
        classes()
            .that()
            .resideInAPackage(house)
            .and()
            .areTopLevelClasses()
            .and()
            .doNotHaveSimpleName("package-info")
            .and()
            .haveNameNotMatching(SHARED)
            .should()
            .bePublic());
    rules.put(
        "what is public says nothing of what is internal",
        classes().that().resideInAPackage(house).and().arePublic().should(beWithoutInternals()));
    rules.put(
        "what is internal knows values and exceptions only",
        noClasses()
            .that()
            .resideInAPackage(house + ".internal..")
            .should()
            .dependOnClassesThat(
                resideInAPackage(house)
                    .and(DescribedPredicate.describe("are no words", type -> !isWord(type)))));
    rules.put("rooms are free of cycles", slices().assignedFrom(rooms()).should().beFreeOfCycles());
    rules.put("a room knows only those below it", classes().should(knowOnlyWhatIsBelow()));
    return rules;
  }

  private ArchCondition<JavaClass> knowOnlyWhatIsBelow() {
    return new ArchCondition<>("know only what is below") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getDirectDependenciesFromSelf().stream()
            .filter(known -> floor(known.getTargetClass()) > floor(type))
            .forEach(
                known -> events.add(SimpleConditionEvent.violated(type, known.getDescription())));
      }
    };
  }

  /** The floor of a class; what everybody may know is beside the values. */
  private int floor(JavaClass type) {
    String inside = house + ".internal.";
    String name = type.getPackageName();
    if (name.startsWith(inside)) {
      return ROOMS.indexOf(name.substring(inside.length()));
    }
    if (name.equals(house)) {
      return isWord(type) ? ROOMS.indexOf("value") : ROOMS.size();
    }
    return -1;
  }

  private boolean isWord(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return words.contains(outer.getSimpleName());
  }

  private SliceAssignment rooms() {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass type) {
        String name = type.getPackageName();
        if (name.equals(house)) {
          return SliceIdentifier.of(isWord(type) ? "value" : "client");
        }
        return name.startsWith(house + ".internal.")
            ? SliceIdentifier.of(name.substring(house.length() + ".internal.".length()))
            : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() {
        return "the rooms of " + house;
      }
    };
  }

  private ArchCondition<JavaClass> beWithoutInternals() {
    return new ArchCondition<>("be without internals in what users see") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Stream<JavaClass> above =
            Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream());
        Stream<JavaClass> fields =
            type.getFields().stream().filter(this::isSeen).map(JavaField::getRawType);
        Stream<JavaClass> called =
            type.getCodeUnits().stream().filter(this::isSeen).flatMap(this::mentioned);
        Stream.of(above, fields, called)
            .flatMap(all -> all)
            .filter(seen -> seen.getPackageName().startsWith(house + ".internal"))
            .forEach(
                seen ->
                    events.add(
                        SimpleConditionEvent.violated(
                            type, type.getName() + " shows " + seen.getName())));
      }

      private boolean isSeen(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
            || member.getModifiers().contains(JavaModifier.PROTECTED);
      }

      private Stream<JavaClass> mentioned(JavaCodeUnit unit) {
        return Stream.concat(
            unit.getAllInvolvedRawTypes().stream(), unit.getExceptionTypes().stream());
      }
    };
  }
}
