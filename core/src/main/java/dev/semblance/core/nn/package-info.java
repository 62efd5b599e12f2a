/** Networks: plain forward passes over named weights. */
@NullMarked
package dev.semblance.core.nn;

import org.jspecify.annotations.NullMarked;
