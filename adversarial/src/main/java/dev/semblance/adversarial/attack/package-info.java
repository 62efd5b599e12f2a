/** Attacks with gradients, and the engine that runs them sample by sample. */
@NullMarked
package dev.semblance.adversarial.attack;

import org.jspecify.annotations.NullMarked;
