/** What every room of the house uses. */
@NullMarked
package dev.semblance.core;

import org.jspecify.annotations.NullMarked;
