/** One training loop, learners, optimizers, schedules, checkpoints. */
@NullMarked
package dev.semblance.core.train;

import org.jspecify.annotations.NullMarked;
