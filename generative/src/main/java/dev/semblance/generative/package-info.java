/**
 * Models of what data look like: contracts that all families share.
 *
 * <p>An image is float32 [n, c, h, w] in the units of the model's {@link
 * dev.semblance.core.nn.Preprocessing}; a point of the plane is an image of one channel, one row
 * and two columns. Everything random is keyed by (seed, image): image 7 of 64 is image 7 alone.
 */
@NullMarked
package dev.semblance.generative;

import org.jspecify.annotations.NullMarked;
