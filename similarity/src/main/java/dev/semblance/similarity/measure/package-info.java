/** Distances and similarities. */
@NullMarked
package dev.semblance.similarity.measure;

import org.jspecify.annotations.NullMarked;
