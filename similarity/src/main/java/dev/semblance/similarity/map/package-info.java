/** Maps of embeddings: from many dimensions to the two of a page. */
@NullMarked
package dev.semblance.similarity.map;

import org.jspecify.annotations.NullMarked;
