/** One idea each, one {@code main()} each. */
@NullMarked
package dev.semblance.examples;

import org.jspecify.annotations.NullMarked;
