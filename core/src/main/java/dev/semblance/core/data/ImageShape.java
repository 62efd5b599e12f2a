package dev.semblance.core.data;

import dev.semblance.core.tensor.Check;

/** The size of an image: channels (1 grey, 3 colour), height and width in pixels. */
public record ImageShape(int channels, int height, int width) {
  public ImageShape {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException(
          "channels must be 1 (grey) or 3 (colour), got " + channels);
    }
    Check.atLeast("height", height, 1);
    Check.atLeast("width", width, 1);
  }

  @Override
  public String toString() {
    return channels + "x" + height + "x" + width;
  }
}
