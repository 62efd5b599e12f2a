/** Image sets, their readers and synthetic kin, samplers and augmentation. */
@NullMarked
package dev.semblance.core.data;

import org.jspecify.annotations.NullMarked;
