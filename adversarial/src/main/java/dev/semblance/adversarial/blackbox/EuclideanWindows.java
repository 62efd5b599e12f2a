package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.L2;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Rng;

/**
 * Windows in an L2 ball: a move takes what a second window had of the perturbation, and what is
 * left of the radius, into the first window, shaped as two opposite heaps.
 */
@Source(key = "andriushchenko2020square", where = "Algorithm 3")
final class EuclideanWindows implements Square.Windows {
  /** So that whoever measures the stored values in float32 finds them inside, as {@link L2}. */
  private static final double INSIDE = 1 - 1e-6;

  private static final double NEVER_ZERO = 1e-12;
  private static final int TILES = 5;

  private final Subject subject;
  private final double radius;
  private final int channels;
  private final int rows;
  private final int columns;

  EuclideanWindows(Subject subject, double radius) {
    subject.refuseOtherThanPictures();
    this.subject = subject;
    this.radius = radius;
    this.channels = subject.channels();
    this.rows = subject.rows();
    this.columns = subject.columns();
    if (rows < TILES || columns < TILES) {
      throw new IllegalArgumentException(
          "images must have at least 5x5 pixels for squares in l2, got " + rows + "x" + columns);
    }
  }

  /** Five by five tiles, each channel of each with its own sign. */
  @Override
  public void start(Rng rng, double[] into) {
    double[] delta = new double[into.length];
    int side = Math.min(rows, columns) / TILES;
    int offset = (Math.min(rows, columns) - TILES * side) / 2;
    for (int top = offset; top + side <= rows; top += side) {
      for (int left = offset; left + side <= columns; left += side) {
        double[] heaps = heaps(side, rng.below(2) == 1);
        for (int c = 0; c < channels; c++) {
          double sign = rng.below(2) == 1 ? 1 : -1;
          for (int k = 0; k < heaps.length; k++) {
            delta[at(c, top + k / side, left + k % side)] = sign * heaps[k];
          }
        }
      }
    }
    place(delta, into);
  }

  @Override
  public void move(Rng rng, double share, double[] best, double[] into) {
    double[] delta = new double[into.length];
    double square = 0;
    for (int i = 0; i < delta.length; i++) {
      delta[i] = best[i] - subject.image()[i];
      square += delta[i] * delta[i];
    }
    int side = side(share);
    int top = rng.below(rows - side + 1);
    int left = rng.below(columns - side + 1);
    int fromTop = rng.below(rows - side + 1);
    int fromLeft = rng.below(columns - side + 1);
    double[] heaps = heaps(side, rng.below(2) == 1);
    double unused = Math.max(0, radius * radius - square) / channels;
    for (int c = 0; c < channels; c++) {
      double sign = rng.below(2) == 1 ? 1 : -1;
      double first = Math.sqrt(squares(delta, c, top, left, side));
      double[] window = new double[side * side];
      double length = 0;
      for (int k = 0; k < window.length; k++) {
        double old = delta[at(c, top + k / side, left + k % side)];
        window[k] = sign * heaps[k] + old / (NEVER_ZERO + first);
        length += window[k] * window[k];
      }
      double both = first * first;
      for (int h = fromTop; h < fromTop + side; h++) {
        for (int w = fromLeft; w < fromLeft + side; w++) {
          boolean shared = h >= top && h < top + side && w >= left && w < left + side;
          double value = delta[at(c, h, w)];
          both += shared ? 0 : value * value;
          delta[at(c, h, w)] = 0;
        }
      }
      double scale = Math.sqrt(both + unused) / (NEVER_ZERO + Math.sqrt(length));
      for (int k = 0; k < window.length; k++) {
        delta[at(c, top + k / side, left + k % side)] = scale * window[k];
      }
    }
    place(delta, into);
  }

  /** Odd and at least 3, but no larger than the image. */
  private int side(double share) {
    int side = (int) Math.max(3, Math.round(Math.sqrt(share * rows * columns)));
    side += side % 2 == 0 ? 1 : 0;
    int room = Math.min(rows, columns);
    return Math.min(side, room % 2 == 0 ? room - 1 : room);
  }

  /** The perturbation at its full length, then what the box allows of it. */
  private void place(double[] delta, double[] into) {
    double square = 0;
    for (double value : delta) {
      square += value * value;
    }
    double scale = INSIDE * radius / (NEVER_ZERO + Math.sqrt(square));
    for (int i = 0; i < into.length; i++) {
      into[i] = subject.storedInward(i, subject.image()[i] + scale * delta[i]);
    }
  }

  private double squares(double[] delta, int c, int top, int left, int side) {
    double sum = 0;
    for (int h = top; h < top + side; h++) {
      for (int w = left; w < left + side; w++) {
        sum += delta[at(c, h, w)] * delta[at(c, h, w)];
      }
    }
    return sum;
  }

  private int at(int c, int h, int w) {
    return (c * rows + h) * columns + w;
  }

  /** A window of unit length: a heap above a heap of the other sign, or side by side. */
  static double[] heaps(int side, boolean transposed) {
    double[] window = new double[side * side];
    heap(window, side, 0, side / 2, 1);
    heap(window, side, side / 2, side - side / 2, -1);
    double square = 0;
    for (double value : window) {
      square += value * value;
    }
    double[] unit = new double[window.length];
    for (int h = 0; h < side; h++) {
      for (int w = 0; w < side; w++) {
        unit[transposed ? w * side + h : h * side + w] = window[h * side + w] / Math.sqrt(square);
      }
    }
    return unit;
  }

  /** Nested rectangles around the middle, the r-th adding 1 / (r + 1)^2; of unit length. */
  private static void heap(double[] window, int side, int top, int height, int sign) {
    double[] heap = new double[height * side];
    int middleRow = height / 2;
    int middleColumn = side / 2;
    int count = Math.max(height / 2 + 1, side / 2 + 1);
    double square = 0;
    for (int h = 0; h < height; h++) {
      for (int w = 0; w < side; w++) {
        int ring = Math.max(Math.abs(h - middleRow), Math.abs(w - middleColumn));
        for (int r = ring; r < count; r++) {
          heap[h * side + w] += 1.0 / ((r + 1) * (r + 1));
        }
        square += heap[h * side + w] * heap[h * side + w];
      }
    }
    for (int k = 0; k < heap.length; k++) {
      window[top * side + k] = sign * heap[k] / Math.sqrt(square);
    }
  }
}
