/** Manners with files: written whole or not at all, and what is wrong with one told in one line. */
@NullMarked
package dev.semblance.core.file;

import org.jspecify.annotations.NullMarked;
