/**
 * Variational autoencoders: an encoder that gives a distribution of codes, a decoder that gives one
 * of images, and bounds on the probability of an image. Pixels are in 0..1.
 */
@NullMarked
package dev.semblance.generative.vae;

import org.jspecify.annotations.NullMarked;
