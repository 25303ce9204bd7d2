package dev.polyproc.client;

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

  static DynamicNode of(Test test) {
    if (test instanceof TestSuite suite) {
      Stream<DynamicNode> tests = Collections.list(suite.tests()).stream().map(Suites::of);
      return DynamicContainer.dynamicContainer(suite.getName(), tests);
    }
    TestCase one = (TestCase) test;
    return DynamicTest.dynamicTest(one.getName(), one::runBare);
  }
}
