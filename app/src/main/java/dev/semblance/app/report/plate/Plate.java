package dev.semblance.app.report.plate;

/** One picture of a page and what it shows. */
public sealed interface Plate {
  /** The width it is shown at, in pixels. */
  int width();

  /** What is to be seen. */
  String caption();

  /**
   * A bitmap.
   *
   * @param file a PNG file; borrowed
   */
  @SuppressWarnings("ArrayRecordComponent") // a file's bytes, never compared
  record Png(byte[] file, int width, String caption) implements Plate {}

  /**
   * A drawing.
   *
   * @param markup an svg element, trusted
   */
  record Svg(String markup, int width, String caption) implements Plate {}
}
