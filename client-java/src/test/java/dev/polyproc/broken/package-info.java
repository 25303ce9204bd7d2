/** What breaks the rules of the client's architecture, each once. */
package dev.polyproc.broken;
