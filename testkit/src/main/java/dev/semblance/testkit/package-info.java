/** Contract tests, oracles, native-memory and golden-value helpers. */
@NullMarked
package dev.semblance.testkit;

import org.jspecify.annotations.NullMarked;
