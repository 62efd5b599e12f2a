/** What an attacker sees of a model. */
@NullMarked
package dev.semblance.adversarial.access;

import org.jspecify.annotations.NullMarked;
