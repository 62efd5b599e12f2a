/** Numbers with intervals. */
@NullMarked
package dev.semblance.core.eval;

import org.jspecify.annotations.NullMarked;
