/**
 * How far what a model draws is from the data: distances between samples, shares of what is
 * covered, tests of equality and of copying.
 *
 * <p>Everything here takes matrices of features, float64 [n, d], one row for each image, whatever
 * made them; {@link dev.semblance.generative.eval.FeatureNet} makes them by a net and names it. No
 * number here may be called FID: that is one network's, at one size, of one resize.
 */
@NullMarked
package dev.semblance.generative.eval;

import org.jspecify.annotations.NullMarked;
