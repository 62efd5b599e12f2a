package dev.semblance.core.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * One map of a net that is a chain of them. The set is closed: who follows something else than
 * values through a net, such as intervals, knows them all.
 */
public sealed interface Layer permits Linear, Conv2d, Relu, MaxPool, Flatten {
  /** The map, differentiable; the input is left as it is. */
  Tensor apply(Tensor input);
}
