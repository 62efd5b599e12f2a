/** Selection of pairs and triplets. */
@NullMarked
package dev.semblance.similarity.mine;

import org.jspecify.annotations.NullMarked;
