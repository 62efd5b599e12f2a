/**
 * Generative adversarial networks: a generator that makes images out of noise and a discriminator
 * that tells them from those of the data, trained against each other. Throughout, {@code d} is the
 * discriminator's raw output and {@code D = sigmoid(d)}.
 */
@NullMarked
package dev.semblance.generative.gan;

import org.jspecify.annotations.NullMarked;
