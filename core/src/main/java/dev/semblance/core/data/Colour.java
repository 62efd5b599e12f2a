package dev.semblance.core.data;

/** Whether the images of a set are grey or coloured. */
public enum Colour {
  /** Grey if all images of the set are stored grey, else coloured. */
  AUTOMATIC,
  /** One channel: {@code 0.299 R + 0.587 G + 0.114 B} (ITU-R BT.601). */
  GREY,
  /** Three channels, red, green, blue; grey is repeated. */
  RGB
}
