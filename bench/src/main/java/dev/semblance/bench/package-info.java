/** Measurements: ratios within one run, with spread; see {@code bench/README.md}. */
@NullMarked
package dev.semblance.bench;

import org.jspecify.annotations.NullMarked;
