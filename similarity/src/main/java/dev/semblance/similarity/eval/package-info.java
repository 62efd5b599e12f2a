/** Retrieval, clustering and verification metrics. */
@NullMarked
package dev.semblance.similarity.eval;

import org.jspecify.annotations.NullMarked;
