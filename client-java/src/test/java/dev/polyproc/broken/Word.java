package dev.polyproc.broken;

/** Known to all. */
public final class Word {}
