/** k-means and its kin. */
@NullMarked
package dev.semblance.similarity.cluster;

import org.jspecify.annotations.NullMarked;
