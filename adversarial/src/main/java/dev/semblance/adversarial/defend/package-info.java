/** How a classifier is trained to stand attacks. */
@NullMarked
package dev.semblance.adversarial.defend;

import org.jspecify.annotations.NullMarked;
