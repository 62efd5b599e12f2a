/**
 * Autoencoders: an encoder that makes a code of an image, a decoder that makes an image of a code,
 * and what keeps the pair from copying. Pixels are in 0..1.
 */
@NullMarked
package dev.semblance.generative.autoencoder;

import org.jspecify.annotations.NullMarked;
