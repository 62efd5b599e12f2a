/** Losses on embeddings and classification heads. */
@NullMarked
package dev.semblance.similarity.loss;

import org.jspecify.annotations.NullMarked;
