package dev.semblance.app;

import dev.semblance.app.report.plate.PlaneDrawing;
import dev.semblance.app.report.plate.PlaneDrawing.Tint;
import dev.semblance.core.data.synthetic.ExactDensity;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.diffusion.Denoiser;
import dev.semblance.generative.diffusion.Diffusion;
import dev.semblance.generative.diffusion.NoiseGrid;
import dev.semblance.generative.flow.Flow;
import dev.semblance.generative.gan.Gan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The pictures of a model of the plane, as svg. */
final class PlanarPictures {
  static final int SIDE = 320;
  private static final int DOTS = 1500;

  /** Lines of the grid that a flow bends, and points of each. */
  private static final double GRID_REACH = 3;

  private static final double GRID_STEP = 0.5;
  private static final int GRID_POINTS = 181;

  private static final int FILM_STEPS = 60;
  private static final double[] FILM = {0, 0.6, 0.72, 0.84, 1};
  private static final int FILM_DOTS = 1200;
  static final int FRAME = 155;

  private final PlanarTruth truth;
  private final PlanarModel model;

  PlanarPictures(PlanarTruth truth, PlanarModel model) {
    this.truth = truth;
    this.model = model;
  }

  /** The density of the data, the darker the higher. */
  String truth(ExactDensity exact) {
    return drawing()
        .shade(Tint.RISING, places -> relative(logs(exact, places), peak(exact)))
        .markup();
  }

  /**
   * The model's density.
   *
   * @param top the log-density that is darkest, or NaN for the model's own highest
   */
  String density(double top) {
    return drawing()
        .shade(
            Tint.RISING,
            places -> {
              double[] logs = model.logDensity(places);
              double most = Arrays.stream(logs).filter(Double::isFinite).max().orElse(0);
              return relative(logs, Double.isNaN(top) ? most : top);
            })
        .markup();
  }

  /** The highest log-density of the data on a grid. */
  double peak(ExactDensity exact) {
    double[][] places = new double[200 * 200][2];
    for (int i = 0; i < places.length; i++) {
      places[i][0] = truth.reach() * (2 * (i % 200 + 0.5) / 200 - 1);
      places[i][1] = truth.reach() * (2 * (i / 200 + 0.5) / 200 - 1);
    }
    return Arrays.stream(logs(exact, places)).max().orElseThrow();
  }

