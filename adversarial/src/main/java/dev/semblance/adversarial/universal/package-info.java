/** One perturbation that fools a model on most images at once. */
@NullMarked
package dev.semblance.adversarial.universal;

import org.jspecify.annotations.NullMarked;
