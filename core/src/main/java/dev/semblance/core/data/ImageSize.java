package dev.semblance.core.data;

import dev.semblance.core.tensor.Check;

/** The height and width that the images of a set are brought to. */
public sealed interface ImageSize {
  /**
   * What the set suggests: the size of its images where they agree and no side passes 256;
   * otherwise square, the side being the median of the shorter sides but at most 128.
   */
  record Automatic() implements ImageSize {}

  /** The given size in pixels, each at least 1. */
  record Exactly(int height, int width) implements ImageSize {
    public Exactly {
      Check.atLeast("height", height, 1);
      Check.atLeast("width", width, 1);
    }
  }

  /** {@link Automatic}. */
  static ImageSize automatic() {
    return new Automatic();
  }

  /** {@code side} by {@code side} pixels. */
  static ImageSize square(int side) {
    return new Exactly(side, side);
  }
}
