/** What can be seen in the codes of a model: ways between two of them, maps and grids. */
@NullMarked
package dev.semblance.generative.latent;

import org.jspecify.annotations.NullMarked;
