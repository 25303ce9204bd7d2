package dev.polyproc.modular.closed;

/** A record of a package that is opened to nobody, and so cannot travel. */
public record Kept(String name) {}
