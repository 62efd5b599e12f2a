package dev.semblance.core.data.synthetic;

import java.util.Locale;

/**
 * Eleven relief patterns: the classes of {@link Reliefs}. Each is a height in [0, 1] over the plane
 * that repeats after about one unit.
 */
public enum ReliefPattern {
  /** Running bond with sunken joints. */
  BRICKS {
    @Override
    double height(double x, double y, int salt) {
      double row = Math.floor(1.25 * y);
      double along = x / 1.6 + (((long) row & 1) == 0 ? 0 : 0.5);
      double dx = 1.6 * toEdge(along);
      double dy = 0.8 * toEdge(1.25 * y);
      return ramp(0.05, 0.17, Math.min(dx, dy));
    }
  },
  /** Rounded lines that meander. */
  WAVES {
    @Override
    double height(double x, double y, int salt) {
      return 0.5 + 0.5 * StrictMath.sin(TURN * (1.2 * y + 0.3 * StrictMath.sin(TURN * 0.55 * x)));
    }
  },
  /** Raised honeycomb walls. */
  HEXAGONS {
    @Override
    double height(double x, double y, int salt) {
      Offset offset = Offset.of(x, y);
      double qx = Math.abs(offset.x);
      double qy = Math.abs(offset.y);
      double edge = 0.5 - Math.max(qx, 0.5 * qx + ROOT3 / 2 * qy);
      return 1 - ramp(0.05, 0.17, edge);
    }
  },
  /** Domes on a triangular lattice. */
  DOTS {
    @Override
    double height(double x, double y, int salt) {
      double squared = Offset.of(x, y).squared();
      return Math.sqrt(Math.max(0, 1 - squared / (0.36 * 0.36)));
    }
  },
  /** Overlapping fish scales, each rising to its tip. */
  SCALES {
    @Override
    double height(double x, double y, int salt) {
      // Of the scales that reach this point, the one of the foremost row lies on top.
      double last = Math.floor(2 * y);
      for (double row = last - 1; row <= last + 1; row++) {
        double offset = ((long) row & 1) == 0 ? 0 : 0.5;
        double dx = x - offset - Math.rint(x - offset);
        double dy = y - 0.5 * row;
        if (dx * dx + dy * dy < 0.3136 && dy > -0.3) {
          return Math.min(1, Math.max(0, (dy + 0.24) / 0.8));
        }
      }
      return 0;
    }
  },
  /** Strips that pass over and under each other. */
  WEAVE {
    @Override
    double height(double x, double y, int salt) {
      double fx = fraction(1.3 * x);
      double fy = fraction(1.3 * y);
      long cell = (long) Math.floor(1.3 * x) + (long) Math.floor(1.3 * y);
      boolean along = (cell & 1) == 0;
      double across = toEdge(along ? fy : fx);
      double course = StrictMath.sin(Math.PI * (along ? fx : fy));
      return ramp(0.01, 0.17, across) * (0.2 + 0.8 * course);
    }
  },
  /** Straight parallel ridges with sharp crests. */
  RIDGES {
    @Override
    double height(double x, double y, int salt) {
      return 1 - Math.abs(StrictMath.sin(Math.PI * 1.3 * y));
    }
  },
  /** Square cushions and hollows in turn. */
  CHECKER {
    @Override
    double height(double x, double y, int salt) {
      double s = StrictMath.sin(Math.PI * 1.2 * x) * StrictMath.sin(Math.PI * 1.2 * y);
      return 0.5 + 0.5 * (4 * s / (1 + 3 * Math.abs(s)));
    }
  },
  /** Lines that turn at sharp corners. */
  ZIGZAG {
    @Override
    double height(double x, double y, int salt) {
      double fold = Math.abs(2 * fraction(0.6 * x) - 1);
      return 0.5 + 0.5 * StrictMath.cos(TURN * (1.2 * y + 0.9 * fold));
    }
  },
  /** Parallel ropes of twisted strands. */
  ROPE {
    @Override
    double height(double x, double y, int salt) {
      double fx = fraction(0.9 * x);
      double strand = 0.5 + 0.5 * StrictMath.sin(TURN * (1.4 * y + 0.75 * fx));
      return StrictMath.sin(Math.PI * fx) * (0.35 + 0.65 * strand);
    }
  },
  /** Irregular cells, as of cracked mud. */
  CELLS {
    @Override
    double height(double x, double y, int salt) {
      long cellX = (long) Math.floor(x);
      long cellY = (long) Math.floor(y);
      double first = Double.MAX_VALUE;
      double second = Double.MAX_VALUE;
      for (long j = cellY - 2; j <= cellY + 2; j++) {
        for (long i = cellX - 2; i <= cellX + 2; i++) {
          long hash = hash(i, j, salt);
          double dx = i + (hash & 0xFFFF) / 65536.0 - x;
          double dy = j + (hash >>> 16 & 0xFFFF) / 65536.0 - y;
          double distance = dx * dx + dy * dy;
          if (distance < first) {
            second = first;
            first = distance;
          } else if (distance < second) {
            second = distance;
          }
        }
      }
      return ramp(0.02, 0.2, Math.sqrt(second) - Math.sqrt(first));
    }
  };

  private static final double TURN = 2 * Math.PI;
  private static final double ROOT3 = 1.7320508075688772;

  /**
   * The height over a point of the plane, in [0, 1].
   *
   * @param salt tells irregular patterns apart
   */
  abstract double height(double x, double y, int salt);

  /** The name in lower case, as a class is called. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** From the nearest point of a triangular lattice, whose neighbours are 1 apart. */
  private record Offset(double x, double y) {
    static Offset of(double x, double y) {
      Offset a = new Offset(x - Math.rint(x), y - ROOT3 * Math.rint(y / ROOT3));
      Offset b =
          new Offset(
              x - 0.5 - Math.rint(x - 0.5), y - ROOT3 / 2 - ROOT3 * Math.rint(y / ROOT3 - 0.5));
      return a.squared() < b.squared() ? a : b;
    }

    double squared() {
      return x * x + y * y;
    }
  }

  private static double fraction(double x) {
    return x - Math.floor(x);
  }

  /** The distance to the nearest whole number. */
  private static double toEdge(double x) {
    return Math.abs(x - Math.rint(x));
  }

  /** 0 below {@code low}, 1 above {@code high}, smooth between. */
  private static double ramp(double low, double high, double x) {
    double t = Math.min(1, Math.max(0, (x - low) / (high - low)));
    return t * t * (3 - 2 * t);
  }

  private static long hash(long i, long j, int salt) {
    long z = i * 0x9E3779B97F4A7C15L + j * 0xC2B2AE3D27D4EB4FL + salt;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
