/** Attacks that see scores or labels only, and the engine that runs them query by query. */
@NullMarked
package dev.semblance.adversarial.blackbox;

import org.jspecify.annotations.NullMarked;
