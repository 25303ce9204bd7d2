package dev.polyproc.examples.migration;

/** So many pieces of an article. */
record Order(String article, int pieces) {}
