/** Sets that are drawn from a seed in seconds: stroke digits, relief surfaces, plane densities. */
@NullMarked
package dev.semblance.core.data.synthetic;

import org.jspecify.annotations.NullMarked;
