/**
 * Normalizing flows: invertible maps from data to a standard normal, with their volume change.
 *
 * <p>Forward goes from data to latent values, as densities need it; inverse draws. Every map
 * computes in the type of its input.
 */
@NullMarked
package dev.semblance.generative.flow;

import org.jspecify.annotations.NullMarked;
