/** Files: safetensors, models, arrays, event files. */
@NullMarked
package dev.semblance.core.store;

import org.jspecify.annotations.NullMarked;
