/**
 * Manners for libtorch's tensors: lifetimes, checks, keyed randomness, tuning of the native
 * runtime.
 */
@NullMarked
package dev.semblance.core.tensor;

import org.jspecify.annotations.NullMarked;
