package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import org.jspecify.annotations.Nullable;

/**
 * Tries one pixel after the other with every colour of a grid.
 *
 * <p>With 256 levels on grey images these are all there are: a sample that withstands is proven
 * robust against one pixel at 8 bits, for the arithmetic that the model was run with. A 28x28 image
 * has 784 * 256 candidates, 784 of them the image itself. With 2 levels these are the corners of
 * colour space, 8,192 for a 32x32 image in three colours: exact for a linear model, no proof for a
 * net.
 *
 * <p>Nothing is random. Colours far from the pixel's own and pixels in the middle come first; up to
 * 63 candidates more than needed are asked about.
 *
 * @param levels of each channel, spread evenly, 2 to 256
 */
@Source(key = "su2019onepixel", where = "Section III (the problem, here solved by enumeration)")
public record ExhaustivePixel(int levels) implements ScoreSearch {
  private static final int ROUND = 64;

  public ExhaustivePixel {
    Check.atLeast("levels", levels, 2);
    if (levels > 256) {
      throw new IllegalArgumentException("levels must be <= 256, got " + levels);
    }
  }

  /** The corners of colour space. */
  public static ExhaustivePixel corners() {
    return new ExhaustivePixel(2);
  }

  /** All levels of 8 bits: a proof, for grey images. */
  public static ExhaustivePixel all() {
    return new ExhaustivePixel(256);
  }

  @Override
  public Norm norm() {
    return Norm.L0;
  }

  /** One pixel. */
  @Override
  public double radius() {
    return 1;
  }

  @Override
  public Search search(Subject subject) {
    PixelScan scan = new PixelScan(subject, levels);
    return new Search() {
      private long place;
      private int tried;
      private double @Nullable [] found;

      @Override
      public int propose(long most) {
        int round = 0;
        for (long at = place; at < scan.size() && round < Math.min(most, ROUND); at++) {
          round += scan.own(at) ? 0 : 1;
        }
        return found == null ? round : 0;
      }

      @Override
      public void probe(int j, double[] into) {
        while (scan.own(place)) {
          place++;
        }
        System.arraycopy(subject.image(), 0, into, 0, into.length);
        scan.paint(scan.pixel(place), scan.colour(place), into);
        place++;
      }

      @Override
      public void absorb(int j, double[] image, double margin) {
        tried += found == null ? 1 : 0;
        if (margin < 0 && found == null) {
          found = image.clone();
        }
      }

      @Override
      public double @Nullable [] found() {
        return found;
      }

      @Override
      public int steps() {
        return tried;
      }

      @Override
      public @Nullable String reason() {
        return null;
      }
    };
  }
}
