/**
 * Diffusion and flow matching: denoisers, grids of noise levels, solvers that go down them, and the
 * model that is trained for it.
 *
 * <p>One convention throughout: a noised image is {@code x = x0 + sigma noise}, so that sigma is
 * the ratio of the noise's deviation to the image's factor in whatever process the net was trained
 * for. {@link dev.semblance.generative.diffusion.Denoiser} is the only place that knows another.
 */
@NullMarked
package dev.semblance.generative.diffusion;

import org.jspecify.annotations.NullMarked;