  static double[] logs(ExactDensity exact, double[]... places) {
    double[] flat = new double[2 * places.length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = places[i / 2][i % 2];
    }
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(exact.logDensity(Ops.doubles(flat, places.length, 2)));
    }
  }

  private static double[] relative(double[] logs, double top) {
    return Arrays.stream(logs).map(log -> Math.exp(log - top)).toArray();
  }

  /** Data below, samples above. */
  String samples(double[][] data, double[]... samples) {
    PlaneDrawing drawing = drawing();
    for (int i = 0; i < Math.min(DOTS, data.length); i++) {
      drawing.dot(data[i], 0);
    }
    for (int i = 0; i < Math.min(DOTS, samples.length); i++) {
      drawing.dot(samples[i], 1);
    }
    return drawing.markup();
  }

  /** What a flow makes of an even grid of its noise. */
  String warped(Flow flow, double[]... data) {
    PlaneDrawing drawing = drawing();
    for (int i = 0; i < Math.min(DOTS, data.length); i++) {
      drawing.dot(data[i], 0);
    }
    for (int direction = 0; direction < 2; direction++) {
      for (double at = -GRID_REACH; at <= GRID_REACH + 1e-9; at += GRID_STEP) {
        float[] line = new float[2 * GRID_POINTS];
        for (int i = 0; i < GRID_POINTS; i++) {
          line[2 * i + direction] = (float) at;
          line[2 * i + 1 - direction] = (float) (GRID_REACH * (2.0 * i / (GRID_POINTS - 1) - 1));
        }
        try (Scope scope = Scope.open()) {
          Tensor bent =
              Ops.withoutGradient(
                  () ->
                      flow.map()
                          .inverse(Ops.floats(line, GRID_POINTS, 2), Condition.none())
                          .value());
          drawing.curve(model.outside(bent), direction == 0 ? 2 : 1);
        }
      }
    }
    return drawing.markup();
  }

  /**
   * A frame of the film in which noise becomes data.
   *
   * @param sigma noise level, in units of the data's deviation
   */
  record Frame(double sigma, String markup) {}

  /**
   * The same points at falling noise levels, by Euler's method; each frame is brought to the size
   * of the data.
   *
   * @param deviation of the data inside the model
   */
  List<Frame> film(Diffusion diffusion, double deviation, long seed) {
    double[] sigmas =
        NoiseGrid.karras(FILM_STEPS, diffusion.leastSigma(), diffusion.mostSigma(), 7).sigmas();
    List<Frame> frames = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Denoiser denoiser = diffusion.denoiser(Condition.none());
      Tensor place =
          Noise.of(seed, 0, FILM_DOTS)
              .gaussian(Rng.Purpose.START, 0, 1, 1, 2)
              .mul_(Ops.scalar(Math.hypot(sigmas[0], deviation)));
      int next = 0;
      for (int i = 0; i < sigmas.length; i++) {
        double sigma = sigmas[i];
        if (next < FILM.length && i >= Math.round(FILM[next] * (sigmas.length - 1))) {
          double size = deviation / Math.hypot(deviation, sigma);
          PlaneDrawing drawing = PlaneDrawing.of(truth.reach(), FRAME);
          for (double[] dot : model.outside(place.mul(Ops.scalar(size)))) {
            drawing.dot(dot, 0);
          }
          frames.add(new Frame(sigma / deviation, drawing.markup()));
          next++;
        }
        if (i + 1 < sigmas.length) {
          double change = sigmas[i + 1] - sigma;
          try (Scope step = Scope.open()) {
            Ops.withoutGradient(
                () -> {
                  double[] level = new double[FILM_DOTS];
                  Arrays.fill(level, sigma);
                  Tensor clean = denoiser.denoise(place, Ops.doubles(level, FILM_DOTS));
                  // dx/dsigma = (x - D)/sigma: karras2022elucidating, Eq. (1).
                  place.add_(place.sub(clean), Ops.scalar(change / sigma));
                });
          }
        }
      }
    }
    return frames;
  }

  /** The discriminator's share D(x) = sigmoid(d(x)) at places. */
  double[] judged(Gan gan, double[]... places) {
    return Arrays.stream(raw(gan, places)).map(d -> 1 / (1 + Math.exp(-d))).toArray();
  }

  private double[] raw(Gan gan, double[]... places) {
    try (Scope scope = Scope.open()) {
      return Ops.withoutGradient(
          () -> Ops.toDoubles(gan.forward(model.inside(places), Mode.INFERENCE)));
    }
  }

  /** The field of D, white where it cannot tell. */
  String discriminator(Gan gan) {
    return drawing().shade(Tint.PARTED, places -> judged(gan, places)).markup();
  }

  /** A critic's values, from its lowest to its highest. */
  String critic(Gan gan) {
    return drawing()
        .shade(
            Tint.PARTED,
            places -> {
              double[] d = raw(gan, places);
              double low = Arrays.stream(d).min().orElseThrow();
              double high = Arrays.stream(d).max().orElseThrow();
              return Arrays.stream(d).map(v -> (v - low) / (high - low)).toArray();
            })
        .markup();
  }

  /** What the best discriminator would say: p/(p + q). */
  String best(Smooth data, Smooth samples) {
    return drawing()
        .shade(
            Tint.PARTED,
            places ->
                Arrays.stream(places).mapToDouble(place -> share(data, samples, place)).toArray())
        .markup();
  }

  static double share(Smooth data, Smooth samples, double... place) {
    double p = data.at(place);
    double q = samples.at(place);
    return p + q > 1e-12 ? p / (p + q) : 0.5;
  }

  private PlaneDrawing drawing() {
    return PlaneDrawing.of(truth.reach(), SIDE);
  }

  /**
   * The density of points blurred by a normal distribution.
   *
   * @param points borrowed
   * @param deviation of the blur
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Smooth(double[][] points, double deviation) {
    double at(double... place) {
      double sum = 0;
      for (double[] point : points) {
        double dx = (point[0] - place[0]) / deviation;
        double dy = (point[1] - place[1]) / deviation;
        double half = (dx * dx + dy * dy) / 2;
        if (half < 20) {
          sum += Math.exp(-half);
        }
      }
      return sum / (points.length * 2 * Math.PI * deviation * deviation);
    }
  }
}
