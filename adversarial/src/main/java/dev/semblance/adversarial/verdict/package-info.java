/** How far a measured robustness can be believed. */
@NullMarked
package dev.semblance.adversarial.verdict;

import org.jspecify.annotations.NullMarked;
