package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes a few pixels, found by differential evolution; values are whole grey levels, so what is
 * found survives 8 bits.
 *
 * <p>A candidate is a list of (row, column, level of each channel). A child is {@code a + scale (b
 * - c)} of three others of the population, without crossover; it takes the place of its parent if
 * its margin is not larger. The search goes from one pixel to more: once {@code generations} have
 * passed, each candidate gets one more pixel, from the best single ones. Where no number of pixels
 * helped, the corners of colour space that were left out come last, again with one pixel. So what
 * falls to j pixels falls to more.
 *
 * <p>Other than published: the fitness is the margin, because the probability is exactly 1 in
 * float32 for a sure model and shows no way; every candidate is tested for success, not only the
 * best; children are asked about 50 at a time and take their places at once; the population is the
 * best of a scan with colour corners instead of random colours, unless {@code colours} is 0.
 *
 * <p>The scan is what finds single pixels. Of 88 images that the CIFAR-10 LeNet gets right, one of
 * the 8,192 corners fools 56; the other 32 stand all 7,488 colours of a 5x5x5 grid on their 64 best
 * pixels as well, and for 27 of them no such colour comes as near to success as a corner does.
 *
 * @param pixels that may be changed, at least 1
 * @param population at least 4
 * @param scale of differences, above 0
 * @param generations for each number of pixels, at least 1
 * @param colours corners of colour space, farthest from its own first, that each pixel is scanned
 *     with to form the population, the others at the end; 0 for random pixels as published
 * @param seed of the evolution
 */
