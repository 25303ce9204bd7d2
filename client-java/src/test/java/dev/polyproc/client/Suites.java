package dev.polyproc.client;

import com.google.common.collect.testing.testers.CollectionToStringTester;
import com.google.common.collect.testing.testers.MapToStringTester;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** The suites of guava-testlib, which are JUnit 3's, as tests that this JUnit runs and counts. */
final class Suites {
  private Suites() {}

  /**
   * The tests that want a collection's elements in its {@code toString}. Ours says what it is and
   * no more, as the elements would be calls; {@code HandlesTest} has what it says instead.
   */
  static Method[] ofContentsInToString() {
    return Stream.of(CollectionToStringTester.class, MapToStringTester.class)
        .flatMap(tester -> Arrays.stream(tester.getMethods()))
        .filter(test -> test.getName().matches("testToString_(size.*|formatting|.*[nN]ull.*)"))
        .toArray(Method[]::new);
  }

  /**
   * The tests of a suite, but those that try every sequence of a list iterator's calls, tens of
   * thousands of calls to a daemon each: of them only the one on a list of one element, unless
   * {@code -Dpolyproc.full=true} asks for all, as {@code scripts/soak} does.
   */
  static DynamicNode of(Test test) {
    if (test instanceof TestSuite suite) {
      Stream<DynamicNode> tests =
          Collections.list(suite.tests()).stream().filter(Suites::isChosen).map(Suites::of);
      return DynamicContainer.dynamicContainer(suite.getName(), tests);
    }
    TestCase one = (TestCase) test;
    return DynamicTest.dynamicTest(one.getName(), one::runBare);
  }

  private static boolean isChosen(Test test) {
    return Boolean.getBoolean("polyproc.full")
        || !(test instanceof TestCase one)
        || !one.getName().startsWith("testListIterator_fullyModifiable")
        || one.getName().contains("PolyList [collection size: one");
  }
}
