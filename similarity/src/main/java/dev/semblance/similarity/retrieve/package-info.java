/** Search: exact and by an index on disk. */
@NullMarked
package dev.semblance.similarity.retrieve;

import org.jspecify.annotations.NullMarked;