@Source(key = "su2019onepixel", where = "Section III-B")
public record FewPixels(
    int pixels, int population, double scale, int generations, int colours, long seed)
    implements ScoreSearch {
  private static final int ROUND = 50;

  public FewPixels {
    Check.atLeast("pixels", pixels, 1);
    Check.atLeast("population", population, 4);
    Check.positive("scale", scale);
    Check.atLeast("generations", generations, 1);
    Check.atLeast("colours", colours, 0);
  }

  /**
   * Two corners for each pixel, then 20 generations of 100 for each number of pixels, then the
   * other corners. Against one pixel on the CIFAR-10 LeNet (219 images) 136 fell to the first two
   * of these and no more to 50 generations of 200; 137 to all corners and 50 generations of 400.
   */
  public static FewPixels of(int pixels, long seed) {
    return new FewPixels(pixels, 100, 0.5, 20, 2, seed);
  }

  /** As published: population 400, 100 generations from random pixels. */
  public static FewPixels published(int pixels, long seed) {
    return new FewPixels(pixels, 400, 0.5, 100, 0, seed);
  }

  @Override
  public Norm norm() {
    return Norm.L0;
  }

  /** The number of pixels. */
  @Override
  public double radius() {
    return pixels;
  }

  @Override
  public Search search(Subject subject) {
    return new Evolution(subject);
  }

  /** A candidate and what the model said of it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Candidate(double[] genes, double margin) {}

  private final class Evolution implements Search {
    private final Subject subject;
    private final int genesOfPixel;
    private final PixelScan scan;
    private final long corners;
    private long scanned;
    private boolean last;
    private Rng rng;

    /** Candidates of the current number of pixels. */
    private final List<Candidate> people = new ArrayList<>();

    /** The best single pixels, to add to candidates. */
    private List<Candidate> singles = List.of();

    private int now = 1;
    private long place;
    private int children;
    private int parent;
    private final double[][] asked = new double[ROUND][];
    private final int[] parents = new int[ROUND];
    private boolean scanning;
    private double @Nullable [] found;
    private int tried;

    /** People of the current number of pixels that are to be asked about before they evolve. */
    private final List<double[]> newcomers = new ArrayList<>();

    Evolution(Subject subject) {
      this.subject = subject;
      this.genesOfPixel = 2 + subject.channels();
      this.scan = new PixelScan(subject, 2);
      this.scanned =
          Math.min(colours, scan.colours()) * (long) (subject.width() / subject.channels());
      this.corners = scanned == 0 ? 0 : scan.size();
      this.scanning = scanned > 0;
      this.rng = Rng.of(seed, Rng.Purpose.ATTACK, subject.id(), 0);
      if (!scanning) {
        for (int i = 0; i < population; i++) {
          newcomers.add(random());
        }
      }
    }

    /** A pixel drawn as published: uniform place, normal levels around 128. */
    private double[] random() {
      double[] genes = new double[genesOfPixel];
      genes[0] = rng.uniform(0, subject.rows());
      genes[1] = rng.uniform(0, subject.columns());
      for (int c = 2; c < genesOfPixel; c++) {
        genes[c] = 128 + 127 * rng.gaussian();
      }
      return genes;
    }

    @Override
    public int propose(long most) {
      if (found != null) {
        return 0;
      }
      if (scanning && place == scanned) {
        scanning = false;
        select();
      }
      if (!scanning && newcomers.isEmpty() && children >= generations * population) {
        if (now == 1 && !last) {
          select();
          singles = List.copyOf(people);
        }
        if (now < pixels && !last) {
          grow();
        } else if (scanned < corners) {
          returnToCorners();
        } else {
          return 0;
        }
      }
      int round = (int) Math.min(most, ROUND);
      if (scanning) {
        round = (int) Math.min(round, scanned - place);
      } else if (!newcomers.isEmpty()) {
        round = Math.min(round, newcomers.size());
      } else {
        round = Math.min(round, generations * population - children);
      }
      // All at once: a round may span calls, and children shall not depend on where it was cut.
      for (int j = 0; j < round; j++) {
        parents[j] = -1;
        if (scanning) {
          asked[j] = scanned(place++);
        } else if (!newcomers.isEmpty()) {
          asked[j] = newcomers.removeLast();
        } else {
          parents[j] = parent;
          asked[j] = child(parent);
          parent = (parent + 1) % people.size();
          children++;
        }
      }
      return round;
    }

    private double[] scanned(long at) {
      int pixel = scan.pixel(at);
      double[] colour = scan.colour(at);
      double[] genes = new double[genesOfPixel];
      genes[0] = pixel / subject.columns() + 0.5;
      genes[1] = pixel % subject.columns() + 0.5;
      System.arraycopy(colour, 0, genes, 2, colour.length);
      return genes;
    }

    @Override
    public void probe(int j, double[] into) {
      System.arraycopy(subject.image(), 0, into, 0, into.length);
      for (int k = 0; k < now; k++) {
        double[] genes = asked[j];
        int row = (int) genes[k * genesOfPixel];
        int column = (int) genes[k * genesOfPixel + 1];
        PixelScan.paint(
            subject, row * subject.columns() + column, genes, k * genesOfPixel + 2, into);
      }
    }

    @Override
    public void absorb(int j, double[] image, double margin) {
      if (found != null) {
        return;
      }
      tried++;
      if (margin < 0) {
        found = image.clone();
        return;
      }
      Candidate candidate = new Candidate(asked[j], margin);
      if (parents[j] < 0) {
        people.add(candidate);
      } else if (margin <= people.get(parents[j]).margin) {
        people.set(parents[j], candidate);
      }
    }

    /** The population out of the scan: the best. */
    private void select() {
      people.sort(Comparator.comparingDouble(Candidate::margin));
      if (people.size() > population) {
        people.subList(population, people.size()).clear();
      }
    }

    /** One pixel more for everybody. */
    private void grow() {
      select();
      for (Candidate candidate : people) {
        double[] genes = Arrays.copyOf(candidate.genes, candidate.genes.length + genesOfPixel);
        double[] more = singles.get(rng.below(singles.size())).genes;
        System.arraycopy(more, 0, genes, candidate.genes.length, genesOfPixel);
        newcomers.add(genes);
      }
      people.clear();
      now++;
      children = 0;
      parent = 0;
    }

    /** The corners left out, with one pixel; the same whatever was tried in between. */
    private void returnToCorners() {
      last = true;
      rng = Rng.of(seed, Rng.Purpose.ATTACK, subject.id(), 1);
      people.clear();
      people.addAll(singles);
      scanned = corners;
      scanning = true;
      now = 1;
      children = 0;
      parent = 0;
    }

    private double[] child(int of) {
      int size = people.size();
      int a = other(size, of, of, of);
      int b = other(size, of, a, a);
      int c = other(size, of, a, b);
      double[] genes = new double[now * genesOfPixel];
      for (int g = 0; g < genes.length; g++) {
        double value =
            people.get(a).genes[g] + scale * (people.get(b).genes[g] - people.get(c).genes[g]);
        genes[g] =
            switch (g % genesOfPixel) {
              case 0 -> wrapped(value, subject.rows());
              case 1 -> wrapped(value, subject.columns());
              default -> Math.min(Math.max(value, 0), 255);
            };
      }
      return genes;
    }

    private int other(int size, int first, int second, int third) {
      int drawn;
      do {
        drawn = rng.below(size);
      } while (drawn == first || drawn == second || drawn == third);
      return drawn;
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
  }

  /** Back into [0, size): places beyond one edge come in at the other. */
  private static double wrapped(double value, int size) {
    double wrapped = value - size * Math.floor(value / size);
    return wrapped < size ? wrapped : 0;
  }
}
