/** Learners that turn losses on embeddings into trained networks. */
@NullMarked
package dev.semblance.similarity.learn;

import org.jspecify.annotations.NullMarked;
