package dev.polyproc.integration;

import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The poms of all modules, as they stand there. */
final class Poms {
  private Poms() {}

  /** Where they are, from the root: that of all modules first. */
  static List<String> all() throws Exception {
    List<String> all = new ArrayList<>(List.of("pom.xml"));
    values("pom.xml", "/project/modules/module").forEach(module -> all.add(module + "/pom.xml"));
    return all;
  }

  /** What an XPath finds in one, without the blanks around it. */
  static List<String> values(String pom, String xpath) throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Launch.root().resolve(pom).toFile());
    NodeList found =
        (NodeList)
            XPathFactory.newInstance().newXPath().evaluate(xpath, document, XPathConstants.NODESET);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      values.add(found.item(i).getTextContent().strip());
    }
    return values;
  }

  /** The only such value. */
  static String value(String pom, String xpath) throws Exception {
    List<String> values = values(pom, xpath);
    if (values.size() != 1) {
      throw new AssertionError("Expected one " + xpath + " in " + pom + ", but: " + values);
    }
    return values.get(0);
  }
}
