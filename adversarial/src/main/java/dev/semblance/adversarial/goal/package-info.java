/** What counts as fooled. */
@NullMarked
package dev.semblance.adversarial.goal;

import org.jspecify.annotations.NullMarked;
