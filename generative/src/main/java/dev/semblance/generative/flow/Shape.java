package dev.semblance.generative.flow;

import dev.semblance.core.tensor.Check;

/**
 * The size of the nets inside couplings.
 *
 * @param width of the hidden layers
 * @param depth hidden layers of a dense net, residual blocks of a convolutional one
 * @param classes of the data; 0: not told
 */
record Shape(int width, int depth, int classes) {
  Shape {
    Check.atLeast("width", width, 1);
    Check.atLeast("depth", depth, 1);
    Check.atLeast("classes", classes, 0);
  }
}
