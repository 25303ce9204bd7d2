package dev.polyproc.broken;

/** Not for users, and among what is. */
final class Hidden {}
