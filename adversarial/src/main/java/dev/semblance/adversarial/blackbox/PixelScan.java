package dev.semblance.adversarial.blackbox;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The one-pixel candidates of an image in the order in which they are most likely to work: for
 * every pixel, from the middle outwards, the colour farthest from its own; then for every pixel the
 * second farthest; and so on. A colour equal to the pixel's own is left out.
 */
final class PixelScan {
  private final Subject subject;
  private final int levels;
  private final int channels;
  private final int pixels;
  private final int[] order;

  /** The colours of each pixel of {@link #order}, farthest first; filled when it is reached. */
  private final int[][] ranks;

  /**
   * Each channel takes {@code levels} values spread evenly over the box, 2 for the corners of
   * colour space and 256 for all grey levels.
   */
  PixelScan(Subject subject, int levels) {
    subject.refuseOtherThanPictures();
    this.subject = subject;
    this.levels = levels;
    this.channels = subject.channels();
    this.pixels = subject.width() / channels;
    if (Math.pow(levels, channels) > 1 << 24) {
      throw new IllegalArgumentException(
          "levels must leave at most 2^24 colours a pixel, got "
              + levels
              + " for "
              + channels
              + " channels; use 2 for the corners");
    }
    this.ranks = new int[pixels][];
    double middleRow = (subject.rows() - 1) / 2.0;
    double middleColumn = (subject.columns() - 1) / 2.0;
    this.order =
        IntStream.range(0, pixels)
            .boxed()
            .sorted(
                Comparator.comparingDouble(
                    p ->
                        Math.hypot(
                            p / subject.columns() - middleRow,
                            p % subject.columns() - middleColumn)))
            .mapToInt(Integer::intValue)
            .toArray();
  }

  /** How many places there are, those of the pixels' own colours included. */
  long size() {
    return (long) pixels * colours();
  }

  /** The number of colours. */
  int colours() {
    int colours = 1;
    for (int c = 0; c < channels; c++) {
      colours *= levels;
    }
    return colours;
  }

  /** The pixel at a place, row-major. */
  int pixel(long place) {
    return order[(int) (place % pixels)];
  }

  /** The grey levels, 0..255, of the colour at a place. */
  double[] colour(long place) {
    int at = (int) (place % pixels);
    int[] ranked = ranks[at];
    if (ranked == null) {
      ranked = ranked(order[at]);
      ranks[at] = ranked;
    }
    double[] colour = new double[channels];
    int code = ranked[(int) (place / pixels)];
    for (int c = channels - 1; c >= 0; c--) {
      colour[c] = 255.0 * (code % levels) / (levels - 1);
      code /= levels;
    }
    return colour;
  }

  /** Whether the colour at a place is the pixel's own, to within what grey levels tell apart. */
  boolean own(long place) {
    return distance(pixel(place), colour(place)) < 1e-6;
  }

  private int[] ranked(int pixel) {
    int colours = colours();
    double[] distance = new double[colours];
    double[] colour = new double[channels];
    for (int code = 0; code < colours; code++) {
      int rest = code;
      for (int c = channels - 1; c >= 0; c--) {
        colour[c] = 255.0 * (rest % levels) / (levels - 1);
        rest /= levels;
      }
      distance[code] = distance(pixel, colour);
    }
    return IntStream.range(0, colours)
        .boxed()
        .sorted(Comparator.comparingDouble(code -> -distance[code]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Squared, in grey levels. */
  private double distance(int pixel, double[] colour) {
    double sum = 0;
    for (int c = 0; c < channels; c++) {
      double own = 255 * (subject.image()[c * pixels + pixel] - subject.box().low());
      double gap = colour[c] - own / subject.box().width();
      sum += gap * gap;
    }
    return sum;
  }

  /** Writes a colour into an image. */
  void paint(int pixel, double[] colour, double[] image) {
    paint(subject, pixel, colour, 0, image);
  }

  /** Writes the colour that stands at {@code from} in {@code levels} into an image. */
  static void paint(Subject subject, int pixel, double[] levels, int from, double[] image) {
    int pixels = subject.width() / subject.channels();
    for (int c = 0; c < subject.channels(); c++) {
      double level = Math.rint(Math.min(Math.max(levels[from + c], 0), 255));
      image[c * pixels + pixel] =
          subject.stored(subject.box().low() + subject.box().width() * level / 255);
    }
  }
}
