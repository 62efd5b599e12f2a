package dev.semblance.adversarial.blackbox;

import dev.semblance.core.tensor.Rng;

/**
 * Windows in an Linf ball: every value is the least or the greatest that ball and box allow. A move
 * sets a window to one of the two for each channel.
 */
final class CornerWindows implements Square.Windows {
  /** A window that stays as it is is drawn again, but not for ever: all values may be pinned. */
  private static final int DRAWS = 100;

  private final double[] least;
  private final double[] most;
  private final int channels;
  private final int rows;
  private final int columns;

  CornerWindows(Subject subject, double radius) {
    subject.refuseOtherThanPictures();
    this.least = subject.lowest(radius);
    this.most = subject.highest(radius);
    this.channels = subject.channels();
    this.rows = subject.rows();
    this.columns = subject.columns();
  }

  /** Stripes: one sign for each column of each channel. */
  @Override
  public void start(Rng rng, double[] into) {
    for (int c = 0; c < channels; c++) {
      for (int w = 0; w < columns; w++) {
        boolean up = rng.below(2) == 1;
        for (int h = 0; h < rows; h++) {
          int at = (c * rows + h) * columns + w;
          into[at] = up ? most[at] : least[at];
        }
      }
    }
  }

  @Override
  public void move(Rng rng, double share, double[] best, double[] into) {
    System.arraycopy(best, 0, into, 0, into.length);
    int side = (int) Math.max(1, Math.round(Math.sqrt(share * rows * columns)));
    int height = Math.min(side, rows);
    int width = Math.min(side, columns);
    int top = rng.below(rows - height + 1);
    int left = rng.below(columns - width + 1);
    boolean changed = false;
    for (int draw = 0; draw < DRAWS && !changed; draw++) {
      for (int c = 0; c < channels; c++) {
        boolean up = rng.below(2) == 1;
        for (int h = top; h < top + height; h++) {
          for (int w = left; w < left + width; w++) {
            int at = (c * rows + h) * columns + w;
            into[at] = up ? most[at] : least[at];
            changed |= into[at] != best[at];
          }
        }
      }
    }
  }
}
