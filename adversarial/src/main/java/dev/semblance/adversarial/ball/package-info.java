/** Perturbation balls: projection, steepest step, random point. */
@NullMarked
package dev.semblance.adversarial.ball;

import org.jspecify.annotations.NullMarked;
