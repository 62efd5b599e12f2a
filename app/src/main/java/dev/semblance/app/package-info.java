/** The command line: the only place that knows all pillars. */
@NullMarked
package dev.semblance.app;

import org.jspecify.annotations.NullMarked;
