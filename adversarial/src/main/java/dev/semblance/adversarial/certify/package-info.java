/** What is proved: that no perturbation within a bound changes a model's answer. */
@NullMarked
package dev.semblance.adversarial.certify;

import org.jspecify.annotations.NullMarked;
