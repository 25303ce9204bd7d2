/** A program of others that is a module. */
module dev.polyproc.modular {
  requires dev.polyproc.client;

  // Its records travel.
  opens dev.polyproc.modular to
      dev.polyproc.client;
}
