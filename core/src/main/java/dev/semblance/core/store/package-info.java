/** Files: safetensors, models, atomic writing. */
@NullMarked
package dev.semblance.core.store;

import org.jspecify.annotations.NullMarked;
